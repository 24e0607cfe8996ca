"""What the card's files hold, and how kinds of cards differ."""

from dataclasses import replace
from hashlib import sha256

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

from connectors.card.errors import CardUnreadable
from connectors.ports import CertificateKind
from connectors.sandbox.card import face
from connectors.sandbox.card.atr import ATRS
from connectors.sandbox.card.image import Variant, chip_of, issuers_of
from connectors.sandbox.card.input_support import files
from connectors.sandbox.card.tlv import tlv

USER, SIGNATURE = CertificateKind.USER, CertificateKind.SIGNATURE
JPKI = "00A4040C0AD392F000260100000001"
SUPPORT = "00A4040C0AD3921000310001010408"
SHA256_INFO = bytes.fromhex("3031300d060960864801650304020105000420")
SHA1_INFO = bytes.fromhex("3021300906052b0e03021a05000414")


def read(card, short: int) -> bytes:
    """A whole file of the selected application, in one extended command."""
    assert card.say(f"00B0{0x80 | short:02X}00000000") == "9000"
    return bytes(card.data)


def items(text: bytes) -> dict[int, bytes]:
    """The entries of a constructed value, whatever form their lengths have."""
    found, at = {}, 0
    while at < len(text):
        tag, count, at = int.from_bytes(text[at : at + 2], "big"), text[at + 2], at + 3
        if count & 0x80:
            width = count & 0x7F
            count, at = int.from_bytes(text[at : at + width], "big"), at + width
        found[tag], at = text[at : at + count], at + count
    return found


def unlocked_support(insert, **fields):
    """A card whose input-support PIN was shown."""
    card = insert(**fields)
    assert [card.say(SUPPORT), card.say("002000910435363738")] == ["9000", "9000"]
    return card


@pytest.mark.parametrize("padding_bytes", [0, 32])
def test_certificates_may_be_followed_by_padding(insert, contents, padding_bytes: int) -> None:
    """The length in the DER header is the certificate's; what follows is none of it."""
    card = insert(padding=padding_bytes)
    card.say(JPKI)
    for short in (0x0A, 0x0B, 0x02):
        content = read(card, short)
        end = 4 + int.from_bytes(content[2:4], "big")
        assert (content[:2], content[end:]) == (b"\x30\x82", b"\xff" * padding_bytes)
        assert x509.load_der_x509_certificate(content[:end])
    assert read(card, 0x0A).startswith(contents.slots[USER].certificate)


def test_a_certificate_read_in_pieces_is_whole(card, contents) -> None:
    """Reads of 256 bytes at 15-bit offsets join."""
    card.say(JPKI)
    card.say("00A4020C02000A")
    pieces = []
    while card.say(f"00B0{sum(map(len, pieces)):04X}00") == "9000":
        pieces.append(card.data)
    assert {len(piece) for piece in pieces[:-1]} == {256}
    assert b"".join(pieces).startswith(contents.slots[USER].certificate)


@pytest.mark.parametrize(
    ("fields", "device", "begins"),
    [
        ({}, "card", b"JPKIAPICCTOKEN2"),
        ({}, "phone", b"JPKIAPGPSETOKEN"),
        ({"token": b"JPKIAPIOSTOKEN"}, "phone", b"JPKIAPIOSTOKEN"),
    ],
)
def test_token_information(insert, contents, fields, device: str, begins: bytes) -> None:
    """160 bytes; the first 32 name the kind, filled with spaces."""
    card = insert(replace(contents, device=device), **fields)
    card.say(JPKI)
    content = read(card, 0x06)
    assert (len(content), content[:32]) == (160, begins.ljust(32))


def test_which_certificates_are_there(insert, contents, child_contents) -> None:
    """File 0008 tells an adult's card from a child's and from a PIN-less one."""
    found = []
    for card in (insert(), insert(child_contents), insert(pinless=True)):
        card.say(JPKI)
        found.append(read(card, 0x08).hex())
    assert found == ["8f8f00", "008f00", "008f00"]


def test_a_childs_card_has_no_signature_pin(insert, child_contents) -> None:
    """The entries are there, nothing was written into them; the user key works."""
    card = insert(child_contents)
    rows = [(JPKI, "9000"), ("0020009B", "63C0"), ("0020009B06414243313233", "6984"), ("00B0810004", "6982")]
    rows += [("002000980431323334", "9000"), ("802A009A0148", "6982"), ("802A0097014800", "9000")]
    assert [card.say(command) for command, _ in rows] == [status for _, status in rows]


def test_a_pinless_card_gives_its_user_certificate_and_signs_nothing(insert) -> None:
    """顔認証マイナンバーカード: every PIN answers as one that was never set; 照合番号B is printed, so it works."""
    card = insert(pinless=True)
    card.say(JPKI)
    assert read(card, 0x0A)[:2] == b"\x30\x82"
    assert [card.say(c) for c in ("002000980431323334", "802A0097014800", "0020009B")] == ["6984", "6982", "63C0"]
    card.say(SUPPORT)
    assert [card.say("00200091"), card.say("00200095")] == ["63C0", "63CA"]


def test_a_phone_wants_the_pin_before_its_certificate(insert, contents) -> None:
    """And it holds the JPKI application alone."""
    phone = insert(replace(contents, device="phone"))
    rows = [(SUPPORT, "6A82"), (JPKI, "9000"), ("00B08A0004", "6982")]
    rows += [("002000980431323334", "9000"), ("00B08A0004", "9000")]
    assert [phone.say(command) for command, _ in rows] == [status for _, status in rows]


@pytest.mark.parametrize("leading", [0, 2])
def test_the_basic4_at_their_offsets(insert, leading: int) -> None:
    """DF21 tells where each item begins, counted from the start of the file, in both known layouts."""
    content = read(unlocked_support(insert, leading=leading), 0x02)
    assert content.index(b"\xff\x20") == leading
    parts = items(items(content[leading:])[0xFF20])
    assert [parts[tag].decode() for tag in (0xDF22, 0xDF23, 0xDF24, 0xDF25)] == [
        "髙橋　花子",
        "見本県青葉市見本町一丁目２－３",
        "19850615",
        "2",
    ]
    starts = [int.from_bytes(parts[0xDF21][at : at + 2], "big") for at in range(0, 8, 2)]
    assert [content[start : start + 2].hex() for start in starts] == ["df22", "df23", "df24", "df25"]


@pytest.mark.parametrize("leading", [0, 2])
def test_the_integrity_record_binds_the_basic4(insert, leading: int) -> None:
    """DF32 is the hash from DF22 to the end; DF31 that of the whole file 0001."""
    card = unlocked_support(insert, leading=leading)
    text, record = read(card, 0x02), read(card, 0x03)
    parts = items(items(record)[0xFF30])
    assert (len(record), len(parts[0xDF33])) == (336, 256)
    assert parts[0xDF32] == sha256(text[text.index(b"\xdf\x22") :]).digest()
    assert not card.tripped
    assert parts[0xDF31] == sha256(read(card, 0x01)).digest()
    assert card.tripped


def test_the_sizes_of_the_other_files(insert) -> None:
    """As on cards: 17 bytes for 0001, 568 for the card-verifiable certificate."""
    card = unlocked_support(insert)
    assert [len(read(card, short)) for short in (0x01, 0x04)] == [17, 568]
    parts = items(items(read(card, 0x05))[0xFF40])
    assert [len(parts[tag]) for tag in (0xDF41, 0xDF42)] == [4, 16]


def test_the_number_is_nobodys(insert) -> None:
    """Its check digit (令和の番号法施行令 formula: modulo 11) is wrong."""
    digits = [int(digit) for digit in items(read(unlocked_support(insert), 0x01)[:15])[0xFF10].decode()]
    remainder = sum(d * (n + 1 if n <= 6 else n - 5) for n, d in enumerate(reversed(digits[:11]), 1)) % 11
    assert digits[11] != (0 if remainder <= 1 else 11 - remainder)


def test_number_a_opens_the_number_alone_and_b_the_text_alone(insert, contents) -> None:
    """照合番号B does not open 0001, and A does not open 0002."""
    pins = face.load(contents.chip).pins
    b = pins["input_support_number_b"].pin
    card = insert()
    card.say(SUPPORT)
    card.say(f"002000950E{b.encode().hex()}")
    assert [card.say("00B0810010"), card.say("00B0820010")] == ["6982", "9000"]
    card.say(SUPPORT)
    card.say(f"002000940C{(b'9' * 12).hex()}")
    assert [card.say("00B0810010"), card.say("00B0820010")] == ["9000", "6982"]


def test_number_b_is_made_of_birth_expiry_and_security_code(contents) -> None:
    """Six digits of the birth date in the era's years, four of the expiry year, four more."""
    pins = face.load(contents.chip).pins
    assert pins["input_support_number_b"].pin[:10] == "6006152031"
    assert pins["input_support_number_b"].pin[10:].isdecimal()


def test_long_addresses_take_a_longer_length(contents) -> None:
    """An address of 200 characters still parses."""
    basic4 = replace(face.load(contents.chip).basic4, address="町" * 200)
    content = files(basic4, leading=0)[0x0002].content
    assert items(items(content)[0xFF20])[0xDF23].decode() == "町" * 200


def test_a_value_too_long_for_its_length_form_is_refused() -> None:
    """The short form ends at 127 bytes, 81 at 255."""
    for count, width in ((128, 0), (256, 1)):
        with pytest.raises(OverflowError):
            tlv(0xDF22, bytes(count), length_bytes=width)


def test_signatures_verify_in_every_form(card, contents) -> None:
    """Raw, hashing, pre-hashed and PSS signatures are what the certificate's key accepts; SHA-1 is signed too."""
    key = x509.load_der_x509_certificate(contents.slots[USER].certificate).public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    message, pkcs1 = b"message", padding.PKCS1v15()
    digest, sha1 = sha256(message).digest(), hashes.Hash(hashes.SHA1())
    sha1.update(message)
    card.say(JPKI)
    card.say("002000980431323334")

    def signature(form: int, given: bytes) -> bytes:
        assert card.say(f"802A{form:02X}97{len(given):02X}{given.hex()}00") == "9000"
        return card.data

    key.verify(signature(0x00, SHA256_INFO + digest), message, pkcs1, hashes.SHA256())
    key.verify(signature(0x00, SHA1_INFO + sha1.finalize()), message, pkcs1, hashes.SHA1())
    key.verify(signature(0x02, digest), message, pkcs1, hashes.SHA256())
    key.verify(signature(0x03, message), message, pkcs1, hashes.SHA256())
    pss = padding.PSS(padding.MGF1(hashes.SHA256()), 32)
    key.verify(signature(0x04, digest), digest, pss, Prehashed(hashes.SHA256()))
    key.verify(signature(0x05, message), message, pss, hashes.SHA256())
    assert key.recover_data_from_signature(signature(0x01, message), pkcs1, None) == digest


def test_issuers_are_told_by_signature_not_by_name(contents, child_contents) -> None:
    """A stranger's certificate of whatever name is not taken; a self-signed one is its own issuer."""
    strangers = [contents.slots[SIGNATURE].certificate]
    assert issuers_of(child_contents, strangers) == {USER: contents.slots[USER].certificate}


@pytest.mark.parametrize("damage", [{"basic4": {}}, {"pins": {}}, {"more": 1}])
def test_a_damaged_face_is_a_typed_error(contents, damage) -> None:
    """Half a face is refused as a whole."""
    chip = {**contents.chip, **damage} if "more" not in damage else damage
    with pytest.raises(CardUnreadable):
        chip_of(replace(contents, chip=chip), {}, Variant())


def test_a_card_of_before_there_were_faces_still_signs(insert, contents) -> None:
    """It has the JPKI application alone."""
    card = insert(replace(contents, chip={}))
    assert [card.say(SUPPORT), card.say(JPKI), card.say("002000980431323334")] == ["6A82", "9000", "9000"]


@pytest.mark.parametrize("atr", [atr for atr in ATRS.values() if len(atr) > 3])
def test_answers_to_reset_end_with_their_check_byte(atr: bytes) -> None:
    """TCK: everything from T0 on comes to zero (ISO/IEC 7816-3 section 8.2.5)."""
    check = 0
    for byte in atr[1:]:
        check ^= byte
    assert (atr[0], check) == (0x3B, 0)
