"""The software card: PIN rules, counters, file format."""

import json
import stat
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from connectors.card.softcard import (
    CardError,
    CardUnreadable,
    CertificateAbsent,
    KeySlot,
    PinBlocked,
    PinIncorrect,
    PinMalformed,
    SoftwareCard,
)
from connectors.ports import CertificateKind

USER, SIGNATURE = CertificateKind.USER, CertificateKind.SIGNATURE


def test_signature_verifies_under_the_certificate(card: SoftwareCard) -> None:
    """The signature of the right PIN verifies with the public key of the card's certificate."""
    signature = card.sign(USER, "1234", b"message")
    key = x509.load_der_x509_certificate(card.certificate(USER)).public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    assert key.verify(signature, b"message", padding.PKCS1v15(), hashes.SHA256()) is None


def test_a_loaded_card_equals_the_created_one(card: SoftwareCard, card_path: Path) -> None:
    """Holder, device, certificates and tries survive the file."""
    loaded = SoftwareCard.load(card_path)
    assert (
        loaded.holder,
        loaded.device,
        loaded.tries_left(USER),
        loaded.tries_left(SIGNATURE),
    ) == ("見本 花子", "card", 3, 5)
    assert card.certificate(SIGNATURE) == loaded.certificate(SIGNATURE)


@pytest.mark.parametrize("pin", ["", "123", "12345", "12a4", "１２３４", "1234\n", " 1234"])
def test_a_malformed_user_pin_spends_no_try(card: SoftwareCard, pin: str) -> None:
    """A PIN that cannot be the card's is refused before the card counts it."""
    with pytest.raises(PinMalformed):
        card.sign(USER, pin, b"m")
    assert card.tries_left(USER) == 3


@pytest.mark.parametrize("pin", ["ABC12", "ABCDEFGHIJ1234567", "ABC-123", "ＡＢＣ１２３"])
def test_a_malformed_signature_pin_spends_no_try(card: SoftwareCard, pin: str) -> None:
    """A signature PIN has 6 to 16 letters and digits, nothing else."""
    with pytest.raises(PinMalformed):
        card.sign(SIGNATURE, pin, b"m")
    assert card.tries_left(SIGNATURE) == 5


def test_a_signature_pin_may_be_typed_in_lower_case(card: SoftwareCard) -> None:
    """Letters are folded to upper case, as card programs do."""
    assert len(card.sign(SIGNATURE, "abc123", b"m")) == 256


def test_wrong_pins_count_down_to_blocked_and_stay_counted(card: SoftwareCard, card_path: Path) -> None:
    """Two wrong PINs are counted, the third blocks, and afterwards the right one is refused too."""
    for left in (2, 1):
        with pytest.raises(PinIncorrect) as refused:
            card.sign(USER, "9999", b"m")
        assert (left, left) == (refused.value.tries_left, SoftwareCard.load(card_path).tries_left(USER))
    for pin in ("9999", "1234"):
        with pytest.raises(PinBlocked):
            SoftwareCard.load(card_path).sign(USER, pin, b"m")
    assert (card.tries_left(USER), card.tries_left(SIGNATURE)) == (0, 5)


@pytest.mark.parametrize(
    ("kind", "wrong", "right", "full"), [(USER, "9999", "1234", 3), (SIGNATURE, "WRONG1", "ABC123", 5)]
)
def test_the_right_pin_restores_all_tries(
    card: SoftwareCard, kind: CertificateKind, wrong: str, right: str, full: int
) -> None:
    """After a wrong PIN the right one brings the counter back to full."""
    with pytest.raises(PinIncorrect):
        card.sign(kind, wrong, b"m")
    card.sign(kind, right, b"m")
    assert full == card.tries_left(kind)


def test_simultaneous_wrong_pins_are_all_counted(card: SoftwareCard, card_path: Path) -> None:
    """Four terminals trying at once get two more tries, not more: none of the counts is lost."""

    def attempt(_: int) -> str:
        try:
            SoftwareCard.load(card_path).sign(USER, "9999", b"m")
        except CardError as error:
            return type(error).__name__
        return "signed"

    with ThreadPoolExecutor(4) as pool:
        outcomes = sorted(pool.map(attempt, range(4)))
    assert outcomes == ["PinBlocked", "PinBlocked", "PinIncorrect", "PinIncorrect"]


def test_a_child_has_no_signature_certificate(card_path: Path, user_slot: KeySlot) -> None:
    """A card without signature certificate says so, for reading and for signing."""
    child = SoftwareCard.create(card_path, holder="太郎", device="card", user=user_slot, signature=None)
    with pytest.raises(CertificateAbsent):
        child.certificate(SIGNATURE)
    with pytest.raises(CertificateAbsent):
        child.sign(SIGNATURE, "ABC123", b"m")


def test_a_card_made_anew_is_seen_by_whoever_holds_the_old_one(
    card: SoftwareCard, card_path: Path, signature_slot: KeySlot
) -> None:
    """Renewal replaces the file, and a card object already open presents the new certificate."""
    renewed = replace(signature_slot, pin="1234", tries_left=3)
    SoftwareCard.create(card_path, holder="見本 花子", device="card", user=renewed, signature=None)
    assert signature_slot.certificate == card.certificate(USER)


def test_the_file_is_private_and_says_that_it_is_a_test_card(card: SoftwareCard, card_path: Path) -> None:
    """Only the owner reads it, also after a counter changed, and its notice tells what it is not."""
    with pytest.raises(PinIncorrect):
        card.sign(USER, "9999", b"m")
    record = json.loads(card_path.read_text(encoding="utf-8"))
    assert stat.S_IMODE(card_path.stat().st_mode) == 0o600
    assert (record["format"], "not a My Number Card" in record["notice"]) == ("idp-software-card/1", True)
    assert [card_path.name] == [p.name for p in card_path.parent.iterdir()]


@pytest.mark.parametrize(
    "change",
    [
        {"format": "idp-software-card/2"},
        {"format": None},
        {"device": "watch"},
        {"holder": 7},
        {"user": None},
        {"user": {}},
        {"user": "x"},
        {"signature": {"certificate": "AA==", "private_key": "no key", "pin": "ABC123", "tries_left": 5}},
    ],
)
def test_a_damaged_card_file_is_refused(card: SoftwareCard, card_path: Path, change: dict[str, object]) -> None:
    """A file of another version or with a damaged member is CardUnreadable, never a half-read card."""
    record = json.loads(card_path.read_text(encoding="utf-8")) | change
    card_path.write_text(json.dumps(record), encoding="utf-8")
    with pytest.raises(CardUnreadable):
        SoftwareCard.load(card_path)


@pytest.mark.parametrize("content", [b"", b"[]", b"\xff\xfe", b"[" * 60_000, b" " * 70_000, b'"format"'])
def test_what_is_not_a_card_file_is_refused(card_path: Path, content: bytes) -> None:
    """Any other bytes are CardUnreadable."""
    card_path.write_bytes(content)
    with pytest.raises(CardUnreadable):
        SoftwareCard.load(card_path)


def test_a_missing_card_file_is_refused(tmp_path: Path, user_slot: KeySlot) -> None:
    """A path without a file, or in a folder that is not there, is CardUnreadable."""
    with pytest.raises(CardUnreadable):
        SoftwareCard.load(tmp_path / "none.card.json")
    with pytest.raises(CardUnreadable):
        SoftwareCard.create(
            tmp_path / "no" / "a.card.json", holder="x", device="card", user=user_slot, signature=None
        )
