"""Sign-ins, remembered for the person alone: they read them on their own pages (`idp/my`), nobody else does.

A row hangs on the pair of one service, so that nothing joins two services' users; in clear stands the month, and
everything else is sealed, in bodies of one length. How long is the tenant's to say; 0 months is not at all.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime

import msgspec
from msgspec import Struct

from idp.japan import JAPAN, day_in_japan
from idp.keys.sealing import Place, TenantKeys
from idp.store import sign_ins as rows
from idp.store.engine import Store, Transaction
from idp.tenants.tenancy import Tenant

_BODY_BYTES = 512
_ENTRY_BYTES = 16
MONTHS_IN_A_YEAR = 12


class SignIn(Struct, frozen=True, kw_only=True):
    """One sign-in. `at`: seconds since 1970; `login`: the transaction of the proof; `acr`, `amr` of the login.

    `continued`: without a new proof. `browser`: as `browser_names` says. `handed`: names of the attributes that
    the service could fetch from then on, separated by spaces. `by_agent`: somebody acted for the person.
    """

    at: int
    login: str
    acr: str
    amr: str
    continued: bool = False
    browser: str = ""
    handed: str = ""
    by_agent: bool = False

    @property
    def moment(self) -> datetime:
        """When it was, in Japan."""
        return datetime.fromtimestamp(self.at, JAPAN)


_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(SignIn)


@dataclass(frozen=True, slots=True)
class Visit:
    """A sign-in with where it was. `client_id` and `pair_id` are empty for the resident's own pages."""

    sign_in: SignIn
    client_id: str = ""
    pair_id: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIns:
    """Writing and reading them, inside the transaction of whoever signs in or asks."""

    now: Callable[[], datetime]
    token_bytes: Callable[[int], bytes]

    def keep(self, tx: Transaction, tenant: Tenant, client_id: str, pair_id: bytes, made: SignIn) -> None:
        """Remember a sign-in at a service; nothing is written where the tenant keeps none."""
        if not tenant.settings.sign_in_months:
            return
        entry_id = self.token_bytes(_ENTRY_BYTES)
        sealed = tenant.keys.seal(_place(entry_id, client_id), _body(made))
        rows.add(tx, rows.SignInRow(entry_id, pair_id, client_id, _month(made.moment.date()), sealed))

    def keep_own(self, tx: Transaction, tenant: Tenant, handle: bytes, made: SignIn) -> None:
        """Remember a sign-in to somebody's own pages, which show it whatever the tenant keeps of services."""
        entry_id, mark = self.token_bytes(_ENTRY_BYTES), tenant.keys.own_pages_mark(handle)
        sealed = tenant.keys.seal(_own_place(entry_id), _body(made))
        rows.add_own(tx, rows.OwnSignInRow(entry_id, mark, _month(made.moment.date()), sealed))

    def of(self, tx: Transaction, tenant: Tenant, pair_ids: Collection[bytes], handle: bytes) -> list[Visit]:
        """A person's sign-ins: at the services of these pairs, and to their own pages; the latest first."""
        keys = tenant.keys
        found = [
            Visit(_read(keys, _place(row.entry_id, row.client_id), row.sealed_body), row.client_id, row.pair_id)
            for row in (rows.of_pairs(tx, pair_ids) if pair_ids else ())
        ]
        mine = rows.own(tx, keys.own_pages_mark(handle))
        found += [Visit(_read(keys, _own_place(row.entry_id), row.sealed_body)) for row in mine]
        return sorted(found, key=lambda visit: (-visit.sign_in.at, visit.client_id))


def forget(store: Store, tenants: Iterable[Tenant], now: datetime) -> None:
    """Delete what is older than each tenant keeps it; where it keeps none, sign-ins to own pages stay a year."""
    for tenant in tenants:
        kept = tenant.settings.sign_in_months or MONTHS_IN_A_YEAR
        with store.for_tenant(tenant.tenant_id).write() as tx:
            rows.forget(tx, before=months_before(day_in_japan(now), kept))


def months_before(day: date, months: int) -> date:
    """The first day of the month that was so many months before that day's."""
    count = day.year * MONTHS_IN_A_YEAR + day.month - 1 - months
    return date(count // MONTHS_IN_A_YEAR, count % MONTHS_IN_A_YEAR + 1, 1)


def _month(day: date) -> date:
    return day.replace(day=1)


def _body(made: SignIn) -> bytes:
    """JSON, filled with blanks: the length tells nothing."""
    return _ENCODER.encode(made).ljust(_BODY_BYTES)


def _read(keys: TenantKeys, place: Place, sealed: bytes) -> SignIn:
    return _DECODER.decode(keys.open(place, sealed))


def _place(entry_id: bytes, client_id: str) -> Place:
    return Place("sign_in", entry_id + client_id.encode(), "body")


def _own_place(entry_id: bytes) -> Place:
    return Place("own_sign_in", entry_id, "body")
