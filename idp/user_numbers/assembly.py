"""The link registry put together: what the API, counters, the command line and the worker take from it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from idp.oversight.audit import Auditor
from idp.store.engine import Store
from idp.tenants.directory import Directory
from idp.user_numbers.history import History
from idp.user_numbers.registry import Registry
from idp.user_numbers.roll import Roll


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """All parts."""

    store: Store
    directory: Directory
    history: History
    registry: Registry
    roll: Roll

    @classmethod
    def over(
        cls,
        *,
        store: Store,
        directory: Directory,
        auditor: Auditor,
        now: Callable[[], datetime],
        token_bytes: Callable[[int], bytes],
    ) -> "Numbers":
        """The parts over a store."""
        history = History(now=now, token_bytes=token_bytes)
        return cls(
            store=store,
            directory=directory,
            history=history,
            registry=Registry(store=store, history=history, auditor=auditor, now=now, token_bytes=token_bytes),
            roll=Roll(store=store, auditor=auditor, now=now, token_bytes=token_bytes),
        )

    def forget(self) -> None:
        """Delete the history that is older than a year, of every tenant."""
        for tenant in self.directory.all():
            with self.store.for_tenant(tenant.tenant_id).write() as tx:
                self.history.forget(tx)
