"""The contract of a `Card`: a file, commands in this process, a reader by PC/SC, a reader by OpenSC's PKCS #11."""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from pathlib import Path

import pytest
from components.virtual_reader import PKCS11_MODULE, VirtualReader, await_condition, virtual_reader
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from connectors.card import pcsc
from connectors.card.card import Card
from connectors.card.cardfile import Contents, read
from connectors.card.command_card import CommandCard, in_reader
from connectors.card.errors import (
    AttributesUnreadable,
    CardAbsent,
    CertificateAbsent,
    PinBlocked,
    PinIncorrect,
    PinMalformed,
)
from connectors.card.pin import PinKind
from connectors.card.pkcs11_card import Pkcs11Card
from connectors.card.softcard import SoftwareCard
from connectors.ports import CertificateKind
from connectors.sandbox.card.in_process import InProcess, InProcessCard

USER, SIGNATURE = CertificateKind.USER, CertificateKind.SIGNATURE
PIN, WRONG = "1234", "9999"
COUNTING = ["file", "commands", "pcsc", "pkcs11"]
SPEAKING = ["in-process", "commands", "pcsc"]


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory, founded_world: Path) -> Iterator[VirtualReader]:
    """One reader for the module: the PC/SC library of a process remembers the first service that it found."""
    folder = tmp_path_factory.mktemp("contract")
    world = Path(shutil.copytree(founded_world, folder / "world"))
    card = world / "residents/hanako.card.json"
    with virtual_reader(folder / "reader", card, authorities=world / "authorities") as running:
        before = dict(os.environ)
        os.environ.update(running.environment)
        yield running
        os.environ.clear()
        os.environ.update(before)


@pytest.fixture
def card_file(reader: VirtualReader) -> Iterator[Path]:
    """The file behind the card, afterwards as before: the card reads it at each command."""
    file = reader.folder.parent / "world/residents/hanako.card.json"
    before = file.read_bytes()
    yield file
    file.write_bytes(before)


@pytest.fixture
def contents(card_file: Path) -> Contents:
    """What is on the card."""
    return read(card_file)


@pytest.fixture
def ways(card_file: Path) -> dict[str, Callable[[], Card]]:
    """Every way to the same card."""
    return {
        "file": lambda: SoftwareCard.load(card_file),
        "in-process": lambda: InProcessCard.load(card_file),
        "commands": lambda: CommandCard(lambda: nullcontext(InProcess(card_file))),
        "pcsc": lambda: in_reader(pcsc.readers()[0]),
        "pkcs11": lambda: Pkcs11Card(PKCS11_MODULE),
    }


def signed_by(certificate: bytes, signature: bytes, message: bytes) -> None:
    """Return if the certificate's key signed. Raises InvalidSignature."""
    key = x509.load_der_x509_certificate(certificate).public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    key.verify(signature, message, padding.PKCS1v15(), hashes.SHA256())


@pytest.mark.parametrize("way", COUNTING)
def test_it_signs_with_the_key_of_its_certificate(ways, contents, way):
    """The certificate is the file's, without padding, and the signature is SHA-256 with PKCS #1 v1.5."""
    card = ways[way]()
    assert contents.slots[USER].certificate == card.certificate(USER)
    signed_by(card.certificate(USER), card.sign(USER, PIN, b"message"), b"message")
    assert (card.device, card.tries_left(USER)) == ("card", 3)


@pytest.mark.parametrize("way", COUNTING)
def test_the_signature_key_has_its_own_pin(ways, contents, way):
    """Certificate and key of the other kind, after the other PIN, in either case of letters."""
    card, pin = ways[way](), contents.slots[SIGNATURE].pin
    certificate = card.certificate(SIGNATURE, pin)
    assert contents.slots[SIGNATURE].certificate == certificate
    signed_by(certificate, card.sign(SIGNATURE, pin.lower(), b"m"), b"m")


@pytest.mark.parametrize("way", COUNTING)
def test_wrong_pins_count_down_to_blocked(ways, way):
    """Each wrong PIN costs one try and is told as such; the last blocks, and then the right one is refused."""
    card = ways[way]()
    for left in (2, 1):
        with pytest.raises(PinIncorrect) as refused:
            card.sign(USER, WRONG, b"m")
        assert (left, left) == (refused.value.tries_left, card.tries_left(USER))
    for pin in (WRONG, PIN):
        with pytest.raises(PinBlocked):
            card.sign(USER, pin, b"m")
    assert card.tries_left(USER) == 0


@pytest.mark.parametrize("way", COUNTING)
@pytest.mark.parametrize("pin", ["", "123", "12345", "１２３４", "abcd"])
def test_a_malformed_pin_costs_nothing(ways, way, pin):
    """What cannot be a PIN never reaches the card."""
    card = ways[way]()
    with pytest.raises(PinMalformed):
        card.sign(USER, pin, b"m")
    assert card.tries_left(USER) == 3


@pytest.mark.parametrize("way", SPEAKING)
@pytest.mark.parametrize("kind", [PinKind.INPUT_SUPPORT, PinKind.NUMBER_B])
def test_it_hands_over_its_particulars(ways, contents, way, kind):
    """After the input-support PIN or the number B, and after no other."""
    card = ways[way]()
    names = {PinKind.INPUT_SUPPORT: "input_support", PinKind.NUMBER_B: "input_support_number_b"}
    known = contents.chip["pins"][names[kind]]
    ef0002 = card.attributes(kind, known["pin"])
    assert contents.chip["basic4"]["name"].encode() in ef0002
    with pytest.raises(PinIncorrect) as refused:
        card.attributes(kind, known["pin"][::-1])
    assert refused.value.tries_left == card.attributes_tries_left(kind) == known["tries_left"] - 1


@pytest.mark.parametrize("way", ["file", "pkcs11"])
def test_a_way_without_particulars_says_so(ways, way):
    """A typed refusal, before any PIN is tried."""
    with pytest.raises(AttributesUnreadable):
        ways[way]().attributes(PinKind.INPUT_SUPPORT, PIN)


@pytest.mark.parametrize("way", ["pcsc", "pkcs11"])
def test_no_card_is_no_wrong_pin(ways, reader, way):
    """With the card pulled out every way says that it is absent."""
    card = ways[way]()
    reader.pull()
    await_condition(lambda: not pcsc.holding_a_card())
    try:
        with pytest.raises(CardAbsent):
            card.sign(USER, PIN, b"m")
    finally:
        reader.put_back()
    assert card.tries_left(USER) == 3


@pytest.mark.parametrize("way", ["file", "commands", "pcsc"])
def test_a_childs_card_has_no_signature_certificate(ways, card_file, way):
    """It is absent, which is another thing than blocked. (OpenSC cannot tell: it never asks what is present.)"""
    record = json.loads(card_file.read_text())
    del record["signature"]
    card_file.write_text(json.dumps(record))
    with pytest.raises(CertificateAbsent):
        ways[way]().sign(SIGNATURE, "ABC123", b"m")
