"""What becomes of who acts for whom when people are one, or two, or are no more (`idp/agents/ending.py`)."""

from typing import Protocol

from idp.store.engine import Transaction
from idp.tenants.tenancy import Tenant


class Represented(Protocol):
    """The acts, inside the transaction of whoever joins, parts or ends people, who are named by their handles."""

    def end_of(self, tx: Transaction, tenant: Tenant, handle: bytes) -> int:
        """End all of a person, on either side; how many."""
        ...

    def suspend(self, tx: Transaction, tenant: Tenant, handle: bytes, client_id: str = "") -> int:
        """End the logins in which somebody acts for a person, or they for somebody; how many. Nothing else ends.

        `client_id`: at that service alone.
        """
        ...

    def merged(self, tx: Transaction, tenant: Tenant, keep: bytes, other: bytes) -> int:
        """Carry over those of who was merged; how many ended."""
        ...

    def split(self, tx: Transaction, tenant: Tenant, keep: bytes, merged_at: int) -> int:
        """Give back those of who stands alone again; how many ended. `merged_at`: seconds since 1970."""
        ...
