"""The server's own reading of EF 0002, over the same layouts as the agent's."""

import pytest
from components.particulars import ADDRESS, BAD, GOOD, NAME, Particulars
from hypothesis import given
from hypothesis import strategies as st

from idp.errors import Reason, Refusal
from idp.jpki.attributes import CardAttributes, parse_attributes


@pytest.mark.parametrize("known", GOOD)
def test_both_layouts_are_read(known: Particulars) -> None:
    """Long and short lengths, leading bytes or none, padding, unknown elements."""
    expected = CardAttributes(
        name=NAME, address=known.address.decode(), birth_date=known.birth.decode(), gender=known.gender.decode()
    )
    assert expected == parse_attributes(known.file) == parse_attributes(known.content)


@pytest.mark.parametrize("case", BAD)
def test_anything_else_is_refused_without_an_echo(case: str) -> None:
    """One reason for all; the operator's detail names what failed and never what was read."""
    with pytest.raises(Refusal) as refused:
        parse_attributes(BAD[case])
    assert refused.value.reason is Reason.ATTRIBUTES_INVALID
    assert not any(text in str(refused.value) for text in (NAME, ADDRESS, "高橋", "1985"))


def test_attributes_have_no_representation() -> None:
    """A log line that holds the object holds nobody's name."""
    assert repr(parse_attributes(Particulars().file)) == "CardAttributes()"


def judged(unverified: bytes) -> Reason | None:
    """The reason of the refusal, or None."""
    try:
        parse_attributes(unverified)
    except Refusal as refusal:
        return refusal.reason
    return None


@given(st.binary(max_size=200) | st.binary(max_size=60).map(lambda tail: b"\xff\x20" + tail))
def test_any_bytes_are_read_or_refused(unverified: bytes) -> None:
    """Nothing but a typed refusal, whatever was posted."""
    assert judged(unverified) in (None, Reason.ATTRIBUTES_INVALID)


@given(st.integers(0, len(Particulars().file) - 1), st.integers(0, 255))
def test_a_changed_byte_never_crashes(at: int, value: int) -> None:
    """Also one byte beside the truth."""
    changed = bytearray(Particulars().file)
    changed[at] = value
    assert judged(bytes(changed)) in (None, Reason.ATTRIBUTES_INVALID)
