"""Pairs of (sector, person), the grants of a sector's services on them, and what was consented to.

A pair's PPID is derived once, stored sealed, and never derived again (the PPID document, section Store).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Any

from sqlalchemy import Row, and_, bindparam, select
from sqlalchemy.dialects.postgresql import insert

from idp.store import schema
from idp.store.engine import Transaction, values
from idp.store.former_numbers import FormerRow

LIVE = "live"

_p, _g, _c, _n = schema.pair, schema.grant, schema.consent, schema.pair_generation
_f = schema.former_number
_FIND = (
    select(
        _p.c.pair_id,
        _p.c.sealed_ppid,
        _g.c.client_id,
        _c.c.released,
        _c.c.purpose_digest,
        _c.c.marks,
        _c.c.declined,
        _c.c.terms,
        _f.c.former_index,
        _f.c.sealed_record.label("sealed_former"),
    )
    .select_from(
        _p.outerjoin(
            _g,
            and_(
                _g.c.tenant_id == _p.c.tenant_id,
                _g.c.pair_id == _p.c.pair_id,
                _g.c.client_id == bindparam("client"),
                _g.c.state == LIVE,
            ),
        )
        .outerjoin(
            _c,
            and_(
                _c.c.tenant_id == _g.c.tenant_id,
                _c.c.pair_id == _g.c.pair_id,
                _c.c.client_id == _g.c.client_id,
            ),
        )
        .outerjoin(_f, and_(_f.c.tenant_id == _g.c.tenant_id, _f.c.former_index == bindparam("former")))
    )
    .where(_p.c.tenant_id == bindparam("tenant"), _p.c.pair_index == bindparam("index"), _p.c.state == LIVE)
)
_NEXT_GENERATION = select(_n.c.generation).where(
    _n.c.tenant_id == bindparam("tenant"), _n.c.pair_index == bindparam("index")
)
_ADD_PAIR = insert(_p).on_conflict_do_nothing()
_ADD_GRANT = insert(_g).on_conflict_do_nothing()
_PUT_GRANT = insert(_g)
_PUT_GRANT = _PUT_GRANT.on_conflict_do_update(
    index_elements=[_g.c.tenant_id, _g.c.pair_id, _g.c.client_id],
    set_={"state": _PUT_GRANT.excluded.state, "created": _PUT_GRANT.excluded.created},
    where=_g.c.state != LIVE,
)
_PUT_CONSENT = insert(_c)
_PUT_CONSENT = _PUT_CONSENT.on_conflict_do_update(
    index_elements=[_c.c.tenant_id, _c.c.pair_id, _c.c.client_id],
    set_={
        "released": _PUT_CONSENT.excluded.released,
        "purpose_digest": _PUT_CONSENT.excluded.purpose_digest,
        "created": _PUT_CONSENT.excluded.created,
        "marks": _PUT_CONSENT.excluded.marks,
        "declined": _PUT_CONSENT.excluded.declined,
        "terms": _PUT_CONSENT.excluded.terms,
    },
)


@dataclass(frozen=True, slots=True)
class Consent:
    """What the resident agreed to release (space-separated names of scopes and items), for which stated purpose.

    `declined`: items to which they said no, in the same form. `marks`: of each item that was shown, a keyed digest
    of its value; `terms`: one of what the service stated about it then.
    """

    released: str
    purpose_digest: bytes
    marks: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    declined: str = ""
    terms: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def is_withdrawn(self) -> bool:
        """Whether the resident took all of it back."""
        return not self.released


@dataclass(frozen=True, slots=True)
class PairView:
    """A live pair as one client sees it; `consent` is None without a live grant of that client.

    `former`: by which number it knew the person before a merge.
    """

    pair_id: bytes
    sealed_ppid: bytes
    granted: bool
    consent: Consent | None
    former: FormerRow | None = None


@dataclass(frozen=True, slots=True)
class PairRow:
    """A stored pair, live or not, as those see it who move it.

    `sealed_handle`: of the person for whom the number was derived; `sealed_origin`: of a number that another
    tenant or a split gave; `sealed_proof`: which certificate proved the login that made it.
    """

    pair_id: bytes
    sector_id: str
    pair_index: bytes
    generation: int
    sealed_ppid: bytes
    sealed_handle: bytes
    key_version: int
    state: str
    created: date
    sealed_origin: bytes | None
    sealed_proof: bytes | None


COLUMNS = tuple(_p.c[name] for name in PairRow.__slots__)
"""What a `PairRow` is read from, in its order."""


@dataclass(frozen=True, slots=True)
class NewPair:
    """A pair about to be stored. `pair_id` 16 random bytes; `ppid_digest` SHA-256 of the PPID's ASCII."""

    pair_id: bytes
    sector_id: str
    pair_index: bytes
    generation: int
    ppid_digest: bytes
    sealed_ppid: bytes
    sealed_handle: bytes
    key_version: int
    sealed_proof: bytes | None = None


def find(tx: Transaction, pair_index: bytes, client_id: str, former_index: bytes) -> PairView | None:
    """Pair, grant, consent and former number in one join, by the keyed index of (sector, handle)."""
    asked = {"tenant": tx.tenant_id, "index": pair_index, "client": client_id, "former": former_index}
    row = tx.run(_FIND, asked).first()
    if row is None:
        return None
    consent = None if row.released is None else consent_of(row)
    former = FormerRow(row.former_index, row.sealed_former) if row.former_index is not None else None
    return PairView(row.pair_id, row.sealed_ppid, row.client_id is not None, consent, former)


def consent_of(row: Row[*tuple[Any, ...]]) -> Consent:
    """The consent in a row that has its columns."""
    return Consent(row.released, row.purpose_digest, _digests(row.marks), row.declined, _digests(row.terms))


def _digests(stored: str) -> Mapping[str, str]:
    """Of each item; most services ask for none, and an empty object needs no parser."""
    digests: dict[str, str] = {} if stored == "{}" else json.loads(stored)
    return digests


def next_generation(tx: Transaction, pair_index: bytes) -> int:
    """0 where no pair ever ended, else one more than the greatest generation that did.

    A live pair does not count: it may have been stored by another login of this person since `find` found none,
    and the new pair must then meet it in `add` instead of standing beside it.
    """
    found = tx.connection.execute(_NEXT_GENERATION, {"tenant": tx.tenant_id, "index": pair_index}).scalar()
    return int(found or 0)


def add(tx: Transaction, pair: NewPair, *, created: date) -> bool:
    """Insert if absent. False when the person has a live pair there already, or the number was ever issued."""
    return tx.connection.execute(_ADD_PAIR, values(tx, pair, state=LIVE, created=created)).rowcount == 1


def grant(tx: Transaction, pair_id: bytes, client_id: str, *, created: date) -> None:
    """Store the client's grant on the pair if absent; one that ended stays ended."""
    key = {"tenant_id": tx.tenant_id, "pair_id": pair_id, "client_id": client_id, "created": created}
    tx.connection.execute(_ADD_GRANT, {**key, "state": LIVE})


def allow(tx: Transaction, pair_id: bytes, client_id: str, consent: Consent, *, created: date) -> None:
    """Store the client's grant on the pair, one that had ended too, and the consent, replacing an earlier one."""
    key = {"tenant_id": tx.tenant_id, "pair_id": pair_id, "client_id": client_id, "created": created}
    tx.connection.execute(_PUT_GRANT, {**key, "state": LIVE})
    put_consent(tx, pair_id, client_id, consent, created=created)


def put_consent(tx: Transaction, pair_id: bytes, client_id: str, consent: Consent, *, created: date) -> None:
    """Store the consent alone, replacing an earlier one."""
    row = {
        "tenant_id": tx.tenant_id,
        "pair_id": pair_id,
        "client_id": client_id,
        "created": created,
        "released": consent.released,
        "purpose_digest": consent.purpose_digest,
        "marks": json.dumps(dict(consent.marks)),
        "declined": consent.declined,
        "terms": json.dumps(dict(consent.terms)),
    }
    tx.connection.execute(_PUT_CONSENT, row)
