"""What a counter terminal signs: the layout of section 5, and which keys a terminal may have."""

import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from idp.jpki.counter_proof import CounterChallenge, TerminalKeyRefused, read_terminal_key
from idp.jpki.proof import Challenge

KNOWN_ANSWER = "702aefc2ae30731664cbf0852fbd20a5f57976faacd00f1a0146168a68215f18"
"""The same as in tests/connectors/card/counter: it binds the two layouts."""


def test_the_known_answer():
    """271 bytes, written by hand in the other half of the product too."""
    asked = Challenge(
        "http://localhost:8000/t/aoba", "http://localhost:8000", "AAECAwQFBgcICQoLDA0ODw", bytes(range(32))
    )
    challenge = CounterChallenge(
        asked=asked, terminal="mado-2", certificate=bytes.fromhex("3003020101"), mode="kazashi"
    )
    assert len(challenge.message()) == 271
    assert hashlib.sha256(challenge.message()).hexdigest() == KNOWN_ANSWER


@pytest.mark.parametrize(
    "key",
    [
        ec.generate_private_key(ec.SECP384R1()),
        rsa.generate_private_key(65537, 2048),
        ed25519.Ed25519PrivateKey.generate(),
    ],
    ids=["P-384", "RSA", "Ed25519"],
)
def test_a_terminals_key_is_on_p256(key):
    """And nothing else."""
    with pytest.raises(TerminalKeyRefused):
        read_terminal_key(key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))


@pytest.mark.parametrize("garbage", [b"", b"\x30\x00", bytes(91)])
def test_garbage_is_no_key(garbage):
    """Refused by type, whatever the parser says."""
    with pytest.raises(TerminalKeyRefused):
        read_terminal_key(garbage)


def test_a_key_on_p256_is_a_terminals():
    """It is known by the bytes that were enrolled."""
    spki = (
        ec.generate_private_key(ec.SECP256R1())
        .public_key()
        .public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    )
    assert read_terminal_key(spki).spki == spki
