"""The ledger of continuity: every operation that touched which number a person has at a service.

Migrations of numbers, and what is done to people: one row each, in the operation's own transaction, with the
audit entry. A row carries a MAC over itself and the MAC of the row before, so none can be changed, put in or taken
out of the middle; a row cut off at the end is missed by its audit entry (`idp ppid ledger`).
"""

import hmac
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from idp.events.outbox import JSON
from idp.keys.sealing import Place, TenantKeys
from idp.oversight import audit
from idp.store import ledger as rows
from idp.store.engine import Transaction
from idp.tenants.tenancy import Tenant

GENESIS = bytes(32)
"""What stands for the MAC before the first row."""
_READ_AT_ONCE = 500


class Operation(StrEnum):
    """What was done, as a dotted verb."""

    MIGRATION_STARTED = "migration.started"
    MIGRATION_RELEASED = "migration.released"
    MIGRATION_MOVED = "migration.moved"
    MIGRATION_MAPPED = "migration.mapped"
    MIGRATION_ABORTED = "migration.aborted"
    MIGRATION_FINISHED = "migration.finished"
    PERSON_CREATED = "person.created"
    """By somebody's word that they had no other card or phone here: J-LIS's link could not be obtained."""
    PERSON_ATTACHED = "person.attached"
    """A certificate became a person's without J-LIS's link."""
    PERSON_MERGED = "person.merged"
    PERSON_SPLIT = "person.split"
    PERSON_DISABLED = "person.disabled"
    PERSON_ENABLED = "person.enabled"
    """They came back with a new certificate after services had been told that they were no more."""
    GRANT_ENDED = "grant.ended"
    PERSON_LEFT = "person.left"
    """They ended everything themselves, and what was kept of them is deleted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A row as people see it. `problem`: why it is not to be believed, empty when it is."""

    sequence: int
    at: int
    operation: str
    details: Mapping[str, Any]
    problem: str


class Ledger:
    """Writes rows."""

    def __init__(self, auditor: audit.Auditor, now: Callable[[], datetime]) -> None:
        self._auditor = auditor
        self._now = now

    def record(
        self,
        tx: Transaction,
        keys: TenantKeys,
        operation: Operation,
        details: Mapping[str, JSON],
        *,
        secret: Mapping[str, JSON] | None = None,
    ) -> int:
        """Write one row and its audit entry inside `tx`; its number.

        `details` name no person, not even by a tag that would be the same in two rows. `secret` may: it is sealed,
        bound to the row (`open_secret`), and under the row's MAC.
        """
        last = rows.newest(tx)
        sequence = last.sequence + 1 if last else 1
        body = json.dumps(details, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
        sealed = None if secret is None else keys.seal(_place(sequence), json.dumps(secret).encode())
        at = int(self._now().timestamp())
        row = rows.LedgerRow(
            sequence=sequence, at=at, operation=operation, body=body, sealed_details=sealed, mac=b""
        )
        mac = _mac(keys, last.mac if last else GENESIS, row)
        rows.add(tx, replace(row, mac=mac))
        named = {"operation": operation, "sequence": sequence, "ledger_mac": mac.hex()}
        self._auditor.record(tx, keys, audit.Action.LEDGER_WRITTEN, "done", **named, **details)
        return sequence


def open_secret(keys: TenantKeys, row: rows.LedgerRow) -> Mapping[str, Any]:
    """What was sealed with a row, empty for nothing. Raises SealBroken unless it is that row's."""
    if row.sealed_details is None:
        return {}
    secret: Mapping[str, Any] = json.loads(keys.open(_place(row.sequence), row.sealed_details))
    return secret


def details_of(row: rows.LedgerRow) -> Mapping[str, Any]:
    """What a row that is believed says in clear."""
    details: Mapping[str, Any] = json.loads(row.body)
    return details


def believed(tx: Transaction, keys: TenantKeys) -> Iterator[rows.LedgerRow]:
    """The rows that are as they were written, the oldest first, as far as the chain holds."""
    previous = GENESIS
    for row in _all(tx):
        if _problem(keys, previous, row):
            return
        yield row
        previous = row.mac


def entries(tx: Transaction, keys: TenantKeys) -> Iterator[Entry]:
    """Every row, the oldest first, each with what is wrong with it."""
    previous, expected = GENESIS, 1
    for row in _all(tx):
        problem = _problem(keys, previous, row)
        if not problem and row.sequence != expected:
            problem = "a row before this one is missing"
        try:
            details = json.loads(row.body)
        except (TypeError, ValueError):
            details, problem = {}, "altered"
        yield Entry(
            sequence=row.sequence, at=row.at, operation=str(row.operation), details=details, problem=problem
        )
        previous, expected = row.mac, row.sequence + 1


def cut_off(tx: Transaction, tenant: Tenant) -> list[int]:
    """The numbers of rows that the audit trail tells of and that are gone, or are others by now."""
    told = {
        int(details["sequence"]): str(details["ledger_mac"])
        for _, details in audit.told(tx, tenant.keys, audit.Action.LEDGER_WRITTEN)
    }
    there = {row.sequence: row.mac.hex() for row in _all(tx)}
    return sorted(sequence for sequence, mac in told.items() if there.get(sequence) != mac)


def _all(tx: Transaction) -> Iterator[rows.LedgerRow]:
    sequence = -(2**62)
    while found := rows.after(tx, sequence, count=_READ_AT_ONCE):
        yield from found
        sequence = found[-1].sequence


def _problem(keys: TenantKeys, previous: bytes, row: rows.LedgerRow) -> str:
    try:
        right = hmac.compare_digest(_mac(keys, previous, row), row.mac)
    except (AttributeError, OverflowError, TypeError):  # a value of a type that we never write
        right = False
    return "" if right else "altered, or a row before it is missing"


def _mac(keys: TenantKeys, previous: bytes, row: rows.LedgerRow) -> bytes:
    numbers = (row.sequence.to_bytes(8, "big"), row.at.to_bytes(8, "big"))
    return keys.ledger_mac(
        previous, *numbers, row.operation.encode(), row.body.encode(), row.sealed_details or b""
    )


def _place(sequence: int) -> Place:
    return Place("ledger", sequence.to_bytes(8, "big"), "details")
