"""The card's own command for signatures, 80 2A P1 P2: P1 tells what is given, P2 which key."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import NoDigestInfo, Prehashed

from connectors.sandbox.card import status
from connectors.sandbox.card.apdu import Response
from connectors.sandbox.card.chip import SigningKey
from connectors.sandbox.card.turn import Refusal, Step, Turn

MAX_INPUT = 245
"""Bytes of an RSA-2048 block that EMSA-PKCS1-v1_5 leaves (RFC 8017 section 9.2)."""
_SHA256 = hashes.SHA256()
_HASHED = Prehashed(_SHA256)
_PSS = padding.PSS(padding.MGF1(_SHA256), salt_length=32)
_PKCS1 = padding.PKCS1v15()
_PREHASHED_FORMS = frozenset({0x02, 0x04})


def _digest(data: bytes) -> bytes:
    state = hashes.Hash(_SHA256)
    state.update(data)
    return state.finalize()


_FORMS: Mapping[int, Callable[[rsa.RSAPrivateKey, bytes], bytes]] = {
    0x00: lambda key, data: key.sign(data, _PKCS1, NoDigestInfo()),  # whatever it is: a SHA-1 DigestInfo too
    0x01: lambda key, data: key.sign(_digest(data), _PKCS1, NoDigestInfo()),
    0x02: lambda key, data: key.sign(data, _PKCS1, _HASHED),
    0x03: lambda key, data: key.sign(data, _PKCS1, _SHA256),
    0x04: lambda key, data: key.sign(data, _PSS, _HASHED),
    0x05: lambda key, data: key.sign(data, _PSS, _SHA256),
}


def compute_signature(turn: Turn) -> Step:
    """Sign what is given, 256 bytes; the PIN must have been shown since the application was selected.

    Without Le the signature waits for GET RESPONSE (61 00), as T=0 has it.
    """
    command = turn.command
    if command.p1 not in _FORMS:
        raise Refusal(status.WRONG_PARAMETERS)
    _, key = turn.referred(command.p2, absent=status.REFERENCE_NOT_FOUND)
    if not isinstance(key, SigningKey):
        raise Refusal(status.INCOMPATIBLE_FILE)
    if key.key is None or key.pin not in turn.session.verified:
        raise Refusal(status.SECURITY_STATUS)
    if not 1 <= len(command.data) <= MAX_INPUT:
        raise Refusal(status.WRONG_LENGTH)
    if command.p1 in _PREHASHED_FORMS and len(command.data) != _SHA256.digest_size:
        raise Refusal(status.CONDITIONS)
    if command.expected is not None and command.expected < key.key.key_size // 8:
        raise Refusal(status.EXACT_LENGTH)
    signature = _FORMS[command.p1](key.key, command.data)
    if command.expected is None:
        return Step(Response(status.MORE), replace(turn.session, pending=signature), turn.chip)
    return Step(Response(status.OK, signature), turn.session, turn.chip)
