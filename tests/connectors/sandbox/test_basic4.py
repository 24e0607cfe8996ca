"""The Basic 4 in a signature certificate: which value stands where, and in which form."""

from datetime import date
from typing import Any

import pytest
from asn1crypto import x509 as asn1
from cryptography.hazmat.primitives.serialization import Encoding

from connectors.sandbox import basic4
from connectors.sandbox.basic4 import Basic4
from connectors.sandbox.state import Slot

ARC = "1.2.392.200149.8.5.5"
ORDER = [f"{ARC}.{last}" for last in ("1", "4", "3", "5", "2", "6", "0.7")]
ADDRESS = "見本県青葉市見本町一丁目２－３"


def other_names(certificate: Any) -> list[tuple[str, str, str]]:
    """Type, string type and text of each otherName."""
    parsed = asn1.Certificate.load(certificate.public_bytes(Encoding.DER))
    assert {"other_name"} == {name.name for name in parsed.subject_alt_name_value}
    names = [name.chosen for name in parsed.subject_alt_name_value]
    return [(n["type_id"].dotted, type(n["value"].parsed).__name__, n["value"].native) for n in names]


def test_values_in_jpki_order(untouched: Any) -> None:
    """Name, birth, gender, address, the flags (a substituted character where it stands), the reading."""
    flags = ["10000", "0" * len(ADDRESS)]
    values = ["高橋　花子", "319850615", "2", ADDRESS, *flags, "タカハシ　ハナコ"]
    expected = [(oid, "UTF8String", text) for oid, text in zip(ORDER, values, strict=True)]
    assert expected == other_names(untouched.certificate("hanako", Slot.SIGN))


def test_a_phone_carries_the_same_record(untouched: Any) -> None:
    """Card and phone of one person have the same Basic 4."""
    card, phone = (other_names(untouched.certificate("midori", slot)) for slot in (Slot.SIGN, Slot.PHONE_SIGN))
    assert card == phone


def test_tags_of_an_other_name(untouched: Any) -> None:
    """In bytes: [0] otherName, OBJECT IDENTIFIER, [0] EXPLICIT, UTF8String."""
    der = untouched.certificate("hanako", Slot.SIGN).public_bytes(Encoding.DER)
    gender = bytes.fromhex("a011 060a 2a83088c9b55080505 03 a003 0c01 32".replace(" ", ""))
    assert gender in der


@pytest.mark.parametrize(
    ("birth", "expected"),
    [
        (date(1868, 1, 24), "018680124"),
        (date(1868, 1, 25), "118680125"),
        (date(1912, 7, 29), "119120729"),
        (date(1912, 7, 30), "219120730"),
        (date(1926, 12, 24), "219261224"),
        (date(1926, 12, 25), "319261225"),
        (date(1989, 1, 7), "319890107"),
        (date(1989, 1, 8), "419890108"),
        (date(2019, 4, 30), "420190430"),
        (date(2019, 5, 1), "520190501"),
    ],
)
def test_birth_is_era_digit_and_gregorian_date(birth: date, expected: str) -> None:
    """The era begins on its first day; the year is never the era's own."""
    assert expected == basic4.birth_text(birth)


def test_address_flags_have_one_digit_for_each_character() -> None:
    """A character outside the basic plane is one character, and so is its flag."""
    record = Basic4("𠮷田　德", "見本県髙﨑市１－２", date(2000, 1, 1), "1")
    texts = {name.type_id: name.value[2:].decode() for name in record.extension()}
    assert texts[basic4.NAME] == "吉田　徳"
    assert texts[basic4.NAME_SUBSTITUTES] == "1001"
    assert texts[basic4.ADDRESS] == "見本県高崎市１－２"
    assert texts[basic4.ADDRESS_SUBSTITUTES] == "000110000"
