"""Links that ended: kept sealed for a year, so that a mistake at a counter can be looked up and put right."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from idp.japan import day_in_japan
from idp.keys.sealing import Place
from idp.store import user_numbers as rows
from idp.store.engine import Transaction
from idp.tenants.tenancy import Client, Tenant

KEPT = timedelta(days=366)


class Ending(StrEnum):
    """How a link ended."""

    REPLACED = "replaced"
    DELETED = "deleted"
    STOPPED = "stopped"
    """With the grant: the resident stopped the service, or the pair ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A link that ended. `by`: who did it, as in the audit trail."""

    linked_on: date
    ended_on: date
    ending: Ending
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Writing and reading it, inside the transaction of the act."""

    now: Callable[[], datetime]
    token_bytes: Callable[[int], bytes]

    def keep(
        self, tx: Transaction, tenant: Tenant, client_id: str, row: rows.NumberRow, ending: Ending, by: str
    ) -> None:
        """Remember the link that `row` was. What is said of the person is sealed."""
        entry_id, today = self.token_bytes(16), day_in_japan(self.now())
        record = {
            "pair": (row.pair_id or b"").hex(),
            "linked": row.created.isoformat(),
            "ended": today.isoformat(),
            "ending": ending,
            "by": by,
        }
        rows.add_ended(
            tx,
            rows.EndedRow(
                entry_id=entry_id,
                client_id=client_id,
                number_index=row.number_index,
                sealed_record=tenant.keys.seal(_place(entry_id), json.dumps(record).encode()),
                forget_on=today + KEPT,
            ),
        )

    def of(self, tx: Transaction, tenant: Tenant, client: Client, number: str) -> list[Ended]:
        """The links that a number had before, the oldest first."""
        found = rows.ended(tx, client.client_id, tenant.keys.number_index(client.client_id, number))
        return sorted((_read(tenant, row) for row in found), key=lambda ended: (ended.ended_on, ended.linked_on))

    def forget(self, tx: Transaction) -> int:
        """Delete what is older than a year; how many."""
        return rows.forget_ended(tx, today=day_in_japan(self.now()))


def _read(tenant: Tenant, row: rows.EndedRow) -> Ended:
    record = json.loads(tenant.keys.open(_place(row.entry_id), row.sealed_record))
    return Ended(
        linked_on=date.fromisoformat(record["linked"]),
        ended_on=date.fromisoformat(record["ended"]),
        ending=Ending(record["ending"]),
        by=record["by"],
    )


def _place(entry_id: bytes) -> Place:
    return Place("user_number_history", entry_id, "record")
