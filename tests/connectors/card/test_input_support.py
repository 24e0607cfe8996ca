"""The input-support application: Basic 4 after their PIN, checked by the card's own hash, and nothing else."""

from contextlib import suppress
from hashlib import sha256

import pytest
from components.particulars import ADDRESS, BAD, BIRTH, GENDER, GOOD, NAME, Particulars, tlv
from components.spoken_card import ScriptedCard
from hypothesis import given
from hypothesis import strategies as st

from connectors.card import basic4, input_support
from connectors.card.basic4 import Basic4
from connectors.card.command_card import CommandCard
from connectors.card.errors import (
    AttributesAltered,
    AttributesUnreadable,
    CardGarbled,
    PinBlocked,
    PinIncorrect,
    PinMalformed,
    PinRequired,
)
from connectors.card.pin import PinKind

PIN, NUMBER_B = PinKind.INPUT_SUPPORT, PinKind.NUMBER_B
AP = ("00A4040C0A D3921000310001010408", "9000")
BY_PIN = [AP, ("00A4020C020011", "9000"), ("002000800431323334", "9000")]
BY_NUMBER = [AP, ("00A4020C020015", "9000"), ("002000800E" + b"60061520311234".hex(), "9000")]
ATTRIBUTES, CHECKSUMS = ("00A4020C020002", "9000"), ("00A4020C020003", "9000")


def reading(content: bytes) -> list[tuple[str, str]]:
    """READ BINARY of a record: its first 8 bytes, then the rest in parts of at most 256."""
    script, at = [("00B0000008", content[:8].hex() + "9000")], 8
    while at < len(content):
        part = content[at : at + 256]
        script.append((f"00B0{at:04X}{len(part) % 256:02X}", part.hex() + "9000"))
        at += len(part)
    return script


def spoken(*script: tuple[str, str]) -> tuple[CommandCard, ScriptedCard]:
    """A card with this script."""
    scripted = ScriptedCard(script)
    return CommandCard(scripted.connect), scripted


@pytest.mark.parametrize("known", GOOD)
def test_the_record_is_read_and_compared_with_df32(known: Particulars) -> None:
    """PIN, EF 0002 to the end of its record, EF 0003 for the hash: these commands and no others."""
    card, scripted = spoken(*BY_PIN, ATTRIBUTES, *reading(known.content), CHECKSUMS, *reading(known.checksums()))
    assert (card.attributes(PIN, "1234"), scripted.done) == (known.content, True)


def test_a_hash_that_covers_the_padding_is_accepted() -> None:
    """Sources differ on where the hashed part ends; the rest of the file is read only when it matters."""
    known = Particulars(padding=b"\xff" * 9)
    end = len(known.content)
    card, scripted = spoken(
        *BY_PIN,
        ATTRIBUTES,
        *reading(known.content),
        CHECKSUMS,
        *(checksums := reading(known.checksums(known.items + known.padding))),
        ATTRIBUTES,
        (f"00B0{end:04X}00", known.padding.hex() + "6282"),
        CHECKSUMS,
        *checksums,
    )
    assert (card.attributes(PIN, "1234"), scripted.done) == (known.content, True)


@pytest.mark.parametrize("digest", [sha256(b"another").digest(), b"", bytes(32)])
def test_another_hash_is_damage(digest: bytes) -> None:
    """What the card does not vouch for is not handed over."""
    known = Particulars()
    checksums = tlv(0xFF30, tlv(0xDF32, digest), 2)
    end = len(known.content)
    card, _ = spoken(
        *BY_PIN,
        ATTRIBUTES,
        *reading(known.content),
        CHECKSUMS,
        *reading(checksums),
        ATTRIBUTES,
        (f"00B0{end:04X}00", "6B00"),
        CHECKSUMS,
        *reading(checksums),
    )
    with pytest.raises(AttributesAltered):
        card.attributes(PIN, "1234")


def test_number_b_opens_the_record_alone() -> None:
    """Where it does not open the checksums, they are not compared; the PIN has no such excuse."""
    known = Particulars()
    closed = ("00B0000008", "6982")
    card, scripted = spoken(*BY_NUMBER, ATTRIBUTES, *reading(known.content), CHECKSUMS, closed)
    assert (card.attributes(NUMBER_B, "60061520311234"), scripted.done) == (known.content, True)
    card, _ = spoken(*BY_PIN, ATTRIBUTES, *reading(known.content), CHECKSUMS, closed)
    with pytest.raises(PinRequired):
        card.attributes(PIN, "1234")


@pytest.mark.parametrize(
    ("answer", "refusal"),
    [("63C2", PinIncorrect), ("63C0", PinBlocked), ("6984", PinBlocked), ("6F00", CardGarbled)],
)
def test_a_refused_pin_reads_nothing(answer: str, refusal: type[Exception]) -> None:
    """After a wrong PIN no file is selected; the error names the PIN it means."""
    card, scripted = spoken(AP, BY_PIN[1], ("002000800431323334", answer))
    with pytest.raises(refusal) as refused:
        card.attributes(PIN, "1234")
    assert (getattr(refused.value, "kind", PIN), scripted.done) == (PIN, True)


@pytest.mark.parametrize(
    ("kind", "pin"), [(PIN, "12345"), (PIN, ""), (NUMBER_B, "1234"), (NUMBER_B, "6006152031123x")]
)
def test_a_malformed_secret_opens_no_connection(kind: PinKind, pin: str) -> None:
    """Each secret has its own form."""
    card, scripted = spoken()
    with pytest.raises(PinMalformed):
        card.attributes(kind, pin)
    assert scripted.said == []


@pytest.mark.parametrize("script", [[(AP[0], "6A82")], [AP, ("00A4020C020011", "6A82")]])
def test_a_phone_has_no_particulars(script: list[tuple[str, str]]) -> None:
    """Without the application, or without its PIN, there is nothing to read."""
    card, _ = spoken(*script)
    with pytest.raises(AttributesUnreadable):
        card.attributes(PIN, "1234")


def test_tries_left_are_told_for_either_secret() -> None:
    """By empty VERIFY."""
    card, _ = spoken(AP, ("00A4020C020015", "9000"), ("00200080", "63CA"))
    assert card.attributes_tries_left(NUMBER_B) == 10


def test_no_name_of_the_my_number_file_exists() -> None:
    """The files that can be selected at all are these four."""
    assert sorted(input_support._File) == [0x0002, 0x0003, 0x0011, 0x0015]


@pytest.mark.parametrize("known", GOOD)
def test_both_layouts_are_parsed(known: Particulars) -> None:
    """Long and short lengths, leading bytes or none, padding, unknown elements."""
    parsed = basic4.parse(known.file)
    assert (parsed.name, parsed.gender) == (NAME, known.gender.decode())
    assert (parsed.address, parsed.birth_date) == (known.address.decode(), known.birth.decode())


@pytest.mark.parametrize("case", BAD)
def test_damage_is_one_error_without_detail(case: str) -> None:
    """What is wrong with somebody's record is not told to a log."""
    with pytest.raises(AttributesAltered) as refused:
        basic4.parse(BAD[case])
    assert str(refused.value) == "the particulars on the card are damaged"


def test_particulars_have_no_representation() -> None:
    """A traceback never shows a name."""
    assert repr(Basic4(NAME, ADDRESS, BIRTH, GENDER)) == "Basic4()"


@given(st.binary(max_size=200) | st.binary(max_size=60).map(lambda tail: b"\xff\x20" + tail))
def test_any_bytes_are_parsed_or_damaged(unverified: bytes) -> None:
    """No other exception."""
    with suppress(AttributesAltered):
        basic4.parse(unverified)


@given(st.integers(0, len(Particulars().file) - 1), st.integers(0, 255))
def test_a_changed_byte_never_crashes(at: int, value: int) -> None:
    """Also one byte beside the truth."""
    changed = bytearray(Particulars().file)
    changed[at] = value
    with suppress(AttributesAltered):
        basic4.parse(bytes(changed))
