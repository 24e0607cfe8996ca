"""The monthly report: the meter's sums with their fees, per service, kind, purpose and method."""

import re
from calendar import monthrange
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from connectors.ports import CertificateKind
from idp.jpki.revocation import Method
from idp.metering.fees import Charge, Count, Status, charge
from idp.metering.record import MUNICIPALITY
from idp.store import meters
from idp.store.engine import Transaction
from idp.store.meters import MeterKey
from idp.tenants.tenancy import Tenant

_MONTH = re.compile(r"(20[0-9]{2})-(0[1-9]|1[0-2])")


class MonthRefused(ValueError):
    """A month that is not written YYYY-MM."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of a report.

    `service_id`: "" for the municipality itself, the client id for a service that is gone. `checks`: how many;
    `remembered` and `unanswered` of them cost nothing. `amount` and `unconfirmed` in yen, as in `fees.Charge`.
    """

    service_id: str
    kind: str
    purpose: str
    method: str
    checks: int
    remembered: int
    unanswered: int
    status: Status
    amount: int
    unconfirmed: int | None
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """Sums of a report in checks and yen. `unknown_fees`: checks for which no fee is known at all."""

    checks: int
    amount: int
    unconfirmed: int
    unknown_fees: int


def month_of(text: str) -> tuple[date, date]:
    """First and last day of a month YYYY-MM. Raises MonthRefused."""
    match = _MONTH.fullmatch(text)
    if match is None:
        raise MonthRefused("a month is YYYY-MM")
    year, month = int(match[1]), int(match[2])
    return date(year, month, 1), date(year, month, monthrange(year, month)[1])


def report(
    tx: Transaction, tenant: Tenant, first: date, last: date, *, client_id: str | None = None
) -> list[Line]:
    """The lines of the days from `first` to `last`; with `client_id` only those of that client."""
    found = meters.counts(tx, first, last)
    mine = [(key, count) for key, count in found if client_id is None or key.client_id == client_id]
    return lines(mine, tenant)


def lines(counts: Iterable[tuple[MeterKey, int]], tenant: Tenant) -> list[Line]:
    """Counts of days with what they cost, added up over days that cost the same. Pure."""
    sums: dict[tuple[str, ...], Line] = {}
    for key, count in counts:
        line = _line(key, count, tenant)
        name = (line.service_id, line.kind, line.purpose, line.method, line.status, line.source)
        sums[name] = _sum(sums[name], line) if name in sums else line
    return [sums[name] for name in sorted(sums)]


def totals(of: Sequence[Line]) -> Totals:
    """The sums of a report."""
    return Totals(
        checks=sum(line.checks for line in of),
        amount=sum(line.amount for line in of),
        unconfirmed=sum(line.unconfirmed or 0 for line in of),
        unknown_fees=sum(
            line.checks - line.remembered - line.unanswered for line in of if line.unconfirmed is None
        ),
    )


def _line(key: MeterKey, count: int, tenant: Tenant) -> Line:
    remembered = count if key.remembered else 0
    unanswered = 0 if key.answered or key.remembered else count
    cost = _charge(key, count, count - remembered - unanswered, tenant)
    client = tenant.clients.get(key.client_id)
    return Line(
        service_id=client.service_id if client else key.client_id or MUNICIPALITY,
        kind=key.kind,
        purpose=key.purpose,
        method=key.method,
        checks=count,
        remembered=remembered,
        unanswered=unanswered,
        status=cost.status,
        amount=cost.amount,
        unconfirmed=cost.unconfirmed,
        source=cost.source,
    )


def _charge(key: MeterKey, checks: int, billable: int, tenant: Tenant) -> Charge:
    count = Count(
        day=key.day,
        kind=CertificateKind(key.kind),
        method=Method(key.method),
        checks=checks,
        billable=billable,
    )
    return charge(count, public_body=tenant.settings.public_body)


def _sum(one: Line, other: Line) -> Line:
    known = one.unconfirmed is not None and other.unconfirmed is not None
    return Line(
        service_id=one.service_id,
        kind=one.kind,
        purpose=one.purpose,
        method=one.method,
        checks=one.checks + other.checks,
        remembered=one.remembered + other.remembered,
        unanswered=one.unanswered + other.unanswered,
        status=one.status,
        amount=one.amount + other.amount,
        unconfirmed=(one.unconfirmed or 0) + (other.unconfirmed or 0) if known else None,
        source=one.source,
    )
