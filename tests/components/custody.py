"""Key custody of both kinds, as a contract suite wants it: opened anew at will, and given keys that it knows."""

import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from components.openbao import OpenBao, RoleCredentials

from connectors.keyfile import KeyFile
from connectors.keyfile.envelope import seal, unseal
from connectors.keyfile.ring import TenantKeys, decode, encode
from connectors.ports import Keys
from connectors.vault import AppRole, VaultKeys
from connectors.vault.names import ppid_key


class Custody(Protocol):
    """One place of keys."""

    def open(self) -> Keys:
        """Another instance on the same keys, as another process has it."""
        ...

    def ceremony(self) -> Keys:
        """The same, as those have it who bring a key."""
        ...

    def put(self, tenant_id: str, *versions: bytes) -> None:
        """Give the new tenant these PPID keys, and a wrapping key of the custody's own."""
        ...


class FileCustody:
    """An encrypted key file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.unlock_key = secrets.token_bytes(32)
        KeyFile.new(path, self.unlock_key, secrets.token_bytes)

    def open(self) -> KeyFile:
        """See Custody."""
        return KeyFile.open(self.path, self.unlock_key, secrets.token_bytes)

    def ceremony(self) -> KeyFile:
        """See Custody."""
        return self.open()

    def put(self, tenant_id: str, *versions: bytes) -> None:
        """See Custody."""
        keys = TenantKeys(dict(enumerate(versions, start=1)), {1: secrets.token_bytes(32)})
        self.rewrite({**decode(unseal(self.path.read_bytes(), self.unlock_key)), tenant_id: keys})

    def rewrite(self, ring: Mapping[str, TenantKeys]) -> None:
        """Put another ring in the place of the file, past the product."""
        self.path.write_bytes(seal(encode(ring), self.unlock_key, secrets.token_bytes))


class VaultCustody:
    """Transit of a running OpenBao, under the two roles we ship policies for."""

    def __init__(self, server: OpenBao) -> None:
        self.server = server

    def open(self) -> VaultKeys:
        """See Custody."""
        return self.under(self.server.use, self.server.admin)

    def ceremony(self) -> VaultKeys:
        """See Custody."""
        return self.under(self.server.use, self.server.ceremony)

    def under(
        self,
        use: RoleCredentials,
        admin: RoleCredentials | None = None,
        *,
        address: str | None = None,
        **options: Any,
    ) -> VaultKeys:
        """Under any two roles, reached at any address."""
        return VaultKeys(
            address or self.server.address,
            AppRole(*use),
            admin=AppRole(*admin) if admin else None,
            ca_file=str(self.server.ca_file),
            token_bytes=secrets.token_bytes,
            **options,
        )

    def put(self, tenant_id: str, *versions: bytes) -> None:
        """See Custody."""
        self.server.import_hmac_key(ppid_key(tenant_id), *versions)
        self.open().create(tenant_id)
