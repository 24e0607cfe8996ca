"""base64url without padding (RFC 4648 section 5), as every token and handle of ours travels."""

import base64


def encode(raw: bytes) -> str:
    """The text of `raw`."""
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def decode(unverified: str) -> bytes:
    """The bytes of a text in its one spelling. Raises ValueError for anything else."""
    raw = base64.urlsafe_b64decode(unverified + "=" * (-len(unverified) % 4))
    if encode(raw) != unverified:
        raise ValueError("another spelling of base64url")
    return raw
