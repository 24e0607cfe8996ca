"""A request is read by a shorter way than Werkzeug's: what is read is the same."""

from io import BytesIO

import pytest
from flask import Request
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge
from werkzeug.test import EnvironBuilder

from idp.web.request import MAX_BODY_BYTES, PlainRequest

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


BODY = b"grant_type=x&code=y"
BODIES = [
    {"CONTENT_LENGTH": str(len(BODY)), "CONTENT_TYPE": "application/x-www-form-urlencoded"},
    {"CONTENT_LENGTH": "5", "CONTENT_TYPE": ' Application/JSON\t; charset="utf-8"'},
    {"CONTENT_LENGTH": "0", "CONTENT_TYPE": ""},
    {"CONTENT_LENGTH": "", "CONTENT_TYPE": ";"},
    *[{"CONTENT_LENGTH": length} for length in (str(MAX_BODY_BYTES + 1), "99999999999")],
    {"CONTENT_LENGTH": "5", "HTTP_TRANSFER_ENCODING": "chunked"},
    {"CONTENT_LENGTH": "5", "HTTP_TRANSFER_ENCODING": "identity"},
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


def test_octets_that_are_no_text_become_escapes():
    """Werkzeug gives up on those that stand in a query as they are, and so did the page that says so."""
    environ = EnvironBuilder("/authorize").get_environ()
    environ["QUERY_STRING"] = "a=\u00ff%FF&\u00e3\u0081\u0082=b"
    assert contents(requests(environ)[0].args) == [("a", "%FF%FF"), ("あ", "b")]


@pytest.mark.parametrize("sent", COOKIES)
def test_cookies_are_werkzeugs(sent):
    """Quoted ones, doubled ones and broken ones."""
    environ = EnvironBuilder("/login").get_environ()
    if sent is not None:
        environ["HTTP_COOKIE"] = sent
    ours, werkzeugs = requests(environ)
    assert contents(ours.cookies) == contents(werkzeugs.cookies)


def test_what_was_read_is_not_read_again():
    """Parameters, cookies and body are the same objects from then on; the class still tells of them."""
    asked = PlainRequest(EnvironBuilder("/x?a=1", method="POST", data=BODY).get_environ(), populate_request=False)
    for name in ("args", "cookies", "stream"):
        assert getattr(asked, name) is getattr(asked, name)
        assert getattr(PlainRequest, name).__doc__


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


@pytest.mark.parametrize("terminated", [False, True])
@pytest.mark.parametrize("said", BODIES)
def test_a_body_is_read_as_werkzeug_reads_it(said, terminated):
    """By its length or by where the server ends it: what it is, how long it is, and its bytes."""
    sent = BODY[: int(said["CONTENT_LENGTH"] or len(BODY))] if terminated else BODY
    environ = EnvironBuilder("/token", method="POST").get_environ() | said
    environ.pop("wsgi.input_terminated", None)
    if terminated:
        environ["wsgi.input_terminated"] = True
    ours, werkzeugs = requests(environ)
    werkzeugs.max_content_length = MAX_BODY_BYTES
    assert (ours.mimetype, ours.content_length) == (werkzeugs.mimetype, werkzeugs.content_length)
    outcomes = []
    for request in (ours, werkzeugs):
        environ["wsgi.input"] = BytesIO(sent)
        try:
            outcomes.append((request.get_data(), request.get_data(), request.stream.read()))
        except RequestEntityTooLarge as refused:
            outcomes.append(refused.code)
    assert outcomes[0] == outcomes[1]


def test_a_body_in_chunks_that_is_too_long_is_refused():
    """None of it is taken for the whole, as a form without its last parameters would be."""
    environ = EnvironBuilder("/token", method="POST").get_environ() | {"HTTP_TRANSFER_ENCODING": "chunked"}
    for name in ("CONTENT_LENGTH", "wsgi.input_terminated"):
        environ.pop(name, None)
    environ["wsgi.input_terminated"] = True
    for length in (MAX_BODY_BYTES - 1, MAX_BODY_BYTES, MAX_BODY_BYTES + 1):
        environ["wsgi.input"] = BytesIO(b"a" * length)
        asked = PlainRequest(environ, populate_request=False)
        if length < MAX_BODY_BYTES:
            assert len(asked.get_data()) == length
            continue
        with pytest.raises(RequestEntityTooLarge):
            asked.get_data()


class Pieces:
    """A body that comes as the network brings it; with `error`, until the connection breaks."""

    def __init__(self, *pieces, error=None):
        self._pieces = [*pieces]
        self._error = error

    def read(self, size):
        if self._pieces:
            piece, rest = self._pieces[0][:size], self._pieces[0][size:]
            self._pieces[:1] = [rest] if rest else []
            return piece
        if self._error:
            raise self._error
        return b""


def test_a_body_may_come_in_pieces():
    """All of it is read, and nothing behind it."""
    environ = EnvironBuilder("/token", method="POST").get_environ()
    later = Pieces(BODY[:3], BODY[3:4], BODY[4:] + b"GET /")
    environ |= {"CONTENT_LENGTH": str(len(BODY)), "wsgi.input": later}
    assert PlainRequest(environ, populate_request=False).get_data() == BODY
    assert later.read(9) == b"GET /"


@pytest.mark.parametrize("error", [OSError("reset"), ValueError("closed")])
def test_a_connection_that_breaks_is_a_client_that_is_gone(error):
    """Not a failure of ours: Werkzeug answers so too."""
    environ = EnvironBuilder("/token", method="POST").get_environ()
    for request in requests(environ | {"CONTENT_LENGTH": "9"}):
        request.environ["wsgi.input"] = Pieces(BODY[:8], error=error)
        with pytest.raises(ClientDisconnected):
            request.get_data()


@pytest.mark.parametrize("terminated", [{}, {"wsgi.input_terminated": True}])
def test_a_body_that_ends_too_soon_is_none(terminated):
    """Its client is gone, however the server says so."""
    environ = EnvironBuilder("/token", method="POST").get_environ()
    environ |= {"CONTENT_LENGTH": "9", "wsgi.input": BytesIO(BODY[:8]), **terminated}
    with pytest.raises(ClientDisconnected):
        PlainRequest(environ, populate_request=False).get_data()


def test_an_endpoint_may_take_less_or_more():
    """As it says before it reads."""
    environ = EnvironBuilder("/token", method="POST", data=BODY).get_environ()
    asked = PlainRequest(environ, populate_request=False)
    asked.max_content_length = len(BODY) - 1
    with pytest.raises(RequestEntityTooLarge):
        asked.get_data()
    asked.max_content_length = len(BODY)
    assert asked.get_data() == BODY


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
