"""Making, rotating and bringing a tenant's keys in Transit. Nothing here can use a key."""

import base64
import threading
from collections.abc import Callable, Mapping
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.keywrap import aes_key_wrap_with_padding
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from hvac.api.secrets_engines import Transit

from connectors.errors import Garbled, Refused
from connectors.vault.client import Session
from connectors.vault.names import data_key, ppid_key
from connectors.vault.wire import NotThere, field_of

PPID_KEY = {"type": "hmac", "key_size": "32"}
"""HMAC-SHA-256 with 32 bytes, as text because a policy's `allowed_parameters` match no JSON number.

Not exportable, not to be deleted, no plaintext backup: Transit's defaults, verified after creation and not sent,
so that the policy can forbid those parameters altogether."""
DATA_KEY = {"type": "aes256-gcm96"}
BROUGHT_KEY = {"type": "hmac", "allow_rotation": "false"}
"""A key from a ceremony: no version of it is ever made inside, because its shares would not give that one back."""
WAYS_OUT = ("exportable", "allow_plaintext_backup", "deletion_allowed")
KEY_BYTES = 32


class KeyAdministration:
    """The keys of all tenants in one Transit mount, seen as named things with versions."""

    def __init__(self, session: Session, mount: str, token_bytes: Callable[[int], bytes]) -> None:
        self._session = session
        self._mount = mount
        self._transit = Transit(session)
        self._token_bytes = token_bytes
        self._rotating = threading.Lock()

    def create(self, tenant_id: str, *, with_ppid_key: bool) -> int:
        """Make the keys if absent; return the PPID key's latest version, 0 where there is none.

        Raises Refused when a key of that name exists that is of another type or could be taken out.
        """
        self._make(data_key(tenant_id), DATA_KEY)
        if with_ppid_key:
            return _latest(self._make(ppid_key(tenant_id), PPID_KEY))
        found = self._find(ppid_key(tenant_id))
        return 0 if found is None else _latest(_of_kind(ppid_key(tenant_id), found, "hmac"))

    def bring(self, tenant_id: str, key: bytes, version: int) -> None:
        """Bring your own key: `key` wrapped for Transit's RSA key, as the next version. Raises Refused."""
        if len(key) != KEY_BYTES:
            raise Refused(f"a PPID key is {KEY_BYTES} bytes")
        name = ppid_key(tenant_id)
        if self._find(data_key(tenant_id)) is None:
            raise Refused("the tenant has no keys")
        found = self._find(name)
        if found is not None and _of_kind(name, found, "hmac").get("imported_key") is not True:
            raise Refused("the tenant's PPID key was made inside Vault, which takes no version of it from outside")
        if version != (0 if found is None else _latest(found)) + 1:
            raise Refused("this is not the version after the latest one")
        wrapped = {"ciphertext": self._wrapped(key), "hash_function": "SHA256"}
        step, body = ("import", wrapped | BROUGHT_KEY) if found is None else ("import_version", wrapped)
        self._session.once().post(f"/v1/{self._mount}/keys/{name}/{step}", body)
        if _latest(_of_kind(name, self._read(name), "hmac")) != version:
            raise Garbled("Vault has taken the key as another version")

    def rotate(self, tenant_id: str) -> int:
        """Add a version to the PPID key and return its number, which is durable then."""
        return self._rotate(ppid_key(tenant_id))

    def rotate_wrapping(self, tenant_id: str) -> int:
        """Add a version to the wrapping key and return its number, which is durable then."""
        return self._rotate(data_key(tenant_id))

    def latest_version(self, tenant_id: str) -> int:
        """The highest version of the PPID key."""
        return _latest(self._read(ppid_key(tenant_id)))

    def wrapping_version(self, tenant_id: str) -> int:
        """The highest version of the wrapping key."""
        return _latest(self._read(data_key(tenant_id)))

    def _rotate(self, name: str) -> int:
        """One at a time: of rotations that meet, OpenBao 2.7 on raft commits some and answers 500 to the rest, but
        goes on serving their versions from its cache until it restarts. `latest_version` counts those too. For the
        same reason a rotation is asked of one node, once.
        """
        with self._rotating:
            key = self._read(name)
            if key.get("imported_key") is True and key.get("imported_key_allow_rotation") is not True:
                raise Refused("this key comes from a ceremony: its next version is made in one, too")
            answer = Transit(self._session.once()).rotate_key(name, mount_point=self._mount)
        return _latest(_description(answer))

    def _make(self, name: str, kind: Mapping[str, str]) -> Mapping[str, Any]:
        # hvac's create_key knows neither the type hmac nor key_size. On a key that exists this changes nothing.
        self._session.post(f"/v1/{self._mount}/keys/{name}", kind)
        return _of_kind(name, self._read(name), kind["type"])

    def _find(self, name: str) -> Mapping[str, Any] | None:
        try:
            return self._read(name)
        except NotThere:
            return None

    def _read(self, name: str) -> Mapping[str, Any]:
        return _description(self._transit.read_key(name, mount_point=self._mount))

    def _wrapped(self, key: bytes) -> str:
        """A new AES key under Transit's RSA key (OAEP), then `key` under that AES key (RFC 5649), in base64."""
        pem = field_of(self._session.get(f"/v1/{self._mount}/wrapping_key"), "data", "public_key")
        try:
            public_key = load_pem_public_key(str(pem).encode())
        except ValueError:
            public_key = None
        if not isinstance(public_key, rsa.RSAPublicKey):
            raise Garbled("Vault's wrapping key is no RSA key")
        between = self._token_bytes(KEY_BYTES)
        oaep = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), label=None)
        ciphertext = public_key.encrypt(between, oaep) + aes_key_wrap_with_padding(between, key)
        return base64.b64encode(ciphertext).decode("ascii")


def _of_kind(name: str, key: Mapping[str, Any], kind: str) -> Mapping[str, Any]:
    """`key`, if it is what it should be. Raises Refused for another type and for one that could be taken out."""
    if field_of({"data": key}, "data", "type") != kind or any(key.get(may) is not False for may in WAYS_OUT):
        raise Refused(f"Vault holds a key of another kind under the name {name}")
    return key


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
