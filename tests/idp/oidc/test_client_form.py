"""Forms that services send: what of a body counts as a parameter (RFC 6749 appendix B)."""

from urllib.parse import parse_qs, urlencode

import pytest

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
