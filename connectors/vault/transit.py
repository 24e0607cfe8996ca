"""The `Keys` port on Vault's Transit engine."""

import base64
import binascii
import re

from connectors.errors import ConnectorError, Garbled, Refused, Unreachable
from connectors.http import CONNECT_SECONDS, READ_SECONDS, Outbound
from connectors.vault.admin import KeyAdministration
from connectors.vault.client import ANSWER_BYTES, AppRole, Session, Token, Wire, field_of
from connectors.vault.names import data_key, ppid_key

MAX_PLAINTEXT_BYTES = 64 * 1024
MAX_WRAPPED_BYTES = 88 * 1024
"""What `MAX_PLAINTEXT_BYTES` become in Transit: base64 of nonce, ciphertext and tag, after `vault:vN:`."""
HMAC_BYTES = 32
_VERSIONED = re.compile(r"vault:v([1-9][0-9]{0,8}):([A-Za-z0-9+/]+={0,2})")


class VaultKeys:
    """Custody of keys in one Transit mount. Safe for threads; survives sealing, restarts and ended tokens.

    `address`: `https://host[:port]`. `identity` uses keys; `admin` makes and rotates them and is `identity`
    when left out. A process that only serves logins is given no `admin`.
    """

    def __init__(
        self,
        address: str,
        identity: AppRole | Token,
        *,
        admin: AppRole | Token | None = None,
        mount: str = "transit",
        ca_file: str | None = None,
        connect_seconds: float = CONNECT_SECONDS,
        read_seconds: float = READ_SECONDS,
    ) -> None:
        outbound = Outbound(
            [address.rstrip("/")],
            connect_seconds=connect_seconds,
            read_seconds=read_seconds,
            max_bytes=ANSWER_BYTES,
            ca_file=ca_file,
        )
        wire = Wire(outbound, address)
        self._mount = mount
        self._session = Session(wire, identity)
        self._reader = KeyAdministration(self._session, mount)
        self._admin = KeyAdministration(Session(wire, admin), mount) if admin else self._reader

    def create(self, tenant_id: str) -> int:
        """Make `ppid-<tenant_id>` and `data-<tenant_id>` if absent. See `Keys.create`."""
        return self._admin.create(tenant_id)

    def rotate(self, tenant_id: str) -> int:
        """Add a version to `ppid-<tenant_id>`. See `Keys.rotate`."""
        return self._admin.rotate(tenant_id)

    def latest_version(self, tenant_id: str) -> int:
        """The highest version of `ppid-<tenant_id>`. See `Keys.latest_version`."""
        return self._reader.latest_version(tenant_id)

    def hmac_sha256(self, tenant_id: str, key_version: int, message: bytes) -> bytes:
        """`transit/hmac/ppid-<tenant_id>/sha2-256` with the version named. See `Keys.hmac_sha256`."""
        if key_version < 1:
            raise Refused("key versions begin at 1")  # Transit takes 0 for the latest
        answer = self._session.call(
            "POST",
            f"/v1/{self._mount}/hmac/{ppid_key(tenant_id)}/sha2-256",
            {"input": _text(message), "key_version": key_version},
        )
        version, tag = _versioned(field_of(answer, "data", "hmac"))
        if version != key_version:
            raise Garbled("Vault answered with another key version than was asked for")
        if len(tag) != HMAC_BYTES:
            raise Garbled(f"Vault answered with an HMAC that is not {HMAC_BYTES} bytes")
        return tag

    def wrap(self, tenant_id: str, label: str, plaintext: bytes) -> bytes:
        """Transit's own ciphertext, `vault:vN:...` in ASCII. The tenant is bound by its key. See `Keys.wrap`."""
        if len(plaintext) > MAX_PLAINTEXT_BYTES:
            raise Refused(f"more than {MAX_PLAINTEXT_BYTES} bytes to wrap")
        answer = self._session.call(
            "POST",
            f"/v1/{self._mount}/encrypt/{data_key(tenant_id)}",
            {"plaintext": _text(plaintext), "associated_data": _text(label.encode())},
        )
        ciphertext = field_of(answer, "data", "ciphertext")
        _versioned(ciphertext)
        return str(ciphertext).encode("ascii")

    def unwrap(self, tenant_id: str, label: str, wrapped: bytes) -> bytes:
        """Undo `wrap`. See `Keys.unwrap`."""
        ciphertext = wrapped.decode("ascii", errors="replace")
        if len(wrapped) > MAX_WRAPPED_BYTES or not _VERSIONED.fullmatch(ciphertext):
            raise Refused("not bytes that this custody has wrapped")
        answer = self._session.call(
            "POST",
            f"/v1/{self._mount}/decrypt/{data_key(tenant_id)}",
            {"ciphertext": ciphertext, "associated_data": _text(label.encode())},
        )
        return _decoded(field_of(answer, "data", "plaintext"))

    def ping(self) -> None:
        """Return when Vault is unsealed and knows our identity. See `Keys.ping`."""
        try:
            self._session.get("/v1/auth/token/lookup-self")
        except Unreachable:
            raise
        except ConnectorError as error:
            raise Unreachable(f"Vault does not serve us: {error}") from error


def _versioned(unverified: object) -> tuple[int, bytes]:
    """The key version and the bytes of `vault:vN:BASE64`."""
    parts = _VERSIONED.fullmatch(unverified) if isinstance(unverified, str) else None
    if parts is None:
        raise Garbled("Vault answered with something else than vault:vN:...")
    return int(parts[1]), _decoded(parts[2])


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _decoded(unverified: object) -> bytes:
    try:
        data = base64.b64decode(unverified, validate=True) if isinstance(unverified, str) else None
    except (binascii.Error, ValueError):
        data = None
    if data is None or _text(data) != unverified:  # one value has one encoding
        raise Garbled("Vault answered with something that is not base64")
    return data
