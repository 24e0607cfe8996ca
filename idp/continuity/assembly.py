"""Changes of numbers put together: what officers can do, what operators ask for, and what workers carry out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from connectors.ports import Keys, LineageSource
from idp.continuity.acts import MigrationActs
from idp.continuity.back import Back
from idp.continuity.carry import Carry
from idp.continuity.mapping import MappingFiles
from idp.continuity.migrations import Migrations
from idp.continuity.newcomers import Newcomers
from idp.continuity.plan import Reason
from idp.continuity.rekey import Rekey
from idp.continuity.sweep import KIND, Sweep
from idp.continuity.telling import Telling
from idp.events.events import Events
from idp.events.outbox import Outbox
from idp.oversight.approval import Action, Approvals
from idp.oversight.ledger import Ledger
from idp.store.engine import Store
from idp.tenants.directory import Directory
from idp.worker.job import Handler


@dataclass(frozen=True, slots=True, kw_only=True)
class Continuity:
    """The parts over one store."""

    store: Store
    keys: Keys
    directory: Directory
    ledger: Ledger
    outbox: Outbox
    events: Events
    now: Callable[[], datetime]
    token_bytes: Callable[[int], bytes]

    def actions(self) -> Mapping[str, Action]:
        """What two officers can do, by name."""
        return MigrationActs(
            store=self.store,
            directory=self.directory,
            ledger=self.ledger,
            outbox=self.outbox,
            now=self.now,
            token_bytes=self.token_bytes,
        ).actions()

    def migrations(self, approvals: Approvals) -> Migrations:
        """What an operator can do."""
        return Migrations(
            store=self.store,
            directory=self.directory,
            approvals=approvals,
            ledger=self.ledger,
            outbox=self.outbox,
            now=self.now,
        )

    def mapping_files(self) -> MappingFiles:
        """The files for services."""
        return MappingFiles(store=self.store, ledger=self.ledger, now=self.now)

    def newcomers(self, lineage: LineageSource) -> Newcomers:
        """What logins ask at services that have moved here."""
        return Newcomers(store=self.store, directory=self.directory, lineage=lineage, carry=self._carry())

    def handlers(self, migrations: Migrations) -> Mapping[str, Handler]:
        """What a worker does, by kind of job."""
        rekey = Rekey(store=self.store, keys=self.keys, now=self.now, token_bytes=self.token_bytes)
        sweep = Sweep(
            store=self.store,
            moves={Reason.COMPROMISE: rekey, Reason.SECTOR: rekey, Reason.MERGER: self._carry()},
            telling=Telling(store=self.store, events=self.events),
            back=Back(store=self.store),
            ended=migrations.ended,
            ledger=self.ledger,
            now=self.now,
        )
        return {KIND: sweep}

    def _carry(self) -> Carry:
        return Carry(store=self.store, directory=self.directory, now=self.now, token_bytes=self.token_bytes)
