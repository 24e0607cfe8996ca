"""How long somebody's certificates last: of the one that has signed here now, and of their others."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from idp.japan import JAPAN
from idp.jpki.profile import Device
from idp.login import named_again
from idp.login.sign_ins import months_before
from idp.my.resident import Resident
from idp.people import certificate_names, record
from idp.store import certificates as rows
from idp.store.engine import Store

RENEWAL_MONTHS = 3
"""From so many months before its end a certificate is renewed for the longer time."""
LONGEST_DAYS = 5 * 365
"""Of which the bar shows what is left: a certificate lasts until the fifth birthday after it was issued."""


@dataclass(frozen=True, slots=True)
class Lasting:
    """A certificate. `ends_on`: its last day, in Japan; `days_left` less than 0 after it.

    `device`: None where only its name is kept; `this`: it has signed in now; `renewable`: it may be renewed now.
    """

    device: Device | None
    ends_on: date
    days_left: int
    renewable_from: date
    renewable: bool
    this: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificates:
    """Reads them."""

    store: Store
    now: Callable[[], datetime]

    def of(self, resident: Resident) -> Sequence[Lasting]:
        """Those whose end is known, the one that has signed in now first, then by their end, the latest first."""
        tenant, keys = resident.tenant, resident.tenant.keys
        name = resident.session.proof.certificate
        mine = named_again.index(tenant, name) if name else b""
        device = named_again.device(named_again.opened(tenant, name)) if name else None
        with self.store.for_tenant(tenant.tenant_id).read() as tx:
            person = record.read(tx, keys, resident.handle) or record.Record()
            indexes = {member.index for member in person.certificates} | ({mine} if mine else set())
            found = rows.named_among(tx, indexes) if indexes else []
        lasting = []
        for row in found:
            named = certificate_names.opened(keys, row)
            if named is not None and record.open_named(keys, row) == resident.handle:
                this = row.cert_index == mine
                lasting.append(self._lasting(named.ends_at, device if this else None, this=this))
        return sorted(lasting, key=lambda one: (not one.this, -one.days_left))

    def _lasting(self, ends_at: int, device: Device | None, *, this: bool) -> Lasting:
        ends_on = datetime.fromtimestamp(ends_at, JAPAN).date()
        today = self.now().astimezone(JAPAN).date()
        renewable_from = _months_earlier(ends_on, RENEWAL_MONTHS)
        return Lasting(
            device=device,
            ends_on=ends_on,
            days_left=(ends_on - today).days,
            renewable_from=renewable_from,
            renewable=today >= renewable_from,
            this=this,
        )


def _months_earlier(day: date, months: int) -> date:
    """The day of that number so many months before, or that month's last one."""
    first, after = months_before(day, months), months_before(day, months - 1)
    return min(first + timedelta(days=day.day - 1), after - timedelta(days=1))
