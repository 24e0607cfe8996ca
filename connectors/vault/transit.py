"""The `Keys` port on Vault's Transit engine."""

import re
from binascii import a2b_base64, b2a_base64
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from connectors.errors import Garbled, Refused
from connectors.http import CONNECT_SECONDS, READ_SECONDS, Outbound
from connectors.vault.admin import KeyAdministration
from connectors.vault.client import Session
from connectors.vault.identity import AppRole, Token
from connectors.vault.names import data_key, ppid_key
from connectors.vault.wire import Wire, field_of

MAX_PLAINTEXT_BYTES = 64 * 1024
MAX_WRAPPED_BYTES = 88 * 1024
"""What `MAX_PLAINTEXT_BYTES` become in Transit: base64 of nonce, ciphertext and tag, after `vault:vN:`."""
HMAC_BYTES = 32
JSON_STRINGS = 1000
"""OpenBao's `max_request_json_strings` where its listener states nothing: keys and values of a request's JSON."""
PAIR_SECONDS = 0.7
"""A resident waits for the one HMAC of a new pair, and hears within a second that there is none."""
PATIENT_SECONDS = 30.0
"""For administration, where nobody waits at a counter."""
AT_A_TIME = 2
"""Batches under way together: most of the server's work on one is its audit, which a second core does beside."""
_ANSWER_BYTES = 128 * 1024
"""Enough for 64 KiB unwrapped: base64 makes 87,384 characters of it."""
_BYTES_A_TAG = 128
"""More than a tag takes in the JSON of a batch's answer."""
_STRINGS_OF_A_BATCH, _STRINGS_OF_AN_INPUT = 4, 2
_VERSIONED = re.compile(r"vault:v([1-9][0-9]{0,8}):([A-Za-z0-9+/]+={0,2})")


class VaultKeys:
    """Custody of keys in one Transit mount. Safe for threads; survives sealing, failover, restarts, ended tokens.

    `address`: `https://host[:port]`, or several of one cluster separated by spaces. `identity` uses keys; `admin`
    makes, brings and rotates them and is `identity` when left out. A process that only serves logins is given no
    `admin`. `json_strings`: the server's `max_request_json_strings`, which bounds a batch.
    """

    def __init__(
        self,
        address: str,
        identity: AppRole | Token,
        *,
        token_bytes: Callable[[int], bytes],
        admin: AppRole | Token | None = None,
        mount: str = "transit",
        ca_file: str | None = None,
        json_strings: int = JSON_STRINGS,
        connect_seconds: float = CONNECT_SECONDS,
        read_seconds: float = READ_SECONDS,
    ) -> None:
        addresses = [each.rstrip("/") for each in address.split()]
        seconds = connect_seconds + read_seconds
        self._batch = max(1, (json_strings - _STRINGS_OF_A_BATCH) // _STRINGS_OF_AN_INPUT)

        def wire(read_seconds: float, max_bytes: int) -> Wire:
            outbound = Outbound(
                addresses,
                connect_seconds=connect_seconds,
                read_seconds=read_seconds,
                max_bytes=max_bytes,
                ca_file=ca_file,
            )
            return Wire(outbound, addresses, seconds=connect_seconds + read_seconds)

        patient = wire(PATIENT_SECONDS, max(_ANSWER_BYTES, self._batch * _BYTES_A_TAG))
        self._mount = mount
        self._session = Session(wire(read_seconds, _ANSWER_BYTES), identity, seconds=seconds)
        self._bulk = Session(patient, identity, seconds=PATIENT_SECONDS)
        self._reader = KeyAdministration(self._session, mount, token_bytes)
        maker = Session(patient, admin, seconds=PATIENT_SECONDS) if admin else self._bulk
        self._admin = KeyAdministration(maker, mount, token_bytes)

    def create(self, tenant_id: str, *, ppid_key: bool = True) -> int:
        """Make `ppid-<tenant_id>` and `data-<tenant_id>` if absent. See `Keys.create`."""
        return self._admin.create(tenant_id, with_ppid_key=ppid_key)

    def bring(self, tenant_id: str, key: bytes, version: int) -> None:
        """Import a version of `ppid-<tenant_id>`. See `Keys.bring`."""
        self._admin.bring(tenant_id, key, version)

    def rotate(self, tenant_id: str) -> int:
        """Add a version to `ppid-<tenant_id>`. See `Keys.rotate`."""
        return self._admin.rotate(tenant_id)

    def latest_version(self, tenant_id: str) -> int:
        """The highest version of `ppid-<tenant_id>`. See `Keys.latest_version`."""
        return self._reader.latest_version(tenant_id)

    def hmac_sha256(self, tenant_id: str, key_version: int, message: bytes) -> bytes:
        """`transit/hmac/ppid-<tenant_id>/sha2-256` with the version named. See `Keys.hmac_sha256`."""
        body = {"input": _text(message), "key_version": _version(key_version)}
        answer = self._session.call("POST", self._hmac_path(tenant_id), body, seconds=PAIR_SECONDS)
        return _tag(field_of(answer, "data", "hmac"), key_version)

    def hmac_sha256_many(self, tenant_id: str, key_version: int, messages: Sequence[bytes]) -> list[bytes]:
        """The same in batches (`batch_input`) as large as the server takes, some at a time. See `Keys`."""
        batches = list(self._batches(messages))
        if len(batches) < 2:
            return [tag for batch in batches for tag in self._tags(tenant_id, key_version, batch)]
        with ThreadPoolExecutor(AT_A_TIME) as pool:
            answered = pool.map(lambda batch: self._tags(tenant_id, key_version, batch), batches)
            return [tag for tags in answered for tag in tags]

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
        self.wrapped_under(wrapped)
        answer = self._session.call(
            "POST",
            f"/v1/{self._mount}/decrypt/{data_key(tenant_id)}",
            {"ciphertext": wrapped.decode("ascii"), "associated_data": _text(label.encode())},
        )
        return _decoded(field_of(answer, "data", "plaintext"))

    def rotate_wrapping(self, tenant_id: str) -> int:
        """Add a version to `data-<tenant_id>`. See `Keys.rotate_wrapping`."""
        return self._admin.rotate_wrapping(tenant_id)

    def wrapping_version(self, tenant_id: str) -> int:
        """The highest version of `data-<tenant_id>`. See `Keys.wrapping_version`."""
        return self._reader.wrapping_version(tenant_id)

    def wrapped_under(self, wrapped: bytes) -> int:
        """The N of `vault:vN:...`. See `Keys.wrapped_under`."""
        parts = _VERSIONED.fullmatch(wrapped.decode("ascii", errors="replace"))
        if parts is None or len(wrapped) > MAX_WRAPPED_BYTES:
            raise Refused("not bytes that this custody has wrapped")
        return int(parts[1])

    def keep(self) -> None:
        """Renew the token before it ends, log in anew after. See `Keys.keep`."""
        self._session.keep()

    def ping(self) -> None:
        """Return when Vault is unsealed and knows our identity. See `Keys.ping`."""
        self._session.ping()

    def _hmac_path(self, tenant_id: str) -> str:
        return f"/v1/{self._mount}/hmac/{ppid_key(tenant_id)}/sha2-256"

    def _batches(self, messages: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
        """As few as the server's limit allows, all of nearly one size, so that those under way end together."""
        count = -(-len(messages) // self._batch)
        for number in range(count):
            yield messages[number * len(messages) // count : (number + 1) * len(messages) // count]

    def _tags(self, tenant_id: str, key_version: int, messages: Sequence[bytes]) -> list[bytes]:
        body = _batch_body(messages, _version(key_version))
        results = field_of(self._bulk.call("POST", self._hmac_path(tenant_id), body), "data", "batch_results")
        if not isinstance(results, list) or len(results) != len(messages):
            raise Garbled("Vault answered a batch with another number of results")
        return [_tag(_hmac(result), key_version) for result in results]


def _batch_body(messages: Sequence[bytes], key_version: int) -> bytes:
    """The JSON of a batch, joined by hand: base64 has no character that JSON would escape."""
    inputs = b'"},{"input":"'.join(b2a_base64(message, newline=False) for message in messages)
    return b'{"batch_input":[{"input":"%b"}],"key_version":%d}' % (inputs, key_version)


def _version(key_version: int) -> int:
    if key_version < 1:
        raise Refused("key versions begin at 1")  # Transit takes 0 for the latest
    return key_version


def _hmac(result: Mapping[str, Any]) -> object:
    """The value of one item. A batch with a bad item is a 200 all the same, and the item has `error`."""
    if not isinstance(result, dict) or "error" in result:
        raise Refused("Vault refused an item of the batch")
    return result.get("hmac")


def _tag(unverified: object, key_version: int) -> bytes:
    """The 32 bytes of `vault:vN:BASE64`, N being the version that was asked for."""
    head = f"vault:v{key_version}:"
    if not isinstance(unverified, str) or not unverified.startswith(head):
        raise Garbled("Vault answered with another key version than was asked for, or with something else")
    tag = _decoded(unverified[len(head) :])
    if len(tag) != HMAC_BYTES:
        raise Garbled(f"Vault answered with an HMAC that is not {HMAC_BYTES} bytes")
    return tag


def _versioned(unverified: object) -> tuple[int, bytes]:
    """The key version and the bytes of `vault:vN:BASE64`."""
    parts = _VERSIONED.fullmatch(unverified) if isinstance(unverified, str) else None
    if parts is None:
        raise Garbled("Vault answered with something else than vault:vN:...")
    return int(parts[1]), _decoded(parts[2])


def _text(data: bytes) -> str:
    return b2a_base64(data, newline=False).decode("ascii")


def _decoded(unverified: object) -> bytes:
    try:
        data = a2b_base64(unverified) if isinstance(unverified, str) else None
    except ValueError:
        data = None
    if data is None or _text(data) != unverified:  # one value has one encoding: what was passed over shows here
        raise Garbled("Vault answered with something that is not base64")
    return data
