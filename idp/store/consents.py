"""Consents as those see them who look after them later: what each service may receive, and taking it back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import bindparam, delete, select

from idp.store import schema
from idp.store.engine import Transaction
from idp.store.pairs import LIVE, Consent, consent_of

_c, _g, _r, _a, _t = (
    schema.consent,
    schema.grant,
    schema.released_attribute,
    schema.acceptance,
    schema.access_token,
)
_OF_PAIR = (
    select(_c.c.client_id, _c.c.created, _c.c.released, _c.c.purpose_digest, _c.c.marks, _c.c.declined, _c.c.terms)
    .select_from(
        _c.join(
            _g,
            (_g.c.tenant_id == _c.c.tenant_id)
            & (_g.c.pair_id == _c.c.pair_id)
            & (_g.c.client_id == _c.c.client_id),
        )
    )
    .where(_c.c.tenant_id == bindparam("tenant"), _c.c.pair_id == bindparam("pair"), _g.c.state == LIVE)
    .order_by(_c.c.client_id)
)
_NAMES = select(_c.c.released).where(
    _c.c.tenant_id == bindparam("tenant"), _c.c.pair_id == bindparam("pair"), _c.c.client_id == bindparam("client")
)
_OWN_LOGINS = (
    select(_a.c.transaction_id)
    .select_from(
        _a.join(_r, (_r.c.tenant_id == _a.c.tenant_id) & (_r.c.transaction_id == _a.c.transaction_id)).outerjoin(
            _t, (_t.c.tenant_id == _a.c.tenant_id) & (_t.c.transaction_id == _a.c.transaction_id)
        )
    )
    .where(
        _a.c.tenant_id == bindparam("tenant"),
        _a.c.client_id == bindparam("client"),
        (_r.c.pair_id == bindparam("pair")) | (_t.c.pair_id == bindparam("pair")),
    )
)
"""Logins at the very service, by the pair of what they released, or of a token (rows that name no pair)."""
_FORGET = delete(_r).where(_r.c.tenant_id == bindparam("tenant"), _r.c.transaction_id.in_(_OWN_LOGINS))
_FORGET_SOME = _FORGET.where(_r.c.name.in_(bindparam("names", expanding=True)))


@dataclass(frozen=True, slots=True)
class ConsentRow:
    """A service's consent on a live grant, and on which day it was given last."""

    client_id: str
    created: date
    consent: Consent


def of_pair(tx: Transaction, pair_id: bytes) -> list[ConsentRow]:
    """The consents on a pair, by service."""
    rows = tx.connection.execute(_OF_PAIR, {"tenant": tx.tenant_id, "pair": pair_id})
    return [ConsentRow(row.client_id, row.created, consent_of(row)) for row in rows]


def names(tx: Transaction, pair_id: bytes, client_id: str) -> list[str] | None:
    """To which scopes and items a service has consent now, none where all was withdrawn; None without a
    consent.
    """
    asked = {"tenant": tx.tenant_id, "pair": pair_id, "client": client_id}
    released = tx.connection.execute(_NAMES, asked).scalar()
    return None if released is None else released.split()


def forget_released(tx: Transaction, pair_id: bytes, client_id: str, names: Sequence[str] | None = None) -> None:
    """Delete what logins at that service released of these items, of all where none are named."""
    asked = {"tenant": tx.tenant_id, "pair": pair_id, "client": client_id}
    if names is None:
        tx.connection.execute(_FORGET, asked)
    else:
        tx.connection.execute(_FORGET_SOME, {**asked, "names": list(names)})
