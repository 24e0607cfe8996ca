"""What the audit trail remembers: a row that somebody puts back as it was does not undo what was done since.

The trail is in the same database; who cuts an entry out of it breaks its chain, which `idp audit verify` shows.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from idp.oversight import audit
from idp.oversight.audit import Action
from idp.store import approvals as rows
from idp.store.engine import Transaction
from idp.tenants.tenancy import Tenant

_ENDS = {Action.APPLIED: "applied", Action.WITHDRAWN: "withdrawn"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembered:
    """Officers by name, as they were appointed and removed; `ended`: the state of each settled proposal."""

    appointed: frozenset[str]
    removed: frozenset[str]
    ended: Mapping[str, str]

    def roll(self, officers: Iterable[rows.OfficerRow]) -> list[rows.OfficerRow]:
        """The same officers; who was removed once is removed, whatever the row says."""
        return [replace(row, state=rows.REMOVED) if row.officer_id in self.removed else row for row in officers]


def remembered(tx: Transaction, tenant: Tenant) -> Remembered:
    """What the trail tells. It is read whole: not while others wait for the transaction.

    What happens between this and a later transaction is in that one's rows, which nobody had time to put back.
    """
    appointed, removed, ended = set(), set(), {}
    for action, details in audit.told(tx, tenant.keys, Action.OFFICER_ADDED, Action.OFFICER_REMOVED, *_ENDS):
        if action is Action.OFFICER_ADDED:
            appointed.add(str(details["officer"]))
        elif action is Action.OFFICER_REMOVED:
            removed.add(str(details["officer"]))
        else:
            ended[str(details["proposal"])] = _ENDS[action]
    return Remembered(appointed=frozenset(appointed), removed=frozenset(removed), ended=ended)


def roll(tx: Transaction, tenant: Tenant) -> list[rows.OfficerRow]:
    """All who ever were officers, by name."""
    return remembered(tx, tenant).roll(rows.officers(tx))


def live(officers: Iterable[rows.OfficerRow]) -> set[str]:
    """The names of those who may approve."""
    return {officer.officer_id for officer in officers if officer.state == rows.LIVE}
