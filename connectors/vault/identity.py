"""Who we are to Vault: an AppRole, whose secret id may come wrapped, or a token that somebody else keeps alive."""

import os
import re
from dataclasses import dataclass, field
from pathlib import Path

from connectors.errors import Refused
from connectors.keyfile import disk
from connectors.vault.wire import Wire, content, text_of

_SECRET_ID_PATH = re.compile(r"auth/[^/]+/role/[^/]+/secret-id")


class WrappedSecretSpent(Refused):
    """Somebody has unwrapped our secret id before us, or its time was over."""


@dataclass(frozen=True, slots=True)
class AppRole:
    """Credentials of the AppRole method; `mount` is the path it is enabled at."""

    role_id: str = field(repr=False)
    secret_id: "str | WrappedSecretId" = field(repr=False)
    mount: str = "approle"


@dataclass(frozen=True, slots=True)
class Token:
    """A token that somebody else keeps alive, such as Vault Agent. It is never renewed here."""

    value: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class WrappedSecretId:
    """A secret id that arrives response-wrapped: a token in the file `wrapped`, which opens it exactly once.

    Whoever finds the token spent knows that somebody else has the secret. The unwrapped secret id is written to
    `kept` (0600, on a file system in memory), where the other processes of this machine read it; `wrapped` is
    removed then, and a new one may be put there at any time.
    """

    wrapped: Path
    kept: Path

    def read(self, wire: Wire) -> str:
        """The secret id, unwrapped first where there is something to unwrap.

        Raises WrappedSecretSpent, Refused for a token that wraps something else, and what `wire` raises.
        """
        if self.wrapped.exists():  # a process that only reads needs no right to write here
            with disk.locked(self.kept):
                if self.wrapped.exists():
                    self._unwrap(wire)
        kept, _ = disk.read(self.kept)
        return kept.decode("ascii", "replace").strip()

    def _unwrap(self, wire: Wire) -> None:
        if not os.access(self.wrapped.parent, os.W_OK):
            raise Refused("the folder of the wrapped secret id must be writable: a spent token is removed from it")
        token = disk.read(self.wrapped)[0].decode("ascii", "replace").strip()
        if not token.isprintable() or not token.isascii():
            raise Refused("the wrapped secret id is no token")
        # Looked up first: a forged token would give us a secret id of the forger's choice.
        found = wire.send("POST", "/v1/sys/wrapping/lookup", {"token": token})
        _require_unspent(found.status)
        if not _SECRET_ID_PATH.fullmatch(text_of(content(found), "data", "creation_path")):
            raise Refused("the wrapped token does not hold an AppRole's secret id")
        answer = wire.send("POST", "/v1/sys/wrapping/unwrap", {}, token=token, once=True)
        _require_unspent(answer.status)
        disk.replace(self.kept, text_of(content(answer), "data", "secret_id").encode())
        self.wrapped.unlink()


def _require_unspent(status: int) -> None:
    if status in (400, 403):
        raise WrappedSecretSpent(
            "the wrapped secret id was unwrapped before us, or its time was over: unless you know of the latter, "
            "somebody else holds it: destroy it (deploy/runbooks/vault.md)"
        )
