"""The terminal's half of section 5: the layout, the key, and the body."""

import hashlib
import json
import stat
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from connectors.card.counter import key as keys
from connectors.card.counter.message import Mode, body, message
from connectors.card.protocol import Challenge

KNOWN_ANSWER = "702aefc2ae30731664cbf0852fbd20a5f57976faacd00f1a0146168a68215f18"
"""The same as in tests/idp/jpki: it binds the two layouts."""
CHALLENGE = Challenge(
    issuer="http://localhost:8000/t/aoba",
    origin="http://localhost:8000",
    transaction="AAECAwQFBgcICQoLDA0ODw",
    nonce=bytes(range(32)),
    expires_at=datetime(2026, 1, 1, tzinfo=UTC),
    channel="counter",
    tenant_name="青葉市（見本）",
    service_name="図書館",
    service_purpose="本の予約のため",
    attributes=(),
    certificate_types=("card",),
    claim=None,
)
CERTIFICATE = bytes.fromhex("3003020101")


def test_the_known_answer():
    """271 bytes."""
    signed = message(CHALLENGE, "mado-2", CERTIFICATE, Mode.KAZASHI)
    assert len(signed) == 271
    assert hashlib.sha256(signed).hexdigest() == KNOWN_ANSWER


def test_every_part_is_bound():
    """Terminal, certificate, mode and attributes each change the message."""
    known = message(CHALLENGE, "mado-2", CERTIFICATE, Mode.KAZASHI)
    others = [
        message(CHALLENGE, "mado-3", CERTIFICATE, Mode.KAZASHI),
        message(CHALLENGE, "mado-2", CERTIFICATE + b"\0", Mode.KAZASHI),
        message(CHALLENGE, "mado-2", CERTIFICATE, Mode.PIN),
        message(CHALLENGE, "mado-2", CERTIFICATE, Mode.KAZASHI, b"\xff\x20"),
    ]
    assert len({known, *others}) == 5


def test_a_body_without_a_cards_signature_names_no_algorithm():
    """Both members are absent in kazashi mode, and both there with the PIN."""
    held = json.loads(body(certificate=b"c", mode=Mode.KAZASHI, terminal="t", terminal_signature=b"s"))
    assert held.keys() == {"certificate", "device", "terminal", "mode", "terminal_signature"}
    typed = json.loads(
        body(certificate=b"c", mode=Mode.PIN, terminal="t", terminal_signature=b"s", signature=b"x")
    )
    assert typed.keys() - held.keys() == {"algorithm", "signature"}


def test_a_key_is_made_once_and_for_its_owner(tmp_path):
    """Mode 0600, never replaced; its public half is what is printed."""
    file = tmp_path / "terminal.key"
    public = keys.create(file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert public.startswith(b"-----BEGIN PUBLIC KEY-----")
    with pytest.raises(keys.TerminalKeyUnusable):
        keys.create(file)
    assert len(keys.load("mado-2", file).sign(b"message")) == 64


@pytest.mark.parametrize("content", [b"", b"-----BEGIN PRIVATE KEY-----\n", None])
def test_a_file_without_a_p256_key_is_refused(tmp_path, content):
    """Nothing, a torn file, another curve; no file."""
    file = tmp_path / "terminal.key"
    other = ec.generate_private_key(ec.SECP384R1())
    file.write_bytes(
        other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) if content is None else content
    )
    with pytest.raises(keys.TerminalKeyUnusable):
        keys.load("mado-2", file)
    with pytest.raises(keys.TerminalKeyUnusable):
        keys.load("mado-2", tmp_path / "absent")


def test_a_terminals_id_is_checked_before_it_is_put_into_an_address(key_file):
    """No query can be smuggled in."""
    for terminal_id in ("", "a&b", "Mado", "x" * 65):
        with pytest.raises(keys.TerminalKeyUnusable):
            keys.load(terminal_id, key_file)
