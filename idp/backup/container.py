"""The file of a backup: all of it encrypted for one recipient, chunk by chunk, so that no size is too large.

    ppid-idp-backup/1 LF
    JWE LF          compact, ECDH-ES and A256GCM (RFC 7516, RFC 7518), of {"content_key": base64url of 32 bytes}
    frames          length (4 bytes, big-endian), then AES-256-GCM under the content key; the nonce is the frame's
                    number (12 bytes, big-endian), the format's name is associated data

A frame's plaintext is one byte, its kind, and what belongs to it: `P` begins a part (its name), `D` is data of the
part, `M` is the manifest and the last frame. Whoever cuts the file off, leaves out, repeats or reorders frames is
noticed by number or by the missing manifest.
"""

import base64
import binascii
import json
from collections.abc import Callable, Iterable, Iterator
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

FORMAT = b"ppid-idp-backup/1"
CHUNK = 1024 * 1024
PART, DATA, MANIFEST = b"P", b"D", b"M"
_KEY_BYTES = 32
_MAX_JWE = 4096
_MAX_FRAME = CHUNK + 64
_REGISTRY = jwe.JWERegistry(algorithms=["ECDH-ES", "A256GCM"])


class BackupUnreadable(Exception):
    """A file that is no backup, is for another key, or was cut off or altered."""


class Writer:
    """Writes the frames of one backup; `close` is the manifest's."""

    def __init__(self, file: BinaryIO, recipient: ECKey, token_bytes: Callable[[int], bytes]) -> None:
        key = token_bytes(_KEY_BYTES)
        self._file = file
        self._aead = AESGCM(key)
        self._number = 0
        content = json.dumps({"content_key": base64.urlsafe_b64encode(key).decode()}).encode()
        header = {"alg": "ECDH-ES", "enc": "A256GCM"} | ({"kid": recipient.kid} if recipient.kid else {})
        sealed = jwe.encrypt_compact(header, content, recipient, registry=_REGISTRY)
        file.write(FORMAT + b"\n" + sealed.encode() + b"\n")

    def part(self, name: str, chunks: Iterable[bytes]) -> None:
        """Write a part, of which nothing is kept in memory."""
        self._frame(PART, name.encode())
        for chunk in chunks:
            for at in range(0, len(chunk), CHUNK):
                self._frame(DATA, chunk[at : at + CHUNK])

    def close(self, manifest: bytes) -> None:
        """Write the manifest: only with it the backup is whole."""
        self._frame(MANIFEST, manifest)

    def _frame(self, kind: bytes, content: bytes) -> None:
        sealed = self._aead.encrypt(_nonce(self._number), kind + content, FORMAT)
        self._file.write(len(sealed).to_bytes(4, "big") + sealed)
        self._number += 1


def frames(file: BinaryIO, recipient: ECKey) -> Iterator[tuple[bytes, bytes]]:
    """The frames as (kind, content), the manifest last. Raises BackupUnreadable, at the latest at the end."""
    aead = AESGCM(_content_key(file, recipient))
    kind, number = b"", 0
    while head := file.read(4):
        length = int.from_bytes(head, "big")
        sealed = file.read(length) if len(head) == 4 and length <= _MAX_FRAME else b""
        if kind == MANIFEST or len(sealed) != length:
            raise BackupUnreadable("the backup was cut off, or something was put behind it")
        try:
            plain = aead.decrypt(_nonce(number), sealed, FORMAT)
        except (InvalidTag, ValueError):
            raise BackupUnreadable("the backup was altered") from None
        kind, number = plain[:1], number + 1
        yield kind, plain[1:]
    if kind != MANIFEST:
        raise BackupUnreadable("the backup was cut off: it has no manifest")


def _content_key(file: BinaryIO, recipient: ECKey) -> bytes:
    if file.readline(len(FORMAT) + 1) != FORMAT + b"\n":
        raise BackupUnreadable(f"this is no backup of the format {FORMAT.decode()}")
    line = file.readline(_MAX_JWE).strip()
    try:
        content = json.loads(jwe.decrypt_compact(line, recipient, registry=_REGISTRY).plaintext or b"")
        key = base64.urlsafe_b64decode(content["content_key"])
    except (JoseError, ValueError, KeyError, TypeError, binascii.Error, InvalidTag):
        raise BackupUnreadable("this backup does not open with this key") from None
    if len(key) != _KEY_BYTES:
        raise BackupUnreadable("this backup does not open with this key")
    return key


def _nonce(number: int) -> bytes:
    return number.to_bytes(12, "big")
