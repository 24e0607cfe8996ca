"""The outside of the key file: a JSON object around one AES-256-GCM ciphertext.

    {"format": "idp-keyfile/1", "salt": BASE64, "nonce": BASE64, "ciphertext": BASE64}

The encryption key is HKDF-SHA-256 (RFC 5869) of the unlock key with a new 32-byte salt at every writing, so
that no key ever meets a second nonce; `format` is the associated data.
"""

import base64
import binascii
import json
from collections.abc import Callable

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from connectors.errors import Garbled, Refused

FORMAT = "idp-keyfile/1"
UNLOCK_KEY_BYTES = 32
SALT_BYTES = 32
NONCE_BYTES = 12
_FIELDS = {"format", "salt", "nonce", "ciphertext"}


def seal(content: bytes, unlock_key: bytes, token_bytes: Callable[[int], bytes]) -> bytes:
    """The file's bytes around `content`. Raises Refused for an unlock key that is not 32 bytes."""
    salt, nonce = token_bytes(SALT_BYTES), token_bytes(NONCE_BYTES)
    ciphertext = _cipher(unlock_key, salt).encrypt(nonce, content, FORMAT.encode())
    parts = {"salt": salt, "nonce": nonce, "ciphertext": ciphertext}
    encoded = {name: base64.b64encode(part).decode() for name, part in parts.items()}
    return json.dumps({"format": FORMAT, **encoded}, indent=1).encode() + b"\n"


def unseal(unverified_file: bytes, unlock_key: bytes) -> bytes:
    """The content of a file made by `seal`.

    Raises Garbled for bytes of another form, Refused when the unlock key does not fit. An altered ciphertext
    cannot be told from a wrong key.
    """
    salt, nonce, ciphertext = _parts(unverified_file)
    try:
        return _cipher(unlock_key, salt).decrypt(nonce, ciphertext, FORMAT.encode())
    except InvalidTag:
        raise Refused("the unlock key does not open the key file, or the file was altered") from None


def _parts(unverified_file: bytes) -> tuple[bytes, bytes, bytes]:
    try:
        envelope = json.loads(unverified_file)
    except (ValueError, RecursionError):
        raise Garbled("the key file is not JSON") from None
    if not isinstance(envelope, dict) or envelope.get("format") != FORMAT or set(envelope) != _FIELDS:
        raise Garbled(f"the key file is not of the format {FORMAT}")
    try:
        salt, nonce, ciphertext = (
            base64.b64decode(envelope[name], validate=True) for name in ("salt", "nonce", "ciphertext")
        )
    except (TypeError, ValueError, binascii.Error):
        raise Garbled("the key file holds text that is not base64") from None
    if len(salt) != SALT_BYTES or len(nonce) != NONCE_BYTES:
        raise Garbled("the key file holds a salt or nonce of the wrong length")
    return salt, nonce, ciphertext


def _cipher(unlock_key: bytes, salt: bytes) -> AESGCM:
    if len(unlock_key) != UNLOCK_KEY_BYTES:
        raise Refused(f"the unlock key must be {UNLOCK_KEY_BYTES} bytes")
    return AESGCM(HKDF(algorithm=SHA256(), length=32, salt=salt, info=FORMAT.encode()).derive(unlock_key))
