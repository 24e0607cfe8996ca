"""The terminal's own key: P-256, made on the terminal, never leaving it; the tenant enrols its public half.

The file is readable by its owner alone. Under a passphrase it is of no use to whoever finds the disk or a copy of
it; without one, who can read it is that terminal until it is revoked. Neither helps against somebody who acts as
the account that runs the terminal: that must be no resident's and nobody's else.
"""

import os
import re
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

_OCTETS = 32
_MAX_BYTES = 16 * 1024
SHORTEST_PASSPHRASE, LONGEST_PASSPHRASE = 20, 1024
"""In bytes. PKCS #8 stretches a passphrase little (PBKDF2, 2048 rounds): a short one would be guessed."""
_ENCRYPTED = b"-----BEGIN ENCRYPTED PRIVATE KEY-----"
_ID = re.compile(r"[a-z0-9-]{1,64}")


class TerminalKeyUnusable(Exception):
    """The terminal's key cannot be made, read or used; the message says why and holds no key."""


@dataclass(frozen=True, slots=True)
class TerminalKey:
    """An enrolled terminal as it knows itself. Raises TerminalKeyUnusable for an id that is none."""

    terminal_id: str
    private_key: ec.EllipticCurvePrivateKey = field(repr=False)

    def __post_init__(self) -> None:
        if not _ID.fullmatch(self.terminal_id):
            raise TerminalKeyUnusable("a terminal id has 1 to 64 characters of a-z, 0-9 and hyphen")

    def sign(self, message: bytes) -> bytes:
        """ES256 as r||s, 64 bytes (RFC 7518 section 3.4)."""
        r, s = decode_dss_signature(self.private_key.sign(message, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(_OCTETS) + s.to_bytes(_OCTETS)


def create(file: Path, passphrase: bytes | None = None) -> bytes:
    """Make a key in a new file; its public half in PEM, for `idp terminal enrol`.

    `passphrase`: the file is encrypted under it (PKCS #8, PBES2 with AES-256), None: not at all.
    Raises TerminalKeyUnusable where the file cannot be made, for one that is there: a key is not replaced; and for
    a passphrase that is too short or too long.
    """
    if passphrase is not None and not SHORTEST_PASSPHRASE <= len(passphrase) <= LONGEST_PASSPHRASE:
        raise TerminalKeyUnusable(
            f"a passphrase has {SHORTEST_PASSPHRASE} to {LONGEST_PASSPHRASE} bytes: let a machine choose it"
        )
    key = ec.generate_private_key(ec.SECP256R1())
    cover = NoEncryption() if passphrase is None else BestAvailableEncryption(passphrase)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, cover)
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(pem)
    except FileExistsError as error:
        raise TerminalKeyUnusable("there is a file of that name already") from error
    except OSError as error:
        raise TerminalKeyUnusable("the key file cannot be written") from error
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def is_encrypted(file: Path) -> bool:
    """Whether a passphrase is needed. False for a file that cannot be read, too: `load` says so."""
    try:
        with file.open("rb") as stream:
            return stream.readline(_MAX_BYTES).strip() == _ENCRYPTED
    except OSError:
        return False


def load(terminal_id: str, file: Path, passphrase: bytes | None = None) -> TerminalKey:
    """The key in a file that `create` made. Raises TerminalKeyUnusable.

    A passphrase for a file that is not encrypted is refused: somebody believes that it is.
    """
    if passphrase is not None and not is_encrypted(file):
        raise TerminalKeyUnusable("the key file is not encrypted, or cannot be read")
    try:
        with file.open("rb") as stream:
            key = load_pem_private_key(stream.read(_MAX_BYTES), passphrase)
    except TypeError as error:
        raise TerminalKeyUnusable("the key file is encrypted: name the file with its passphrase") from error
    except (OSError, ValueError) as error:
        raise TerminalKeyUnusable("the key file cannot be read, or the passphrase is another one") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise TerminalKeyUnusable("the key file holds no P-256 key")
    return TerminalKey(terminal_id, key)
