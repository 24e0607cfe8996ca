"""Making and rotating a tenant's keys in Transit. Nothing here can use a key."""

import threading
from collections.abc import Mapping
from typing import Any

from hvac.api.secrets_engines import Transit

from connectors.errors import Garbled, Refused
from connectors.vault.client import Session, field_of
from connectors.vault.names import data_key, ppid_key

PPID_KEY = {"type": "hmac", "key_size": "32"}
"""HMAC-SHA-256 with 32 bytes, as text because a policy's `allowed_parameters` match no JSON number.

Not exportable, not to be deleted, no plaintext backup: Transit's defaults, verified after creation and not sent,
so that the policy can forbid those parameters altogether."""
DATA_KEY = {"type": "aes256-gcm96"}
WAYS_OUT = ("exportable", "allow_plaintext_backup", "deletion_allowed")


class KeyAdministration:
    """The keys of all tenants in one Transit mount, seen as named things with versions."""

    def __init__(self, session: Session, mount: str) -> None:
        self._session = session
        self._mount = mount
        self._transit = Transit(session)
        self._rotating = threading.Lock()

    def create(self, tenant_id: str) -> int:
        """Make both keys if absent; return the PPID key's latest version.

        Raises Refused when a key of that name exists that is of another type or could be taken out.
        """
        self._make(data_key(tenant_id), DATA_KEY)
        return _latest(self._make(ppid_key(tenant_id), PPID_KEY))

    def rotate(self, tenant_id: str) -> int:
        """Add a version to the PPID key and return its number, which is durable then.

        One at a time: of rotations that meet, OpenBao 2.7 on raft commits some and answers 500 to the rest, but
        goes on serving their versions from its cache until it restarts. `latest_version` counts those too.
        """
        with self._rotating:
            answer = self._transit.rotate_key(ppid_key(tenant_id), mount_point=self._mount)
        return _latest(_description(answer))

    def latest_version(self, tenant_id: str) -> int:
        """The highest version of the PPID key."""
        return _latest(self._read(ppid_key(tenant_id)))

    def _make(self, name: str, kind: Mapping[str, object]) -> Mapping[str, Any]:
        # hvac's create_key knows neither the type hmac nor key_size. On a key that exists this changes nothing.
        self._session.post(f"/v1/{self._mount}/keys/{name}", kind)
        key = self._read(name)
        if field_of({"data": key}, "data", "type") != kind["type"] or any(
            key.get(may) is not False for may in WAYS_OUT
        ):
            raise Refused(f"Vault holds a key of another kind under the name {name}")
        return key

    def _read(self, name: str) -> Mapping[str, Any]:
        return _description(self._transit.read_key(name, mount_point=self._mount))


def _description(answer: Mapping[str, Any]) -> Mapping[str, Any]:
    key = answer.get("data")
    if not isinstance(key, dict):
        raise Garbled("Vault described a key in another form")
    return key


def _latest(key: Mapping[str, Any]) -> int:
    version = field_of({"data": key}, "data", "latest_version")
    if type(version) is not int or version < 1:
        raise Garbled("Vault gave a key version that is not a positive number")
    return version
