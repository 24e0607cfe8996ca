"""What happens to pairs after they were made: grants end, pairs end, move to another person and back."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.dialects.postgresql import insert

from idp.store import schema
from idp.store.engine import Transaction
from idp.store.pairs import COLUMNS, LIVE, PairRow

ENDED = "ended"
"""A grant that its resident stopped; a pair whose last grant ended."""
MERGED = "merged"
"""A pair that another pair of its sector has replaced, and the grants on it."""

_p, _g, _c, _n, _t = schema.pair, schema.grant, schema.consent, schema.pair_generation, schema.access_token
_r, _a, _f = schema.released_attribute, schema.acceptance, schema.refresh_family
_LIVE_AT = select(*COLUMNS).where(
    _p.c.tenant_id == bindparam("tenant"),
    _p.c.pair_index.in_(bindparam("indexes", expanding=True)),
    _p.c.state == LIVE,
)
_ONE = select(*COLUMNS).where(_p.c.tenant_id == bindparam("tenant"), _p.c.pair_id == bindparam("pair"))
_BY_DIGEST = select(*COLUMNS).where(_p.c.tenant_id == bindparam("tenant"), _p.c.ppid_digest == bindparam("digest"))
_PUT = (
    update(_p)
    .where(_p.c.tenant_id == bindparam("tenant"), _p.c.pair_id == bindparam("pair"))
    .values(pair_index=bindparam("index"), state=bindparam("to"))
)
_GRANTS = (
    select(_g.c.client_id, _g.c.state, _g.c.created)
    .where(_g.c.tenant_id == bindparam("tenant"), _g.c.pair_id == bindparam("pair"))
    .order_by(_g.c.created, _g.c.client_id)
)
_OF_GRANT = (
    _g.c.tenant_id == bindparam("tenant"),
    _g.c.pair_id == bindparam("pair"),
    _g.c.client_id == bindparam("client"),
)
_SET_GRANT = update(_g).where(*_OF_GRANT, _g.c.state == bindparam("old")).values(state=bindparam("new"))
_ADD_GRANT = insert(_g).on_conflict_do_nothing()
_CONSENT = select(_c.c.released, _c.c.purpose_digest, _c.c.created, _c.c.marks, _c.c.declined, _c.c.terms).where(
    _c.c.tenant_id == bindparam("tenant"), _c.c.pair_id == bindparam("pair"), _c.c.client_id == bindparam("client")
)
_LOGINS = (
    select(_t.c.transaction_id)
    .join(_a, (_a.c.tenant_id == _t.c.tenant_id) & (_a.c.transaction_id == _t.c.transaction_id))
    .where(
        _t.c.tenant_id == bindparam("tenant"),
        _t.c.pair_id == bindparam("pair"),
        _a.c.client_id == _t.c.client_id,  # a login that only went on to this service released nothing here
    )
)
_ADD_CONSENT = insert(_c).on_conflict_do_nothing()
_FORGET = delete(_c).where(
    _c.c.tenant_id == bindparam("tenant"), _c.c.pair_id == bindparam("pair"), _c.c.client_id == bindparam("client")
)
_COUNT_UP = insert(_n)
_COUNT_UP = _COUNT_UP.on_conflict_do_update(
    index_elements=[_n.c.tenant_id, _n.c.pair_index],
    set_={"generation": _COUNT_UP.excluded.generation},
    where=_n.c.generation < _COUNT_UP.excluded.generation,
)
_REVOKE = (
    update(_t).where(_t.c.tenant_id == bindparam("tenant"), _t.c.pair_id == bindparam("pair")).values(revoked=True)
)

_END_FAMILIES = (
    update(_f).where(_f.c.tenant_id == bindparam("tenant"), _f.c.pair_id == bindparam("pair")).values(ended=True)
)


@dataclass(frozen=True, slots=True)
class GrantRow:
    """One service's grant on a pair."""

    client_id: str
    state: str
    created: date


def live_at(tx: Transaction, indexes: Iterable[bytes]) -> dict[bytes, PairRow]:
    """The live pairs of these indexes, by index."""
    rows = tx.connection.execute(_LIVE_AT, {"tenant": tx.tenant_id, "indexes": list(indexes)})
    return {row.pair_index: PairRow(*row) for row in rows}


def one(tx: Transaction, pair_id: bytes) -> PairRow | None:
    """A pair, live or not."""
    row = tx.connection.execute(_ONE, {"tenant": tx.tenant_id, "pair": pair_id}).first()
    return PairRow(*row) if row else None


def by_digest(tx: Transaction, ppid_digest: bytes) -> PairRow | None:
    """The pair, live or not, whose number has that SHA-256."""
    row = tx.connection.execute(_BY_DIGEST, {"tenant": tx.tenant_id, "digest": ppid_digest}).first()
    return PairRow(*row) if row else None


def put(tx: Transaction, pair_id: bytes, *, index: bytes, state: str) -> None:
    """Let a pair be found elsewhere, in another state."""
    tx.connection.execute(_PUT, {"tenant": tx.tenant_id, "pair": pair_id, "index": index, "to": state})


def grants(tx: Transaction, pair_id: bytes) -> list[GrantRow]:
    """The live grants on a pair, the oldest first."""
    rows = tx.connection.execute(_GRANTS, {"tenant": tx.tenant_id, "pair": pair_id})
    return [GrantRow(*row) for row in rows if row.state == LIVE]


def change_grant(tx: Transaction, pair_id: bytes, client_id: str, old: str, new: str) -> bool:
    """Take a grant from one state to another. False when it was not in the first."""
    key = {"tenant": tx.tenant_id, "pair": pair_id, "client": client_id}
    return tx.connection.execute(_SET_GRANT, {**key, "old": old, "new": new}).rowcount == 1


def copy_grant(tx: Transaction, source: bytes, target: bytes, client_id: str, *, created: date) -> bool:
    """Let a service hold on `target` the grant and consent that it holds on `source`. False if it does already."""
    key = {"tenant_id": tx.tenant_id, "pair_id": target, "client_id": client_id}
    added = tx.connection.execute(_ADD_GRANT, {**key, "state": LIVE, "created": created}).rowcount == 1
    if not added and not change_grant(tx, target, client_id, ENDED, LIVE):
        return False
    asked = {"tenant": tx.tenant_id, "pair": source, "client": client_id}
    consent = tx.connection.execute(_CONSENT, asked).mappings().first()
    if consent is not None:
        tx.connection.execute(_ADD_CONSENT, {**key, **consent})
    return True


def forget_consent(tx: Transaction, pair_id: bytes, client_id: str) -> None:
    """Consent to nothing any more."""
    tx.connection.execute(_FORGET, {"tenant": tx.tenant_id, "pair": pair_id, "client": client_id})


def count_generation(tx: Transaction, pair_index: bytes, generation: int) -> None:
    """Remember that the next pair there is of that generation at least."""
    key = {"tenant_id": tx.tenant_id, "pair_index": pair_index}
    tx.connection.execute(_COUNT_UP, {**key, "generation": generation})


def count_generations(tx: Transaction, next_ones: Iterable[tuple[bytes, int]]) -> None:
    """The same for many: each index with the generation of its next pair."""
    rows = [{"tenant_id": tx.tenant_id, "pair_index": index, "generation": number} for index, number in next_ones]
    if rows:
        tx.connection.execute(_COUNT_UP, rows)


def revoke_tokens(tx: Transaction, pair_id: bytes, *, client_id: str | None = None) -> None:
    """Revoke all tokens for a pair, of one service or of all, and forget what they may tell.

    Refresh tokens first (`refresh_families.py`). Walks over the tenant's access tokens: for rare cases.
    """
    parameters = {"tenant": tx.tenant_id, "pair": pair_id} | ({"client": client_id} if client_id else {})
    logins, query, families = _LOGINS, _REVOKE, _END_FAMILIES
    if client_id is not None:
        of_client = _t.c.client_id == bindparam("client")
        logins, query = logins.where(of_client), query.where(of_client)
        families = families.where(_f.c.client_id == bindparam("client"))
    tx.connection.execute(families, parameters)
    forget = delete(_r).where(_r.c.tenant_id == bindparam("tenant"), _r.c.transaction_id.in_(logins))
    tx.connection.execute(forget, parameters)
    tx.connection.execute(query, parameters)
