"""Where login transactions are kept: the records of short-lived state, their names, the clock and the dice."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from idp import base64url
from idp.keys.sealing import digest
from idp.login.stored import parse
from idp.login.transaction import Transaction
from idp.store.shortlived import Change, Changed, Fields, ShortLived
from idp.tenants.tenancy import Tenant


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """The records of every login under way. Each method that touches them is one round trip."""

    state: ShortLived
    now: Callable[[], datetime]
    token_bytes: Callable[[int], bytes]

    def create(self, tenant: Tenant, fields: Fields, handles: Iterable[str], *, seconds: int) -> None:
        """Store a new transaction, found by its handles too."""
        names = [_alias(tenant, handle) for handle in handles]
        self.state.create(_key(tenant, fields["id"]), fields, seconds=seconds, aliases=names)

    def find_by(self, tenant: Tenant, transaction_id: str, handle: str, *, seconds: int) -> None:
        """Let one more handle find a transaction."""
        self.state.alias(_key(tenant, transaction_id), _alias(tenant, handle), seconds=seconds)

    def prolong(self, tenant: Tenant, transaction_id: str, handles: Iterable[str], *, seconds: int) -> None:
        """Let a transaction and these handles of it live `seconds` from now."""
        names = [_alias(tenant, handle) for handle in handles]
        self.state.prolong(_key(tenant, transaction_id), seconds=seconds, aliases=names)

    def read(self, tenant: Tenant, transaction_id: str) -> Transaction | None:
        """The transaction, or None."""
        fields = self.state.read(_key(tenant, transaction_id))
        return parse(fields) if fields else None

    def held_by(self, tenant: Tenant, transaction_id: str, cookie: str) -> Transaction | None:
        """The transaction of the browser that holds its cookie, or None."""
        fields = self.state.read(_key(tenant, transaction_id))
        return parse(fields) if fields and fields["cookie"] == digest(cookie).hex() else None

    def behind(self, tenant: Tenant, handle: str) -> Transaction | None:
        """The transaction that a handle was issued for, or None."""
        fields = self.state.read(_alias(tenant, handle))
        return parse(fields) if fields else None

    def change(self, tenant: Tenant, transaction_id: str, change: Change) -> Changed | None:
        """One atomic step on a transaction; None when it is gone."""
        return self.state.change(_key(tenant, transaction_id), change)

    def change_behind(self, tenant: Tenant, handle: str, change: Change) -> Changed | None:
        """The same for the transaction that a handle was issued for."""
        return self.state.change(_alias(tenant, handle), change)

    def moment(self) -> int:
        """The present, in seconds since 1970."""
        return int(self.now().timestamp())

    def token(self, size: int) -> str:
        """`size` random bytes as base64url."""
        return base64url.encode(self.token_bytes(size))

    def tokens(self, count: int, size: int) -> list[str]:
        """`count` tokens of `size` random bytes each, drawn at once."""
        drawn = self.token_bytes(count * size)
        return [base64url.encode(drawn[at : at + size]) for at in range(0, len(drawn), size)]


def _key(tenant: Tenant, transaction_id: str) -> str:
    return f"{tenant.tenant_id}:tx:{transaction_id}"


def _alias(tenant: Tenant, handle: str) -> str:
    return f"{tenant.tenant_id}:handle:{handle}"


def after(changed: Changed, change: Change) -> Transaction:
    """The snapshot that a change left behind, if it was applied; otherwise the one that it met.

    `change` may count nothing that a snapshot shows.
    """
    fields = {**changed.before, **change.put} if changed.applied else changed.before
    return parse({name: value for name, value in fields.items() if value})  # an empty one is removed
