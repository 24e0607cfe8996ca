"""The inside of the key file: every tenant's keys, as values and as JSON.

{"TENANT": {"ppid": {"1": BASE64, ...}, "wrapping": BASE64}, ...}, each key 32 bytes, versions without a gap.
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
    """One tenant's keys: PPID keys by version from 1 on, and the key that wraps data keys."""

    ppid: Mapping[int, bytes] = field(repr=False)
    wrapping: bytes = field(repr=False)

    @property
    def latest(self) -> int:
        """The highest PPID key version."""
        return max(self.ppid)

    def rotated(self, key: bytes) -> "TenantKeys":
        """The same keys and one PPID key version more."""
        return TenantKeys({**self.ppid, self.latest + 1: key}, self.wrapping)

    def extends(self, earlier: "TenantKeys") -> bool:
        """Whether every key of `earlier` is still here, unchanged."""
        return self.wrapping == earlier.wrapping and self.ppid.items() >= earlier.ppid.items()


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
    versions = {str(version): base64.b64encode(key).decode() for version, key in keys.ppid.items()}
    return {"ppid": versions, "wrapping": base64.b64encode(keys.wrapping).decode()}


def _decode_keys(keys: dict[str, object]) -> TenantKeys:
    versions, wrapping = keys["ppid"], keys["wrapping"]
    if not isinstance(versions, dict) or set(versions) != {str(n) for n in range(1, len(versions) + 1)}:
        raise ValueError("versions with a gap")
    if not versions:
        raise ValueError("no version")
    return TenantKeys({int(version): _key(text) for version, text in versions.items()}, _key(wrapping))


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
