"""A snapshot of a whole OpenBao or Vault on raft: sealed as it lies on disk, streamed to whoever keeps it."""

from collections.abc import Iterator

from connectors.errors import Refused, Unreachable
from connectors.http import CONNECT_SECONDS, Outbound
from connectors.vault.client import Session
from connectors.vault.identity import AppRole
from connectors.vault.wire import Wire

PATH = "/v1/sys/storage/raft/snapshot"
_SECONDS = 600.0
_LIMIT = 64 * 1024**3
_CHUNK = 1024 * 1024


class RaftSnapshot:
    """Takes snapshots under an identity that may do nothing else (`deploy/vault/idp-backup.hcl`)."""

    kind = "raft"

    def __init__(self, address: str, identity: AppRole, *, ca_file: str | None = None) -> None:
        self._addresses = [each.rstrip("/") for each in address.split()]
        self._outbound = Outbound(
            self._addresses,
            connect_seconds=CONNECT_SECONDS,
            read_seconds=_SECONDS,
            max_bytes=_LIMIT,
            ca_file=ca_file,
        )
        self._session = Session(
            Wire(self._outbound, self._addresses, seconds=CONNECT_SECONDS + 10), identity, seconds=30.0
        )

    def chunks(self) -> Iterator[bytes]:
        """The snapshot as `bao operator raft snapshot restore` takes it. Raises Unreachable, Refused, Garbled."""
        headers = {"X-Vault-Token": self._session.token(), "X-Vault-Request": "true"}
        mute = Unreachable("no address of Vault is known")
        for address in self._addresses:
            try:
                yield from self._from(address, headers)
            except Unreachable as error:
                mute = error
                continue
            return
        raise mute

    def _from(self, address: str, headers: dict[str, str]) -> Iterator[bytes]:
        buffer = memoryview(bytearray(_CHUNK))
        with self._outbound.stream(address + PATH, headers=headers) as stream:
            if stream.status != 200:
                raise Refused(f"Vault refused the snapshot: {stream.status}")
            while count := stream.readinto(buffer):
                yield bytes(buffer[:count])
