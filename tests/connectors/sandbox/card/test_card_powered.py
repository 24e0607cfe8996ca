"""A card in a reader keeps its PINs in its file, shares them with those who read the file, and tells no PIN."""

import stat
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from connectors.card import cardfile
from connectors.card.errors import CardUnreadable, PinBlocked, PinIncorrect
from connectors.card.softcard import SoftwareCard
from connectors.ports import CertificateKind
from connectors.sandbox.card import face
from connectors.sandbox.card.atr import ATRS
from connectors.sandbox.card.image import Variant, issuers_of
from connectors.sandbox.card.powered import PoweredCard, load
from connectors.sandbox.card.record import Record

USER, SIGNATURE = CertificateKind.USER, CertificateKind.SIGNATURE
JPKI = "00A4040C0AD392F000260100000001"
SUPPORT = "00A4040C0AD3921000310001010408"


@pytest.fixture
def path(tmp_path: Path, contents) -> Path:
    """A full card's file."""
    cardfile.write(tmp_path / "hanako.card.json", contents)
    return tmp_path / "hanako.card.json"


@pytest.fixture
def powered(path: Path):
    """`powered()`: the card with fresh power."""

    def power_on(variant: Variant = Variant()) -> PoweredCard:  # noqa: B008
        record = Record(path.with_name("apdu.log"), path.with_name("tripwire.log"))
        issuers = issuers_of(cardfile.read(path), ())
        return PoweredCard(
            path=path, atr=ATRS["contact"], issuers=issuers, variant=variant, record=record, token_bytes=bytes
        )

    return power_on


def send(card: PoweredCard, *commands: str) -> list[str]:
    """The status words of these commands."""
    return [card.transmit(bytes.fromhex(command))[-2:].hex().upper() for command in commands]


def test_counters_survive_the_power(powered) -> None:
    """Tries of every kind of PIN are found again by the next card program."""
    send(powered(), JPKI, "002000980439393939", "0020009B06303030303030")
    send(powered(), SUPPORT, "002000910439393939", "002000950E" + "30" * 14)
    card = powered()
    assert send(card, JPKI, "00200098", "0020009B") == ["9000", "63C2", "63C4"]
    assert send(card, SUPPORT, "00200091", "00200095") == ["9000", "63C2", "63C9"]


def test_the_file_and_the_reader_are_one_card(powered, path: Path) -> None:
    """A try spent in the reader is missing in the file, and the other way round, up to the block."""
    send(powered(), JPKI, "002000980439393939", "002000980439393939")
    card = SoftwareCard.load(path)
    assert card.tries_left(USER) == 1
    with pytest.raises(PinBlocked):
        card.sign(USER, "0000", b"m")
    assert send(powered(), JPKI, "00200098", "002000980431323334") == ["9000", "63C0", "6984"]


def test_a_new_pin_holds_for_both(powered, path: Path) -> None:
    """CHANGE REFERENCE DATA writes it into the file."""
    assert send(powered(), JPKI, "0020009B06414243313233", "0024019B065A5A5A393939") == ["9000"] * 3
    assert len(SoftwareCard.load(path).sign(SIGNATURE, "zzz999", b"m")) == 256


def test_signing_with_the_file_keeps_the_face(powered, path: Path, contents) -> None:
    """A program that knows nothing of the chip's other PINs does not lose them."""
    SoftwareCard.load(path).sign(USER, "1234", b"m")
    send(powered(), SUPPORT, "002000910439393939")
    for _ in range(2):
        with pytest.raises(PinIncorrect):
            SoftwareCard.load(path).sign(USER, "0000", b"m")
    kept = face.load(cardfile.read(path).chip)
    assert (kept.pins["input_support"].tries_left, kept.basic4) == (2, face.load(contents.chip).basic4)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_tries_are_counted_once_each_when_two_readers_hold_the_file(powered) -> None:
    """Two card programs at once cannot win a try by racing."""
    cards = [powered(), powered()]
    for card in cards:
        send(card, SUPPORT)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda card: send(card, *["002000950E" + "30" * 14] * 4), cards))
    assert send(powered(), SUPPORT, "00200095")[1] == "63C2"


def test_a_pinless_cards_file_is_left_alone(powered, path: Path, contents) -> None:
    """Its PINs are unset on this chip; the file's own stay what they are."""
    send(powered(Variant(pinless=True)), JPKI, "002000980439393939", "00200098")
    assert cardfile.read(path).slots[USER].tries_left == contents.slots[USER].tries_left


def test_a_missing_file_is_a_failing_card(powered, path: Path) -> None:
    """6F00, no stack trace."""
    card = powered()
    path.unlink()
    assert send(card, JPKI) == ["6F00"]


def test_a_reset_forgets_the_session(powered) -> None:
    """What was selected and shown goes with the power."""
    card = powered()
    send(card, JPKI, "002000980431323334")
    card.reset("power-off")
    assert send(card, "802A0097014800") == ["6986"]


def test_the_log_tells_commands_and_no_secret(powered, path: Path) -> None:
    """Header, selection, lengths, status: no PIN, nothing that was signed or read."""
    send(
        powered(),
        JPKI,
        "002000980431323334",
        "0024019804393837" + "36",
        "802A0097054142434445" + "00",
        "00B0880003",
    )
    log = path.with_name("apdu.log").read_text(encoding="ascii").splitlines()
    assert log == [
        "00A4040C D392F000260100000001 9000 0",
        "00200098 (4) 9000 0",
        "00240198 (4) 9000 0",
        "802A0097 (5) 9000 256",
        "00B08800 - 9000 3",
    ]
    assert not path.with_name("tripwire.log").exists()


def test_the_log_takes_any_bytes(powered, path: Path) -> None:
    """What is no command is counted, not kept."""
    send(powered(), "0020008004313233")
    assert path.with_name("apdu.log").read_text(encoding="ascii") == "malformed(8) - 6700 0\n"


def test_the_tripwire_has_a_file_of_its_own(powered, path: Path) -> None:
    """Touching the My Number is written into both."""
    send(powered(), SUPPORT, "00A4020C020001")
    assert path.with_name("tripwire.log").read_text(encoding="ascii") == "00A4020C 0001 9000 0\n"


def test_a_face_with_unknown_pins_is_no_card(powered, path: Path, contents) -> None:
    """A file of another version is refused, not half used."""
    card = powered()
    pins = {**contents.chip["pins"], "other": {"pin": "1", "tries_left": 1}}
    cardfile.write(path, replace(contents, chip={**contents.chip, "pins": pins}))
    assert send(card, JPKI) == ["6F00"]


@pytest.mark.parametrize("content", [None, b"", b"-----BEGIN CERTIFICATE-----"])
def test_an_unreadable_issuer_is_a_typed_error(path: Path, tmp_path: Path, content: bytes | None) -> None:
    """A CA certificate that is missing or none stops the card before it is inserted."""
    pem = tmp_path / "issuer.pem"
    if content is not None:
        pem.write_bytes(content)
    with pytest.raises(CardUnreadable):
        load(path, tmp_path, ATRS["contact"], Variant(), [pem], bytes)
