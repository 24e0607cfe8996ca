"""The inside of the key file: every tenant's keys, as values and as JSON.

{"TENANT": {"ppid": {"1": BASE64, ...}, "wrapping": {"1": BASE64, ...}}, ...}, each key 32 bytes, versions without
a gap. A tenant that waits for its key from a ceremony has no PPID key yet. Files of the first kind have as
`wrapping` one text, which is version 1.
"""

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from connectors.errors import Garbled

KEY_BYTES = 32
TENANT_ID = re.compile(r"[a-z0-9-]{1,64}")


@dataclass(frozen=True, slots=True)
class TenantKeys:
    """One tenant's keys by version from 1 on: those that derive PPIDs, and those that wrap data keys."""

    ppid: Mapping[int, bytes] = field(repr=False)
    wrapping: Mapping[int, bytes] = field(repr=False)

    @property
    def latest(self) -> int:
        """The highest PPID key version, 0 where there is none."""
        return max(self.ppid, default=0)

    @property
    def latest_wrapping(self) -> int:
        """The highest version of the wrapping key."""
        return max(self.wrapping)

    def rotated(self, key: bytes) -> "TenantKeys":
        """The same keys and one PPID key version more."""
        return TenantKeys({**self.ppid, self.latest + 1: key}, self.wrapping)

    def wrapping_rotated(self, key: bytes) -> "TenantKeys":
        """The same keys and one version of the wrapping key more."""
        return TenantKeys(self.ppid, {**self.wrapping, self.latest_wrapping + 1: key})

    def extends(self, earlier: "TenantKeys") -> bool:
        """Whether every key of `earlier` is still here, unchanged."""
        same_wrapping = self.wrapping.items() >= earlier.wrapping.items()
        return same_wrapping and self.ppid.items() >= earlier.ppid.items()


Ring = Mapping[str, TenantKeys]
"""Keys by tenant id."""


def extends(ring: Ring, earlier: Ring) -> bool:
    """Whether `ring` has lost or changed nothing that `earlier` holds."""
    return all(tenant_id in ring and ring[tenant_id].extends(keys) for tenant_id, keys in earlier.items())


def encode(ring: Ring) -> bytes:
    """The JSON of `ring`."""
    return json.dumps({tenant_id: _encode_keys(keys) for tenant_id, keys in ring.items()}).encode()


def decode(content: bytes) -> Ring:
    """The ring of a JSON made by `encode`. Raises Garbled for anything else."""
    try:
        return {_tenant_id(name): _decode_keys(keys) for name, keys in json.loads(content).items()}
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError, binascii.Error):
        # `from None`: the message of a decoding error may quote the content, which is keys.
        raise Garbled("the key file opens, but does not hold a ring of keys") from None


def _encode_keys(keys: TenantKeys) -> dict[str, object]:
    return {"ppid": _encode_versions(keys.ppid), "wrapping": _encode_versions(keys.wrapping)}


def _encode_versions(keys: Mapping[int, bytes]) -> dict[str, str]:
    return {str(version): base64.b64encode(key).decode() for version, key in keys.items()}


def _decode_keys(keys: dict[str, object]) -> TenantKeys:
    wrapping = keys["wrapping"]
    wrapping_keys = {1: _key(wrapping)} if isinstance(wrapping, str) else _decode_versions(wrapping)
    if not wrapping_keys:
        raise ValueError("no version of the wrapping key")
    return TenantKeys(_decode_versions(keys["ppid"]), wrapping_keys)


def _decode_versions(versions: object) -> dict[int, bytes]:
    if not isinstance(versions, dict) or set(versions) != {str(n) for n in range(1, len(versions) + 1)}:
        raise ValueError("versions with a gap")
    return {int(version): _key(text) for version, text in versions.items()}


def _key(text: object) -> bytes:
    if not isinstance(text, str):
        raise TypeError("a key that is not text")
    key = base64.b64decode(text, validate=True)
    if len(key) != KEY_BYTES:
        raise ValueError("a key of the wrong length")
    return key


def _tenant_id(name: str) -> str:
    if not TENANT_ID.fullmatch(name):
        raise ValueError("not a tenant id")
    return name
