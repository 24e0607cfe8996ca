"""What a derivation needs of a key: a keyed hash under a named version."""

from typing import Protocol


class Mac(Protocol):
    """HMAC-SHA-256 under a tenant's key. Vault Transit and `LocalMac` are both one."""

    def hmac_sha256(self, tenant_id: str, key_version: int, message: bytes) -> bytes:
        """The 32-byte HMAC-SHA-256 (RFC 2104) of `message` under exactly that key version."""
        ...
