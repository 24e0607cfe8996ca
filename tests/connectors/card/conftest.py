"""Cards for the tests of the authenticator: one throw-away key pair for each certificate, made once."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from components.card_provider import CardProvider
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from connectors.card.softcard import KeySlot, SoftwareCard


def _slot(common_name: str, pin: str, tries_left: int) -> KeySlot:
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7001)
        .not_valid_before(datetime(2026, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2031, 1, 1, tzinfo=UTC))
        .sign(key, hashes.SHA256())
    )
    return KeySlot(certificate.public_bytes(Encoding.DER), key, pin, tries_left)


@pytest.fixture(scope="session")
def user_slot() -> KeySlot:
    """A user-authentication key with PIN 1234 and all its tries."""
    return _slot("user", "1234", 3)


@pytest.fixture(scope="session")
def signature_slot() -> KeySlot:
    """A signature key with PIN ABC123 and all its tries."""
    return _slot("signature", "ABC123", 5)


@pytest.fixture
def card_path(tmp_path: Path) -> Path:
    """Where the card under test is kept."""
    return tmp_path / "hanako.card.json"


@pytest.fixture
def card(card_path: Path, user_slot: KeySlot, signature_slot: KeySlot) -> SoftwareCard:
    """A full card, as a municipality hands it out."""
    return SoftwareCard.create(
        card_path, holder="見本 花子", device="card", user=user_slot, signature=signature_slot
    )


@pytest.fixture
def provider() -> Iterator[CardProvider]:
    """A provider with one login waiting."""
    waiting = CardProvider()
    stop = waiting.serve()
    yield waiting
    stop()
