"""The Basic 4 of signature certificates, as they are met: read as they stand, or refused and not repeated."""

from datetime import UTC, datetime

import pytest
from asn1crypto.core import IA5String, OctetString, UTF8String
from components.signature_certificates import ORDINARY, Words, words
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from idp.errors import Reason, Refusal
from idp.jpki.certificate import parse
from idp.jpki.signature_attributes import read_attributes

KEY = ec.generate_private_key(ec.SECP256R1())


def leaf(held):
    """A certificate with these words, parsed; nothing else of it matters here."""
    name = x509.Name([x509.NameAttribute(x509.NameOID.COUNTRY_NAME, "JP")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(KEY.public_key())
    builder = builder.serial_number(7).not_valid_before(datetime(2026, 1, 1, tzinfo=UTC))
    builder = builder.not_valid_after(datetime(2031, 1, 1, tzinfo=UTC)).add_extension(
        held.extension(), critical=False
    )
    return parse(builder.sign(KEY, hashes.SHA256()).public_bytes(Encoding.DER))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("ideographic space", "髙橋　花子"),
        ("former surname", "見本［旧姓］　花子"),
        ("Latin letters", "SMITH JOHN　WILLIAM"),
        ("common name", "SMITH JOHN（見本　太郎）"),
        ("supplementary character", "𠮷田　花子"),
        ("variation selector", "葛\U000e0101城　花子"),
        ("one word", "花子"),
    ],
)
def test_a_name_is_what_stands_there(name, text):
    """No width, form or space is changed."""
    assert read_attributes(leaf(words(n1=text))).name == text


@pytest.mark.parametrize(
    "address",
    ["見本県青葉市見本町１－２－３　見本マンション１０１号", "国外転出（令和８年１１月２６日）", "", "ー" * 200],
)
def test_an_address_is_what_stands_there(address):
    """Full-width hyphens, words of who moved abroad, none, and the longest."""
    assert read_attributes(leaf(words(n5=address))).address == address


@pytest.mark.parametrize(
    ("stated", "era", "date"),
    [
        ("319850615", "3", "19850615"),
        ("520260401", "5", "20260401"),
        ("119120101", "1", "19120101"),
        ("018600101", "0", "18600101"),
        ("400000000", "4", "00000000"),
        ("319850600", "3", "19850600"),
        ("319850000", "3", "19850000"),
    ],
)
def test_a_birth_date_keeps_its_unknown_parts(stated, era, date):
    """The era's digit, then the Gregorian date with zeros for what nobody knows."""
    held = read_attributes(leaf(words(n4=stated)))
    assert (held.era, held.birth_date) == (era, date)


@pytest.mark.parametrize("gender", ["1", "2", "3", "9"])
def test_every_gender_is_read(gender):
    """Male, female, and the two that say neither."""
    assert read_attributes(leaf(words(n3=gender))).gender == gender


@pytest.mark.parametrize(
    ("flags", "substituted"),
    [("00000", False), ("10000", True), ("0" * 60 + "1", True), ("", False), (None, False), ("x", False)],
)
def test_marks_of_substitution_refuse_nobody(flags, substituted):
    """As long as the name, longer, empty, missing, and no digits at all."""
    held = read_attributes(leaf(words(n2=flags)))
    assert (held.name_substituted, held.address_substituted) == (substituted, False)


def test_a_further_item_is_passed_over():
    """A reading of the name may come with a type that nobody has told us."""
    assert read_attributes(leaf(words(n7="ミホン　ハナコ"))).name == "見本　花子"


def _with(last, octets):
    """The ordinary words and one pair more, in the place of its own type if that is there."""
    pairs = [(name, UTF8String(text).dump()) for name, text in ORDINARY.items() if name != last]
    return Words((*pairs, (last, octets)))


def _twice(last):
    return Words((*words().pairs, (last, UTF8String("見本　太郎").dump())))


@pytest.mark.parametrize(
    "held",
    [
        words(n1=None), words(n1=""), words(n1="x" * 301), words(n1="花\n子"), words(n1="花\u2028子"),
        words(n4=None), words(n4="19850615"), words(n4="619850615"), words(n4="31985061５"), words(n4="S60.6.15"),
        words(n3=None), words(n3="0"), words(n3="女"), words(n5=None), words(n5="x" * 601), words(n5="青\x00葉"),
        _twice("1"), _twice("5"), _with("1", OctetString(b"x").dump()), _with("1", IA5String("HANAKO").dump()),
        _with("1", b"\x0c\x03\xff\xfe\xfd"),
    ],
    ids=lambda held: str(len(held.pairs)),
)  # fmt: skip
def test_other_forms_are_refused_and_not_repeated(held):
    """What is missing, repeated, of another type or form names nobody; the sentence holds nothing of it."""
    with pytest.raises(Refusal) as refused:
        read_attributes(leaf(held))
    assert refused.value.reason is Reason.ATTRIBUTES_INVALID
    assert "花" not in str(refused.value.detail)


def test_no_representation_shows_a_person():
    """Whatever is logged by mistake holds nothing of it."""
    shown = repr(read_attributes(leaf(words())))
    assert not any(text in shown for text in ("見本", "1985", "青葉"))
