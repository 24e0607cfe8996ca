"""base64url without padding (RFC 4648 section 5), as every token and handle of ours travels."""

import binascii

_TO_URL = bytes.maketrans(b"+/", b"-_")


def encode(raw: bytes) -> str:
    """The text of `raw`."""
    return binascii.b2a_base64(raw, newline=False).rstrip(b"=").translate(_TO_URL).decode()


def decode(unverified: str) -> bytes:
    """The bytes of a text in its one spelling. Raises ValueError for anything else."""
    raw = decode_loosely(unverified)
    if encode(raw) != unverified:
        raise ValueError("another spelling of base64url")
    return raw


def decode_loosely(unverified: str) -> bytes:
    """The bytes of a text, in whichever spelling it is. Raises ValueError for what is no base64 at all."""
    padding = "=" * (-len(unverified) % 4)
    return binascii.a2b_base64(unverified.replace("-", "+").replace("_", "/") + padding, strict_mode=True)
