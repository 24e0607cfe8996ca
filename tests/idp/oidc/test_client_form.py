"""Forms that services send: what of a body counts as a parameter (RFC 6749 appendix B), and from whom it is."""

import base64
from urllib.parse import parse_qs, urlencode

import pytest

from idp import base64url
from idp.oidc.clients import client_assertion
from idp.oidc.tokens import form
from idp.oidc.tokens.form import FormRefused

TYPE = "application/x-www-form-urlencoded"
WHO = "client_id=s&"


def read(body: bytes | str, content_type: str = TYPE) -> form.TokenForm:
    """A form of the service `s`."""
    whole = body if isinstance(body, bytes) else (WHO + body).encode()
    return form.read(content_type, whole, None, required=())


@pytest.mark.parametrize(
    "body",
    [
        "a=1&b=2",
        "a=+x+%2B&b=%26%3D&c%2B+d=e",
        "a=b=c==&&b=2&",
        "a&b=&=c",
        "a=%E3%81%82&b=あ",
        "a=%&b=%4&c=%zz",
        urlencode({"redirect_uri": "https://a.example/cb?x=1&y=%20", "code_verifier": "A-._~z" * 8}),
    ],
)
def test_parameters_are_those_of_the_standard_library(body):
    """Escapes, blanks, equals signs in values, empty pairs; without its empty values."""
    known = {name: values[0] for name, values in parse_qs(WHO + body).items()}
    assert dict(read(body).values) == known


@pytest.mark.parametrize("body", ["a=1&a=2", "a=&a=2", "a&a", "a=1&%61=2"])
def test_a_parameter_stands_once(body):
    """However it is written, and though one of them is empty."""
    with pytest.raises(FormRefused, match="given twice"):
        read(body)


def test_resources_stand_more_than_once_and_apart():
    """In their order, without empty ones."""
    got = read("resource=https%3A%2F%2Fa&a=1&resource=&resource=https%3A%2F%2Fb")
    assert (got.resources, dict(got.values)) == (("https://a", "https://b"), {"client_id": "s", "a": "1"})


def test_a_long_value_is_refused():
    """Of a resource as well."""
    assert read("a=" + "x" * form.MAX_VALUE).values["a"]
    for name in ("a", "resource=b&resource"):
        with pytest.raises(FormRefused, match="too long"):
            read(f"{name}={'x' * (form.MAX_VALUE + 1)}")


def test_escaped_bytes_that_are_no_text_are_no_other_value():
    """They stay as they were written, as in a query."""
    assert read("a=%FF+%e3%81").values["a"] == "%FF %E3%81"


def test_bytes_that_are_no_text_are_no_form():
    """Wherever they stand."""
    with pytest.raises(FormRefused, match="not a form") as refused:
        read(b"client_id=s&unused=\xff")
    assert refused.value.error == "invalid_request"


@pytest.mark.parametrize("content_type", [TYPE, TYPE.upper(), f"{TYPE}; charset=utf-8", f" {TYPE} ;"])
def test_the_media_type_in_whatever_letters(content_type):
    """Parameters of it change nothing."""
    assert read("a=1", content_type).values["a"] == "1"


@pytest.mark.parametrize("content_type", ["", "text/plain", "multipart/form-data; boundary=a", f"x{TYPE}"])
def test_another_media_type_is_no_form(content_type):
    """Nor none at all."""
    with pytest.raises(FormRefused, match="not a form"):
        read("a=1", content_type)


# Whose it says it is (RFC 6749 section 2.3)


def basic(text: str, scheme: str = "Basic") -> str:
    """The header field (RFC 7617)."""
    return f"{scheme} {base64.b64encode(text.encode()).decode()}"


def credentials(authorization: str | None = None, **members: str) -> form.Credentials:
    """Who a request says that it is from, and by what."""
    return form.read(TYPE, urlencode(members).encode(), authorization, required=()).credentials


CLAIMS = base64url.encode(b'{"sub": "s"}')
ASSERTION = f"e30.{CLAIMS}.x"
BY_ASSERTION = {"client_assertion": ASSERTION, "client_assertion_type": client_assertion.TYPE}


@pytest.mark.parametrize(
    ("authorization", "members", "shown"),
    [
        (basic("s:x"), {}, ("s", "x", "client_secret_basic")),
        (basic("s:x", "bASIC"), {"client_id": "s"}, ("s", "x", "client_secret_basic")),
        (basic("a%3Ab+c:x%2By:z"), {}, ("a:b c", "x+y:z", "client_secret_basic")),
        (basic(":"), {}, ("", "", "client_secret_basic")),
        (None, {"client_id": "s", "client_secret": "x"}, ("s", "x", "client_secret_post")),
        (None, {"client_id": "s", "client_secret": ""}, ("s", None, "none")),
        (None, BY_ASSERTION, ("s", ASSERTION, "private_key_jwt")),
        (None, {**BY_ASSERTION, "client_id": "s"}, ("s", ASSERTION, "private_key_jwt")),
    ],
)
def test_a_request_shows_one_way_of_authentication(authorization, members, shown):
    """In the header, in the body, by an assertion that names its service, or by a name alone."""
    found = credentials(authorization, **members)
    assert (found.client_id, found.secret, found.method) == shown


CLIENT, REQUEST = "invalid_client", "invalid_request"


@pytest.mark.parametrize(
    ("authorization", "members", "error"),
    [
        (basic("s:x"), {"client_id": "s", "client_secret": "x"}, REQUEST),
        (basic("s:x"), BY_ASSERTION, REQUEST),
        (None, {**BY_ASSERTION, "client_id": "s", "client_secret": "x"}, REQUEST),
        (basic("s:x"), {"client_id": "t"}, REQUEST),
        (None, {}, CLIENT),
        (None, {"client_secret": "x"}, CLIENT),
        (basic("s:x", "Bearer"), {}, CLIENT),
        (basic("s:x", "DPoP"), {"client_id": "s"}, CLIENT),
        (basic("s"), {}, CLIENT),
        ("Basic", {}, CLIENT),
        ("Basic s:x", {}, CLIENT),
        ("Basic /zp4", {}, CLIENT),  # no UTF-8
        ("", {"client_id": "s"}, CLIENT),
        (None, {"client_assertion": ASSERTION}, CLIENT),
        (None, {"client_assertion": ASSERTION, "client_assertion_type": "saml2-bearer"}, CLIENT),
        (None, {"client_assertion_type": client_assertion.TYPE}, CLIENT),
        (None, {"client_assertion_type": client_assertion.TYPE, "client_id": "s"}, CLIENT),
        (None, {**BY_ASSERTION, "client_assertion": "e30.e30.x"}, CLIENT),
        (None, {**BY_ASSERTION, "client_assertion": "x"}, CLIENT),
    ],
)
def test_credentials_that_are_none_or_two_are_refused(authorization, members, error):
    """Two ways or two names are no request; what cannot be read is nobody's."""
    with pytest.raises(FormRefused) as refused:
        credentials(authorization, **members)
    assert refused.value.error == error
