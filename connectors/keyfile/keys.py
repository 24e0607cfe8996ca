"""The `Keys` port on an encrypted file: keys held in memory, every change written before it is answered."""

import hmac
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from connectors.errors import Garbled, Refused, Unreachable
from connectors.keyfile import disk, envelope
from connectors.keyfile.ring import KEY_BYTES, TENANT_ID, Ring, TenantKeys, decode, encode, extends

MAX_PLAINTEXT_BYTES = 64 * 1024
_FIRST_FORM, _FORM = b"\x01", b"\x02"
"""The first byte of wrapped bytes. The first form names no version of the wrapping key: it was made under 1."""
_VERSION_BYTES = 4
_NONCE_BYTES = 12


class KeyFile:
    """One key file, opened. Safe for threads, and for several processes on the same file.

    Keys once read are served from memory. The file is read again when a tenant or a version is not known, or
    when the latest version is asked for.
    """

    def __init__(self, path: Path, unlock_key: bytes, token_bytes: Callable[[int], bytes]) -> None:
        self._path = path
        self._unlock_key = unlock_key
        self._token_bytes = token_bytes
        self._held: tuple[Ring, disk.Stamp | None] = ({}, None)
        self._exchange = threading.Lock()

    @classmethod
    def new(cls, path: Path, unlock_key: bytes, token_bytes: Callable[[int], bytes]) -> Self:
        """Make a key file without tenants. Raises Refused when something is at `path` already."""
        made = cls(path, unlock_key, token_bytes)
        with disk.locked(path):
            if path.exists() or path.is_symlink():
                raise Refused(f"{path} exists already: a key file is never overwritten")
            made._write({})
        return made

    @classmethod
    def open(cls, path: Path, unlock_key: bytes, token_bytes: Callable[[int], bytes]) -> Self:
        """Open an existing key file.

        Raises Refused when it is absent, open to other users, or not opened by this key; Garbled when it is
        not a key file.
        """
        found = cls(path, unlock_key, token_bytes)
        found._read()
        return found

    def create(self, tenant_id: str, *, ppid_key: bool = True) -> int:
        """Make the tenant's keys if absent; return the latest version. See `Keys.create`."""
        if not TENANT_ID.fullmatch(tenant_id):
            raise Refused("a tenant id is 1 to 64 of a-z, 0-9 and hyphen")
        with disk.locked(self._path):
            ring = self._read()
            if tenant_id not in ring:
                ppid = {1: self._token_bytes(KEY_BYTES)} if ppid_key else {}
                keys = TenantKeys(ppid, {1: self._token_bytes(KEY_BYTES)})
                ring = self._write({**ring, tenant_id: keys})
            elif ppid_key and not ring[tenant_id].ppid:
                ring = self._write({**ring, tenant_id: ring[tenant_id].rotated(self._token_bytes(KEY_BYTES))})
        return ring[tenant_id].latest

    def bring(self, tenant_id: str, key: bytes, version: int) -> None:
        """Put in a PPID key that was made elsewhere. See `Keys.bring`."""
        if len(key) != KEY_BYTES:
            raise Refused(f"a PPID key is {KEY_BYTES} bytes")
        with disk.locked(self._path):
            ring = self._read()
            keys = _keys(ring, tenant_id)
            if version != keys.latest + 1:
                raise Refused("this is not the version after the latest one")
            self._write({**ring, tenant_id: keys.rotated(key)})

    def rotate(self, tenant_id: str) -> int:
        """Add a PPID key version and return its number. See `Keys.rotate`."""
        with disk.locked(self._path):
            ring = self._read()
            keys = _with_ppid_key(_keys(ring, tenant_id)).rotated(self._token_bytes(KEY_BYTES))
            self._write({**ring, tenant_id: keys})
        return keys.latest

    def latest_version(self, tenant_id: str) -> int:
        """The highest PPID key version, as the file has it now. See `Keys.latest_version`."""
        return _with_ppid_key(_keys(self._fresh(), tenant_id)).latest

    def hmac_sha256(self, tenant_id: str, key_version: int, message: bytes) -> bytes:
        """HMAC-SHA-256 under exactly that version. See `Keys.hmac_sha256`."""
        return hmac.digest(self._ppid_key(tenant_id, key_version), message, "sha256")

    def hmac_sha256_many(self, tenant_id: str, key_version: int, messages: Sequence[bytes]) -> list[bytes]:
        """The same for many. See `Keys.hmac_sha256_many`."""
        key = self._ppid_key(tenant_id, key_version)
        return [hmac.digest(key, message, "sha256") for message in messages]

    def wrap(self, tenant_id: str, label: str, plaintext: bytes) -> bytes:
        """A byte 2, the key's version in 4 bytes, a 12-byte nonce, AES-256-GCM with its tag. See `Keys.wrap`."""
        if len(plaintext) > MAX_PLAINTEXT_BYTES:
            raise Refused(f"more than {MAX_PLAINTEXT_BYTES} bytes to wrap")
        keys = _keys(self._fresh(), tenant_id)
        version, nonce = keys.latest_wrapping, self._token_bytes(_NONCE_BYTES)
        sealed = AESGCM(keys.wrapping[version]).encrypt(nonce, plaintext, _associated_data(tenant_id, label))
        return _FORM + version.to_bytes(_VERSION_BYTES, "big") + nonce + sealed

    def unwrap(self, tenant_id: str, label: str, wrapped: bytes) -> bytes:
        """Undo `wrap`. See `Keys.unwrap`."""
        version, nonce, ciphertext = _parts(wrapped)
        keys = self._find(tenant_id)
        if version not in keys.wrapping:
            keys = _keys(self._fresh(), tenant_id)
        if version not in keys.wrapping:
            raise Refused("the tenant has no wrapping key of this version")
        try:
            cipher = AESGCM(keys.wrapping[version])
            return cipher.decrypt(nonce, ciphertext, _associated_data(tenant_id, label))
        except InvalidTag:
            raise Refused("not wrapped for this tenant and label, or altered since") from None

    def rotate_wrapping(self, tenant_id: str) -> int:
        """Add a version of the wrapping key and return its number. See `Keys.rotate_wrapping`."""
        with disk.locked(self._path):
            ring = self._read()
            keys = _keys(ring, tenant_id).wrapping_rotated(self._token_bytes(KEY_BYTES))
            self._write({**ring, tenant_id: keys})
        return keys.latest_wrapping

    def wrapping_version(self, tenant_id: str) -> int:
        """The highest version of the wrapping key, as the file has it now. See `Keys.wrapping_version`."""
        return _keys(self._fresh(), tenant_id).latest_wrapping

    def wrapped_under(self, wrapped: bytes) -> int:
        """The version that wrapped bytes name. See `Keys.wrapped_under`."""
        return _parts(wrapped)[0]

    def keep(self) -> None:
        """A file lends us nothing that ends. See `Keys.keep`."""

    def ping(self) -> None:
        """Return when the file is there and opens. See `Keys.ping`."""
        try:
            self._fresh()
        except (Refused, Garbled) as error:
            raise Unreachable(str(error)) from error

    def _ppid_key(self, tenant_id: str, key_version: int) -> bytes:
        keys = self._find(tenant_id)
        if key_version not in keys.ppid:
            keys = _keys(self._fresh(), tenant_id)
        if key_version not in keys.ppid:
            raise Refused("the tenant has no PPID key of this version")
        return keys.ppid[key_version]

    def _find(self, tenant_id: str) -> TenantKeys:
        ring = self._held[0]
        return ring[tenant_id] if tenant_id in ring else _keys(self._fresh(), tenant_id)

    def _fresh(self) -> Ring:
        ring, seen = self._held
        return ring if disk.stamp(self._path) == seen else self._read()

    def _read(self) -> Ring:
        with self._exchange:
            unverified_file, stamp = disk.read(self._path)
            ring = decode(envelope.unseal(unverified_file, self._unlock_key))
            if not extends(ring, self._held[0]):
                raise Refused(f"{self._path} was replaced by one in which keys are missing or changed")
            self._held = ring, stamp
        return ring

    def _write(self, ring: Ring) -> Ring:
        with self._exchange:
            disk.replace(self._path, envelope.seal(encode(ring), self._unlock_key, self._token_bytes))
            self._held = ring, disk.stamp(self._path)
        return ring


def _keys(ring: Ring, tenant_id: str) -> TenantKeys:
    if tenant_id not in ring:
        raise Refused("the tenant has no keys")
    return ring[tenant_id]


def _with_ppid_key(keys: TenantKeys) -> TenantKeys:
    if not keys.ppid:
        raise Refused("the tenant has no PPID key yet")
    return keys


def _parts(wrapped: bytes) -> tuple[int, bytes, bytes]:
    """Version of the wrapping key, nonce and ciphertext of wrapped bytes of either form."""
    form, rest = wrapped[:1], wrapped[1:]
    version = 1 if form == _FIRST_FORM else int.from_bytes(rest[:_VERSION_BYTES], "big")
    if form == _FORM:
        rest = rest[_VERSION_BYTES:]
    nonce, ciphertext = rest[:_NONCE_BYTES], rest[_NONCE_BYTES:]
    if form not in (_FIRST_FORM, _FORM) or len(nonce) != _NONCE_BYTES:
        raise Refused("not bytes that this custody has wrapped")
    return version, nonce, ciphertext


def _associated_data(tenant_id: str, label: str) -> bytes:
    """Both names, each with its 4-byte big-endian length before it, so that no two pairs read alike."""
    parts = (tenant_id.encode(), label.encode())
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)
