"""Whom a backup is for: a key on P-256, its public half on the machine, its private half away from it."""

import json
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

FORMAT = "ppid-idp-backup-key/1"
MAX_BYTES = 16 * 1024


class RecipientRefused(ValueError):
    """A file that is no key for backups; nothing of it is in the text."""


def new_pair() -> tuple[bytes, str]:
    """A private key (PEM, PKCS#8) and the text of its public file."""
    private = ec.generate_private_key(ec.SECP256R1())
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = private.public_key()
    jwk = ECKey(public, public, {"use": "enc", "alg": "ECDH-ES"})
    members = jwk.as_dict(private=False) | {"kid": jwk.thumbprint()}
    return pem, json.dumps({"format": FORMAT, "key": members}, indent=2) + "\n"


def read_public(content: bytes) -> ECKey:
    """The key of a public file. Raises RecipientRefused, also for one that holds a private key."""
    try:
        members = json.loads(content)
        if members["format"] != FORMAT or "d" in members["key"] or members["key"]["crv"] != "P-256":
            raise RecipientRefused("not a public key for backups")
        return ECKey.import_key(members["key"])
    except (ValueError, KeyError, TypeError, RecursionError, JoseError) as error:
        raise RecipientRefused("not a public key for backups") from error


def read_private(path: Path) -> ECKey:
    """The private key in a PEM file. Raises RecipientRefused."""
    try:
        private = load_pem_private_key(path.read_bytes()[:MAX_BYTES], None)
    except (OSError, ValueError, TypeError) as error:
        raise RecipientRefused(f"{path} holds no private key that can be read") from error
    if not isinstance(private, ec.EllipticCurvePrivateKey) or not isinstance(private.curve, ec.SECP256R1):
        raise RecipientRefused(f"{path} holds a key that is not on P-256")
    return ECKey(private, private, {})
