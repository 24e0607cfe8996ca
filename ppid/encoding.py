"""Bytes in and text out: the length-prefixed message, and base64url."""

import base64

LABEL = b"ppid/1"
MAX_GENERATION = 2**32 - 1


def length_prefixed(*parts: bytes) -> bytes:
    """LP(x) of every part: its length as 4 bytes, big-endian, then the part. No two lists of parts join to one."""
    whole = b""
    for part in parts:
        whole += len(part).to_bytes(4, "big") + part
    return whole


def encode_message(tenant_id: str, sector_id: str, handle: bytes, generation: int) -> bytes:
    """The message of a derivation whose arguments were checked; generation 0 leaves its part out."""
    parts = [LABEL, tenant_id.encode("ascii"), sector_id.encode("ascii"), bytes(handle)]
    if generation:
        parts.append(generation.to_bytes(4, "big"))
    return length_prefixed(*parts)


def encode_tag(tag: bytes) -> str:
    """base64url without padding (RFC 4648 section 5): 43 characters for 32 bytes."""
    return base64.urlsafe_b64encode(tag).rstrip(b"=").decode("ascii")
