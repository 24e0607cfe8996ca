"""The JPKI application, command by command, as real cards are written to be spoken to."""

import hashlib

import pytest
from components.spoken_card import ScriptedCard

from connectors.card.command_card import CommandCard
from connectors.card.errors import (
    CardGarbled,
    CertificateAbsent,
    NotThisCard,
    PinAbsent,
    PinBlocked,
    PinIncorrect,
    PinMalformed,
    PinRequired,
)
from connectors.card.jpki_application import JpkiApplication, Token
from connectors.ports import CertificateKind

USER, SIGNATURE = CertificateKind.USER, CertificateKind.SIGNATURE
AP = ("00A4040C0A D392F000260100000001", "9000")
PRESENCE, BOTH, ONE = ("00A4020C020008", "9000"), ("00B0000001", "8F9000"), ("00B0000001", "009000")
TOKEN = ("00A4020C020006", "9000")
USER_CERTIFICATE = ("00A4020C02000A", "9000")
USER_PIN, USER_KEY = ("00A4020C020018", "9000"), ("00A4020C020017", "9000")
MESSAGE = b"what the agent built itself"
DIGEST_INFO = "3031300D060960864801650304020105000420" + hashlib.sha256(MESSAGE).hexdigest().upper()
SIGN = f"802A008033{DIGEST_INFO}00"
SIGNED = "5A" * 256 + "9000"


def card(*script: tuple[str, str]) -> tuple[CommandCard, ScriptedCard]:
    """A card with this script, selected first."""
    scripted = ScriptedCard([AP, *script])
    return CommandCard(scripted.connect), scripted


def test_a_certificate_is_read_in_parts_without_its_padding() -> None:
    """The header tells the length; what lies behind it is not read, and nothing is read past it."""
    certificate = bytes.fromhex("30820262") + bytes(range(256)) * 3
    der = certificate[: 0x262 + 4]
    parts = [(0x0004, der[4:260]), (0x0104, der[260:516]), (0x0204, der[516:])]
    script = [("00B0000004", "308202629000")]
    for offset, part in parts:
        script.append((f"00B0{offset:04X}{len(part) % 256:02X}", part.hex() + "9000"))
    held, scripted = card(USER_CERTIFICATE, USER_CERTIFICATE, *script)
    assert (held.certificate(USER), scripted.done) == (der, True)


def test_short_answers_are_gathered() -> None:
    """A reader that hands over less than asked is asked for the rest."""
    script = [("00B0000004", "308200069000"), ("00B0000406", "0102036282"), ("00B0000703", "0405069000")]
    held, scripted = card(USER_CERTIFICATE, USER_CERTIFICATE, *script)
    assert (held.certificate(USER).hex(), scripted.done) == ("30820006010203040506", True)


def test_signing_is_select_verify_select_sign() -> None:
    """The PIN file, the PIN, the key file, and the DigestInfo of SHA-256: no other digest is ever sent."""
    held, scripted = card(USER_CERTIFICATE, USER_PIN, ("002000800431323334", "9000"), USER_KEY, (SIGN, SIGNED))
    assert (held.sign(USER, "1234", MESSAGE), scripted.done) == (b"\x5a" * 256, True)


def test_the_signature_pin_is_folded_to_upper_case() -> None:
    """The card compares bytes and folds nothing."""
    held, scripted = card(
        PRESENCE,
        BOTH,
        ("00A4020C02001B", "9000"),
        ("0020008006414243313233", "9000"),
        ("00A4020C02001A", "9000"),
        (SIGN, SIGNED),
    )
    held.sign(SIGNATURE, "abc123", MESSAGE)
    assert scripted.done


@pytest.mark.parametrize(
    ("answer", "refusal", "left"),
    [
        ("63C2", PinIncorrect, 2),
        ("63C1", PinIncorrect, 1),
        ("63C0", PinBlocked, None),
        ("6984", PinBlocked, None),
        ("6983", PinBlocked, None),
        ("6700", CardGarbled, None),
        ("6300", CardGarbled, None),
    ],
)
def test_a_refused_pin_signs_nothing(answer: str, refusal: type[Exception], left: int | None) -> None:
    """One VERIFY, its answer understood, and no key selected after it."""
    held, scripted = card(USER_CERTIFICATE, USER_PIN, ("002000800439393939", answer))
    with pytest.raises(refusal) as refused:
        held.sign(USER, "9999", MESSAGE)
    assert (getattr(refused.value, "tries_left", None), scripted.done) == (left, True)


@pytest.mark.parametrize("pin", ["", "123", "12345", "12 4", "１２３４"])
def test_a_malformed_pin_opens_no_connection(pin: str) -> None:
    """Its length is judged before anything is said to the card."""
    held, scripted = card()
    with pytest.raises(PinMalformed):
        held.sign(USER, pin, MESSAGE)
    assert scripted.said == []


def test_no_malformed_pin_ever_reaches_a_card() -> None:
    """Whoever speaks to the application itself is held to the form too."""
    scripted = ScriptedCard([USER_PIN])
    with pytest.raises(PinMalformed):
        JpkiApplication(scripted).verify(USER, "12345")
    assert scripted.done


@pytest.mark.parametrize(("answer", "left"), [("63C3", 3), ("63C0", 0), ("6984", 0), ("6983", 0)])
def test_tries_left_are_asked_without_a_pin(answer: str, left: int) -> None:
    """An empty VERIFY on the selected PIN file."""
    held, scripted = card(USER_CERTIFICATE, USER_PIN, ("00200080", answer))
    assert (held.tries_left(USER), scripted.done) == (left, True)


def test_an_answer_that_tells_no_tries_is_garbled() -> None:
    """9000 to an empty VERIFY is of no card known."""
    held, _ = card(USER_CERTIFICATE, USER_PIN, ("00200080", "9000"))
    with pytest.raises(CardGarbled):
        held.tries_left(USER)


@pytest.mark.parametrize(
    ("label", "token", "device"),
    [
        (b"JPKIAPICCTOKEN2", Token.MY_NUMBER, "card"),
        (b"JPKIAPICCTOKEN", Token.JUKI, "card"),
        (b"JPKIAPGPSETOKEN", Token.ANDROID, "phone"),
        (b"JPKIAPIOSTOKEN", Token.IPHONE, "phone"),
        (b"SOMETHING NEW", Token.UNKNOWN, "card"),
        (b"\xff" * 32, Token.UNKNOWN, "card"),
        (b"unknown", Token.UNKNOWN, "card"),
    ],
)
def test_token_information_tells_the_kind(label: bytes, token: Token, device: str) -> None:
    """Its first 32 bytes, space-padded; anything new is a card of a kind unknown, not an error."""
    answer = ("00B0000020", label.ljust(32).hex() + "9000")
    assert token == card(TOKEN, answer)[0].token()
    assert device == card(TOKEN, answer)[0].device


def test_a_card_without_token_information_is_of_unknown_kind() -> None:
    """A missing file is no reason to refuse a person."""
    assert card(("00A4020C020006", "6A82"))[0].token() is Token.UNKNOWN


@pytest.mark.parametrize("call", ["certificate", "tries_left"])
def test_a_childs_card_holds_no_signature_certificate(call: str) -> None:
    """EF 0008 begins with 00: nothing more is asked."""
    held, scripted = card(PRESENCE, ONE)
    with pytest.raises(CertificateAbsent):
        getattr(held, call)(SIGNATURE)
    assert scripted.done


@pytest.mark.parametrize("content", ["00000000", "FFFFFFFF"])
def test_an_empty_file_holds_no_certificate(content: str) -> None:
    """Padding alone is an absent certificate; anything else that is no certificate is garbled."""
    held, _ = card(USER_CERTIFICATE, USER_CERTIFICATE, ("00B0000004", content + "9000"))
    with pytest.raises(CertificateAbsent):
        held.certificate(USER)
    held, _ = card(USER_CERTIFICATE, USER_CERTIFICATE, ("00B0000004", "300301019000"))
    with pytest.raises(CardGarbled):
        held.certificate(USER)


def test_a_phones_certificate_wants_the_pin() -> None:
    """6982 is told as such; with the PIN the certificate is read in the same connection."""
    held, _ = card(USER_CERTIFICATE, USER_CERTIFICATE, ("00B0000004", "6982"))
    with pytest.raises(PinRequired):
        held.certificate(USER)
    verified = [USER_PIN, ("002000800431323334", "9000")]
    read = [("00B0000004", "308200019000"), ("00B0000401", "059000")]
    held, scripted = card(USER_CERTIFICATE, *verified, USER_CERTIFICATE, *read)
    assert (held.certificate(USER, "1234").hex(), scripted.done) == ("3082000105", True)


def test_a_card_without_pin_files_says_so() -> None:
    """A PIN file that is not there is another thing than a blocked one."""
    held, _ = card(USER_CERTIFICATE, ("00A4020C020018", "6A82"))
    with pytest.raises(PinAbsent):
        held.tries_left(USER)


@pytest.mark.parametrize("answer", ["6A82", "6A86", "6D00", "6999"])
def test_another_card_is_not_asked_further(answer: str) -> None:
    """Without the application there is nothing to ask."""
    scripted = ScriptedCard([(AP[0], answer)])
    with pytest.raises(NotThisCard):
        CommandCard(scripted.connect).certificate(USER)


@pytest.mark.parametrize("answer", ["9000", "AA9000", "6985", "6700"])
def test_a_signature_has_256_bytes(answer: str) -> None:
    """Anything else from the key is garbled, and 6982 says that the PIN was forgotten."""
    prefix = (USER_CERTIFICATE, USER_PIN, ("002000800431323334", "9000"), USER_KEY)
    held, _ = card(*prefix, (SIGN, answer))
    with pytest.raises(CardGarbled):
        held.sign(USER, "1234", MESSAGE)
    held, _ = card(*prefix, (SIGN, "6982"))
    with pytest.raises(PinRequired):
        held.sign(USER, "1234", MESSAGE)


def test_the_overview_asks_for_no_certificate() -> None:
    """Kind, presence, counters: what `idp-card doctor` may look at."""
    held, scripted = card(
        USER_CERTIFICATE,
        PRESENCE,
        BOTH,
        TOKEN,
        ("00B0000020", b"JPKIAPICCTOKEN2".ljust(32).hex() + "9000"),
        USER_PIN,
        ("00200080", "63C3"),
        ("00A4020C02001B", "9000"),
        ("00200080", "63C5"),
    )
    shown = held.overview()
    assert (shown.token, dict(shown.tries_left), scripted.done) == (Token.MY_NUMBER, {USER: 3, SIGNATURE: 5}, True)
