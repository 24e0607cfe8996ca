"""A migration as it is kept: the plan that two officers approved, under a MAC, and how far it is."""

import hmac
from dataclasses import dataclass
from enum import StrEnum

from idp.continuity import plan as plans
from idp.continuity.plan import Plan
from idp.keys.sealing import TenantKeys
from idp.registration import NotAllowed
from idp.store import migrating
from idp.store.engine import Transaction


class State(StrEnum):
    """Of a migration; see the package."""

    MOVING = "moving"
    TELLING = "telling"
    OPEN = "open"
    FINISHED = "finished"
    ABORTING = "aborting"
    ABORTED = "aborted"
    RELEASED = "released"
    """A giving tenant's: another tenant may take one service's residents over."""
    WITHDRAWN = "withdrawn"
    """A release that is none any more."""


UNDER_WAY = frozenset({State.MOVING, State.TELLING, State.ABORTING})
"""States in which a worker has something to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """A stored migration whose plan is as it was approved. Times in seconds since 1970."""

    migration_id: str
    plan: Plan
    state: State
    cursor: bytes
    started_at: int
    moved: int


def row_of(keys: TenantKeys, migration_id: str, plan: Plan, state: State, *, at: int) -> migrating.MigrationRow:
    """A migration that begins, as it is stored."""
    text = plans.write(plan)
    return migrating.MigrationRow(
        migration_id=migration_id,
        plan=text,
        mac=_mac(keys, migration_id, text),
        state=state,
        cursor=b"",
        started_at=at,
        moved=0,
    )


def read(tx: Transaction, keys: TenantKeys, migration_id: str, *, held: bool = False) -> Migration:
    """A migration. Raises NotAllowed when there is none, or it is not what two officers approved."""
    row = migrating.find(tx, migration_id, held=held)
    if row is None:
        raise NotAllowed("there is no such migration")
    return _believed(keys, row)


def all_of(tx: Transaction, keys: TenantKeys) -> list[Migration]:
    """All migrations of the tenant that are to be believed, the oldest first."""
    found = []
    for row in migrating.all_of(tx):
        try:
            found.append(_believed(keys, row))
        except NotAllowed:
            continue
    return found


def _believed(keys: TenantKeys, row: migrating.MigrationRow) -> Migration:
    try:
        authentic = hmac.compare_digest(_mac(keys, row.migration_id, row.plan), row.mac)
    except (AttributeError, TypeError):  # a value of a type that we never write
        authentic = False
    if not authentic:
        raise NotAllowed("the plan of this migration is not what was approved: the database was changed")
    return Migration(
        migration_id=row.migration_id,
        plan=plans.read(row.plan),
        state=State(row.state),
        cursor=row.cursor,
        started_at=row.started_at,
        moved=row.moved,
    )


def _mac(keys: TenantKeys, migration_id: str, text: str) -> bytes:
    return keys.trust_mac(b"migration", migration_id.encode(), text.encode())
