"""A request is read by a shorter way than Werkzeug's: what is read is the same."""

from io import BytesIO

import pytest
from flask import Request
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.test import EnvironBuilder

from idp.web.request import PlainRequest

QUERIES = [
    "",
    "a",
    "a=",
    "=b",
    "a=1&a=2&b=3",
    "&&a=1&",
    "a=b=c",
    "a=x+y&b+c=%20+",
    "redirect_uri=https%3A%2F%2Fa.test%2F%3Fx%3D1%26y&scope=openid+profile",
    "name=%E8%A6%8B%E6%9C%AC",
    "name=見本",
    "bad=%ff%zz%&worse=%E8%A6",
    "a=%00%0d%0a;b=1",
]
COOKIES = [
    None,
    "",
    "a=1",
    "a=1; b=2; a=3",
    'a="x; y"; b="\\"\\351"',
    "a; =b; c = d ;;e=f,g",
    "a=\u00e8\u00a6\u008b; b=1",
]


def requests(environ):
    """The same request read by us and by Flask's own class."""
    return PlainRequest(environ, populate_request=False), Request(environ, populate_request=False)


def contents(values):
    """All names and values, in order."""
    return list(values.items(multi=True))


@pytest.mark.parametrize("query", QUERIES)
def test_parameters_are_werkzeugs(query):
    """Whatever the query looks like; a value that is not there is none."""
    environ = EnvironBuilder("/authorize").get_environ()
    environ["QUERY_STRING"] = query.encode().decode("latin-1")
    ours, werkzeugs = requests(environ)
    assert contents(ours.args) == contents(werkzeugs.args)
    for name in ("a", "b", "nothing"):
        assert ours.args.get(name) == werkzeugs.args.get(name)
        assert ours.args.get(name, "?") == werkzeugs.args.get(name, "?")
        assert ours.args.get(name, 7, type=int) == werkzeugs.args.get(name, 7, type=int)
        assert ours.args.getlist(name) == werkzeugs.args.getlist(name)


def test_parameters_that_are_no_text_are_refused_alike():
    """Bytes that stand in the query as they are, and are no UTF-8."""
    environ = EnvironBuilder("/authorize").get_environ()
    environ["QUERY_STRING"] = "a=\u00ff"
    for request in requests(environ):
        with pytest.raises(UnicodeDecodeError):
            request.args  # noqa: B018


@pytest.mark.parametrize("sent", COOKIES)
def test_cookies_are_werkzeugs(sent):
    """Quoted ones, doubled ones and broken ones."""
    environ = EnvironBuilder("/login").get_environ()
    if sent is not None:
        environ["HTTP_COOKIE"] = sent
    ours, werkzeugs = requests(environ)
    assert contents(ours.cookies) == contents(werkzeugs.cookies)


@pytest.mark.parametrize("path", ["", "/", "//text", "/card/%E8%A6%8B", "/a%FF"])
@pytest.mark.parametrize(
    "changed", [{}, {"SERVER_PORT": "socket"}, {"REQUEST_METHOD": "get"}, {"SCRIPT_NAME": "/t/a/"}]
)
def test_a_request_holds_what_werkzeugs_holds(path, changed):
    """Every attribute that Werkzeug sets, new ones of later releases among them."""
    environ = EnvironBuilder(path, headers={"X-One": "1"}).get_environ() | changed
    ours, werkzeugs = requests(environ)
    assert vars(werkzeugs).keys() > {"method", "path", "headers"}
    for name, value in vars(werkzeugs).items():
        assert getattr(ours, name) == value, name


def test_a_form_is_read_and_its_files_are_closed():
    """The form is of the same kind as the parameters, and a request that read files closes them."""
    builder = EnvironBuilder("/x", method="POST", data={"a": ["1", "2"], "file": (BytesIO(b"text"), "name")})
    asked = PlainRequest(builder.get_environ(), populate_request=False)
    assert asked.form.getlist("a") == ["1", "2"]
    assert isinstance(asked.form, ImmutableMultiDict)
    stream = asked.files["file"].stream
    assert not stream.closed
    asked.close()
    assert stream.closed
