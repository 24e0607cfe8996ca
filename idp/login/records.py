"""Where login transactions are kept: the records of short-lived state, their names, the clock and the dice."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from idp import base64url
from idp.login.transaction import Transaction, parse
from idp.sealing import digest
from idp.store.shortlived import Change, Changed, Fields, ShortLived
from idp.tenancy import Tenant


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """The records of every login under way. Each method that touches them is one round trip."""

    state: ShortLived
    now: Callable[[], datetime]
    token_bytes: Callable[[int], bytes]

    def held_by(self, tenant: Tenant, transaction_id: str, cookie: str) -> Transaction | None:
        """The transaction of the browser that holds its cookie, or None."""
        fields = self.state.read(key(tenant, transaction_id))
        return parse(fields) if fields and fields["cookie"] == digest(cookie).hex() else None

    def behind(self, tenant: Tenant, handle: str) -> Transaction | None:
        """The transaction that a handle was issued for, or None."""
        fields = self.state.read(alias(tenant, handle))
        return parse(fields) if fields else None

    def change(self, tenant: Tenant, transaction_id: str, change: Change) -> Changed | None:
        """One atomic step on a transaction; None when it is gone."""
        return self.state.change(key(tenant, transaction_id), change)

    def moment(self) -> int:
        """The present, in seconds since 1970."""
        return int(self.now().timestamp())

    def token(self, size: int) -> str:
        """`size` random bytes as base64url."""
        return base64url.encode(self.token_bytes(size))


def key(tenant: Tenant, transaction_id: str) -> str:
    """The name of a transaction's record."""
    return f"{tenant.tenant_id}:tx:{transaction_id}"


def alias(tenant: Tenant, handle: str) -> str:
    """The name under which a handle finds it."""
    return f"{tenant.tenant_id}:handle:{handle}"


def after(changed: Changed, change: Change) -> Transaction:
    """The snapshot that a change left behind, if it was applied; otherwise the one that it met.

    `change` may count nothing that a snapshot shows.
    """
    fields: Fields = {**changed.before, **change.put} if changed.applied else changed.before
    return parse({name: value for name, value in fields.items() if value != ""})
