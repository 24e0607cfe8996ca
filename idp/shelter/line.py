"""A line of a collector's file: a compact JWE by ECDH-ES and A256GCM (RFC 7516, RFC 7518 sections 4.6 and 5.3).

joserfc writes it. Opening is done here, by `cryptography` alone: hundreds of thousands come at once, and the tests
hold it against joserfc and a browser.
"""

import binascii
import hashlib
import json
import re
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from joserfc import jwe
from joserfc.jwk import ECKey

from idp.shelter import collected
from idp.shelter.collected import Collected, Total

MAX_LINE = 4096
"""Characters; the longest honest line has under 2 000."""
_REGISTRY = jwe.JWERegistry(algorithms=["ECDH-ES", "A256GCM"], strict_check_header=False)
_FILE_ID = re.compile(r"[0-9a-f]{32}")
_ENC = b"A256GCM"
_OTHER_INFO = len(_ENC).to_bytes(4, "big") + _ENC + bytes(4) + bytes(4) + (256).to_bytes(4, "big")
"""AlgorithmID, empty PartyUInfo and PartyVInfo, SuppPubInfo (RFC 7518 section 4.6.2)."""


class LineRefused(ValueError):
    """A line that is damaged, or was not made by a collector."""


class ForeignLine(LineRefused):
    """A whole line for a key that is not among the tenant's."""


@dataclass(frozen=True, slots=True)
class Place:
    """What everybody may read of a line: its key, its file and its place there, from 1."""

    key_id: str
    file_id: str
    sequence: int


@dataclass(frozen=True, slots=True)
class Opened:
    """A line with its record."""

    place: Place
    record: Collected | Total


def seal(record: Collected | Total, place: Place, public_key: ECKey) -> str:
    """The line of a record; the key that encrypts it is fresh and forgotten at once."""
    header = {
        "alg": "ECDH-ES",
        "enc": "A256GCM",
        "kid": place.key_id,
        "file": place.file_id,
        "seq": place.sequence,
    }
    return jwe.encrypt_compact(header, collected.write(record), public_key, registry=_REGISTRY)


def place_of(line: str) -> Place:
    """What stands in a line's header. Raises LineRefused."""
    return _place(_header(line.partition(".")[0]))


def open_line(line: str, private_keys: Mapping[str, ec.EllipticCurvePrivateKey]) -> Opened:
    """Open a line with one of the keys, by key id. Raises ForeignLine, and LineRefused for anything else."""
    if len(line) > MAX_LINE:
        raise LineRefused("too long")
    try:
        protected, encrypted_key, nonce, ciphertext, tag = line.split(".")
    except ValueError as error:
        raise LineRefused("not a compact JWE") from error
    header = _header(protected)
    place = _place(header)
    key = private_keys.get(place.key_id)
    if key is None:
        raise ForeignLine("for another key")
    if encrypted_key:
        raise LineRefused("not a direct key agreement")
    try:
        content_key = _content_key(key, header["epk"])
        plaintext = AESGCM(content_key).decrypt(_b64(nonce), _b64(ciphertext) + _b64(tag), protected.encode())
        return Opened(place, collected.read(plaintext))
    except (InvalidTag, ValueError, TypeError, KeyError) as error:
        raise LineRefused("does not open") from error


def _content_key(key: ec.EllipticCurvePrivateKey, epk: Mapping[str, Any]) -> bytes:
    """Concat KDF, one round of SHA-256. A point that is not on the curve raises ValueError."""
    if epk["kty"] != "EC" or epk["crv"] != "P-256":
        raise LineRefused("not a key on P-256")
    point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), b"\x04" + _b64(epk["x"]) + _b64(epk["y"]))
    agreed = key.exchange(ec.ECDH(), point)
    return hashlib.sha256(b"\x00\x00\x00\x01" + agreed + _OTHER_INFO).digest()


def _header(protected: str) -> dict[str, Any]:
    try:
        header = json.loads(_b64(protected))
    except (ValueError, RecursionError) as error:
        raise LineRefused("no header") from error
    if not isinstance(header, dict) or header.get("alg") != "ECDH-ES" or header.get("enc") != "A256GCM":
        raise LineRefused("another algorithm")
    if not header.keys() <= {"alg", "enc", "kid", "file", "seq", "epk"}:
        raise LineRefused("a header that we do not write")  # apu, apv, crit, zip change what is to be done
    return header


def _place(header: Mapping[str, Any]) -> Place:
    key_id, file_id, sequence = header.get("kid"), header.get("file"), header.get("seq")
    if not isinstance(key_id, str) or not isinstance(file_id, str) or not _FILE_ID.fullmatch(file_id):
        raise LineRefused("no key or file in the header")
    if type(sequence) is not int or not 0 <= sequence < 1 << 53:
        raise LineRefused("no place in the header")
    return Place(key_id, file_id, sequence)


def _b64(text: str) -> bytes:
    try:
        return urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError, TypeError) as error:
        raise LineRefused("not base64url") from error
