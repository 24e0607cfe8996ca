"""The life of a receipt: given by a service, told how far it is, found by both numbers, and gone in time."""

import hmac
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from idp.errors import Reason, Refusal
from idp.japan import day_in_japan
from idp.keys.sealing import SealBroken
from idp.oversight.audit import Action, Auditor
from idp.procedures.procedure import Procedure, Way
from idp.receipts import numbers, receipt
from idp.receipts.receipt import Receipt, State
from idp.store import receipts as rows
from idp.store.engine import Store, Transaction
from idp.store.receipts import ReceiptRow
from idp.tenants.tenancy import Client, Tenant

_DRAWS = 10
"""Arrival numbers drawn until one is free; of a million receipts one in a hundred thousand needs a second."""


class NotReceived(Exception):
    """The procedure is none for which a receipt is given: unknown, closed, or of another way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A receipt's two numbers, and the day in Japan on which it goes unless the service says more of it."""

    arrival_number: str
    inquiry_number: str
    kept_until: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A receipt with its service and procedure."""

    client: Client
    procedure: Procedure
    receipt: Receipt
    kept_until: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipts:
    """The acts. What a service does happens inside its transaction `tx`, with the answer that is kept of it."""

    store: Store
    auditor: Auditor
    now: Callable[[], datetime]
    token_bytes: Callable[[int], bytes]

    def give(self, tx: Transaction, tenant: Tenant, client: Client, procedure_id: str, *, way: Way) -> Given:
        """A new receipt, with numbers that only this answer tells together.

        Raises NotReceived unless the procedure is open and of that way.
        """
        procedure = client.procedures.get(procedure_id)
        if procedure is None or not procedure.gives_receipts or procedure.way is not way or not procedure.open:
            raise NotReceived
        until = self._until(procedure)
        body = Receipt(procedure_id=procedure_id, state=State.RECEIVED, since=self._today())
        for _ in range(_DRAWS):
            arrival = numbers.arrival_number(self.token_bytes(numbers.ARRIVAL_BYTES))
            inquiry = numbers.inquiry_number(self.token_bytes(numbers.INQUIRY_BYTES))
            row = ReceiptRow(
                arrival_number=arrival,
                client_id=client.client_id,
                inquiry_index=tenant.keys.inquiry_index(arrival, inquiry),
                sealed_body=receipt.sealed(tenant.keys, arrival, body),
                expires_on=until,
            )
            if rows.add(tx, row):
                self._audit(tx, tenant, client, Action.RECEIPT_GIVEN, body)
                return Given(arrival_number=arrival, inquiry_number=inquiry, kept_until=until)
        raise Refusal(Reason.RATE_LIMITED, "no arrival number is free")

    def tell(
        self, tx: Transaction, tenant: Tenant, client: Client, typed: str, state: State, note: dict[str, str]
    ) -> tuple[str, Found]:
        """Say how far a receipt of this service is; its number as it was given out, and how it stands now.

        Raises Refusal with NOT_FOUND for one that is over, another service's, or was never given.
        """
        arrival = numbers.read_arrival(typed)
        row = rows.by_arrival(tx, arrival, held=True) if arrival else None
        if row is None or row.client_id != client.client_id:
            raise Refusal(Reason.NOT_FOUND, "no such receipt of this service")
        found = self._opened(tenant, client, row)
        if found is None:
            raise Refusal(Reason.NOT_FOUND, "a receipt that is over, or was altered")
        told = Receipt(
            procedure_id=found.receipt.procedure_id,
            state=state,
            since=found.receipt.since if state is found.receipt.state else self._today(),
            note=note,
        )
        until = self._until(found.procedure)
        sealed = receipt.sealed(tenant.keys, row.arrival_number, told)
        rows.put(tx, row.arrival_number, sealed, expires_on=until)
        self._audit(tx, tenant, client, Action.RECEIPT_TOLD, told)
        changed = Found(client=client, procedure=found.procedure, receipt=told, kept_until=until)
        return row.arrival_number, changed

    def find(self, tenant: Tenant, arrival: str, inquiry: str) -> Found | None:
        """The receipt of these two numbers, or None, whatever of them is wrong or over."""
        shown = tenant.keys.inquiry_index(arrival, inquiry)
        with self.store.for_tenant(tenant.tenant_id).read() as tx:
            row = rows.by_arrival(tx, arrival)
        kept = row.inquiry_index if row else bytes(len(shown))
        if not hmac.compare_digest(kept, shown) or row is None:
            return None
        client = tenant.clients.get(row.client_id)
        return None if client is None else self._opened(tenant, client, row)

    def _opened(self, tenant: Tenant, client: Client, row: ReceiptRow) -> Found | None:
        if row.expires_on <= self._today():
            return None
        try:
            body = receipt.opened(tenant.keys, row.arrival_number, row.sealed_body)
        except SealBroken:
            return None
        procedure = client.procedures.get(body.procedure_id)
        if procedure is None:
            return None
        return Found(client=client, procedure=procedure, receipt=body, kept_until=row.expires_on)

    def _until(self, procedure: Procedure) -> date:
        return self._today() + timedelta(days=procedure.receipt_days)

    def _today(self) -> date:
        return day_in_japan(self.now())

    def _audit(self, tx: Transaction, tenant: Tenant, client: Client, action: Action, told: Receipt) -> None:
        """Without the number: the trail is kept longer than the receipt."""
        self.auditor.record(
            tx,
            tenant.keys,
            action,
            str(told.state),
            client_id=client.client_id,
            procedure=told.procedure_id,
        )


def forget(store: Store, tenants: Iterable[Tenant], now: datetime) -> None:
    """Delete the receipts that are over."""
    for tenant in tenants:
        with store.for_tenant(tenant.tenant_id).write() as tx:
            rows.forget(tx, today=day_in_japan(now))
