"""What residents see of themselves, by the ids of their pairs: consents, lasting access, logins that are open."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import BindParameter, bindparam, select

from idp.store import schema
from idp.store.engine import Transaction
from idp.store.pairs import LIVE

_c, _g, _f, _t = schema.consent, schema.grant, schema.refresh_family, schema.session_client
_s, _a = schema.session, schema.acceptance
_HERE: BindParameter[str] = bindparam("tenant")
_PAIRS: BindParameter[list[bytes]] = bindparam("pairs", expanding=True)
_GRANTS = (
    select(_g.c.pair_id, _g.c.client_id, _g.c.created, _c.c.released, _c.c.created.label("agreed"))
    .select_from(
        _g.outerjoin(
            _c,
            (_c.c.tenant_id == _g.c.tenant_id)
            & (_c.c.pair_id == _g.c.pair_id)
            & (_c.c.client_id == _g.c.client_id),
        )
    )
    .where(_g.c.tenant_id == _HERE, _g.c.pair_id.in_(_PAIRS), _g.c.state == LIVE)
)
_LASTING = (
    select(_f.c.pair_id, _f.c.client_id, _f.c.expires_at)
    .select_from(_f.join(_a, (_a.c.tenant_id == _f.c.tenant_id) & (_a.c.transaction_id == _f.c.transaction_id)))
    .where(
        _f.c.tenant_id == _HERE,
        _f.c.pair_id.in_(_PAIRS),
        _f.c.ended.is_(False),
        _f.c.expires_at > bindparam("now"),
        _a.c.ended_at.is_(None),
    )
)
_PARTS = select(_t.c.transaction_id, _t.c.client_id).where(_t.c.tenant_id == _HERE, _t.c.pair_id.in_(_PAIRS))
_OPEN = (
    select(
        _s.c.transaction_id, _s.c.session_digest, _s.c.sector_id, _s.c.sealed_handle, _s.c.expires_at,
        _a.c.accepted_at, _a.c.acr, _a.c.amr,
    )
    .select_from(_s.join(_a, (_a.c.tenant_id == _s.c.tenant_id) & (_a.c.transaction_id == _s.c.transaction_id)))
    .where(
        _s.c.tenant_id == _HERE,
        _s.c.transaction_id.in_(bindparam("transactions", expanding=True)),
        _s.c.active.is_(True),
        _s.c.expires_at > bindparam("now"),
        _a.c.ended_at.is_(None),
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class GrantRow:
    """A service's live grant, with the consent on it: scope names, and the day it was given; None without one."""

    pair_id: bytes
    client_id: str
    created: date
    released: str | None
    agreed: date | None


@dataclass(frozen=True, slots=True)
class OpenLogin:
    """A session that is open. Times in seconds since 1970."""

    transaction_id: str
    session_digest: bytes
    sector_id: str
    sealed_handle: bytes
    expires_at: int
    accepted_at: int
    acr: str
    amr: str


def grants(tx: Transaction, pair_ids: Collection[bytes]) -> Sequence[GrantRow]:
    """The live grants on these pairs."""
    found = tx.connection.execute(_GRANTS, {"tenant": tx.tenant_id, "pairs": list(pair_ids)})
    return [GrantRow(*row) for row in found]


def lasting(tx: Transaction, pair_ids: Collection[bytes], *, now: int) -> dict[tuple[bytes, str], int]:
    """Until when services may come back while the resident is away, by pair and client."""
    asked = {"tenant": tx.tenant_id, "pairs": list(pair_ids), "now": now}
    until: dict[tuple[bytes, str], int] = {}
    for row in tx.connection.execute(_LASTING, asked):
        key = (row.pair_id, row.client_id)
        until[key] = max(until.get(key, 0), row.expires_at)
    return until


def parts(tx: Transaction, pair_ids: Collection[bytes]) -> dict[str, list[str]]:
    """Logins of the last weeks in which services took part by these pairs: transaction -> client ids."""
    found: dict[str, list[str]] = {}
    for row in tx.connection.execute(_PARTS, {"tenant": tx.tenant_id, "pairs": list(pair_ids)}):
        found.setdefault(row.transaction_id, []).append(row.client_id)
    return found


def open_among(tx: Transaction, transaction_ids: Collection[str], *, now: int) -> Sequence[OpenLogin]:
    """Those of the logins whose session is open."""
    asked = {"tenant": tx.tenant_id, "transactions": list(transaction_ids), "now": now}
    return [OpenLogin(*row) for row in tx.connection.execute(_OPEN, asked)]
