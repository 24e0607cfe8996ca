"""JSON from outside and base64url: one reading, or none."""

import pytest

from idp import base64url, strict_json


@pytest.mark.parametrize(
    "unverified",
    [
        b"",
        b"{",
        b'{"a": 1} {}',
        b'{"a": 1, "a": 1}',
        b'[{"b": {"a": 1, "a": 2}}]',
        b"NaN",
        b'{"a": -Infinity}',
        b"[1e999]",
        rb'"\ud83d"',
        rb'{"\udc00": 1}',
        b'"\xff"',
        '{"a": 1}'.encode("utf-16"),
        b"[" * 100_000,
    ],
)
def test_what_two_programs_could_read_in_two_ways_is_refused(unverified: bytes) -> None:
    """Cut off, a member twice at any depth, no number, half a character, another encoding, nested without end."""
    with pytest.raises(ValueError, match=r"."):
        strict_json.parse(unverified)


def test_json_is_what_it_says() -> None:
    """Every kind of value, unchanged."""
    assert strict_json.parse('{"名": [1, 0.5, true, null, {}]}'.encode()) == {"名": [1, 0.5, True, None, {}]}
    assert strict_json.parse(rb'"\ud842\udfb7\u91ce"') == "𠮷野"


@pytest.mark.parametrize("unverified", [b"[]", b"null", b'"a"', b"1", b'{"a": 1'])
def test_members_are_those_of_one_object(unverified: bytes) -> None:
    """Any other value has none, and is refused."""
    with pytest.raises(ValueError, match=r"."):
        strict_json.members(unverified)
    assert strict_json.members(b'{"a": 1}') == {"a": 1}


@pytest.mark.parametrize("raw", [b"", b"\xff", b"\xfb\xef", b"\x00\x01\x02"])
def test_base64url_leads_back(raw: bytes) -> None:
    """What was written is read again."""
    assert base64url.decode(base64url.encode(raw)) == raw


@pytest.mark.parametrize("unverified", ["_x", "_w==", "+w", "/w", "_ w", "_", "＿w", "_w\n"])
def test_another_spelling_of_base64url_is_refused(unverified: str) -> None:
    """Stray bits, padding, the other alphabet, white space, a length that cannot be, a wide letter."""
    with pytest.raises(ValueError, match=r"."):
        base64url.decode(unverified)
