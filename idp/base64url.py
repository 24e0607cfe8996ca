"""base64url without padding (RFC 4648 section 5), as every token and handle of ours travels."""

import base64


def encode(raw: bytes) -> str:
    """The text of `raw`."""
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
