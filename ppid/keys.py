"""Keys held in memory: for tests, vectors and single-operator use."""

import hmac
from collections.abc import Mapping

from ppid.errors import KeyRefused, KeyVersionRefused

KEY_BYTES = 32


def require_key_version(value: object) -> int:
    """`value` if it is an integer of at least 1. Raises KeyVersionRefused."""
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise KeyVersionRefused("key_version is not an integer of at least 1")
    return value


class LocalMac:
    """A Mac over keys in memory, the same for every tenant. `keys`: version -> 32 bytes.

    Raises KeyVersionRefused and KeyRefused for versions and keys that are not.
    """

    def __init__(self, keys: Mapping[int, bytes]) -> None:
        for version, key in keys.items():
            require_key_version(version)
            if not isinstance(key, bytes) or len(key) != KEY_BYTES:
                raise KeyRefused(f"a key is not {KEY_BYTES} bytes")
        self._keys = dict(keys)

    def hmac_sha256(self, tenant_id: str, key_version: int, message: bytes) -> bytes:
        """See Mac. `tenant_id` chooses nothing here. Raises KeyVersionRefused for an unknown version."""
        key = self._keys.get(key_version)
        if key is None:
            raise KeyVersionRefused("no key of this version")
        return hmac.digest(key, message, "sha256")
