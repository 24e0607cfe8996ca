"""Refresh tokens: of each family one counts at a time, and all end together.

A family is all that came of one code, whose digest names it. Whoever ends a family ends it before its access
tokens: a refresh of the same moment holds the family's row, so its token is there to be revoked.
"""

from dataclasses import dataclass

from sqlalchemy import and_, bindparam, delete, func, select, true, update
from sqlalchemy.dialects.postgresql import insert

from idp.store import schema
from idp.store.engine import Transaction, values
from idp.store.pairs import LIVE

_f, _p, _g, _a, _s = schema.refresh_family, schema.pair, schema.grant, schema.acceptance, schema.session
_c, _l = schema.consent, schema.acting_login
_MINE = (_f.c.tenant_id == bindparam("tenant"), _f.c.code_digest == bindparam("digest"))
_ADD = insert(_f)
_HOLD_GRANT = (
    select(_g.c.client_id)
    .where(
        _g.c.tenant_id == bindparam("tenant"),
        _g.c.pair_id == bindparam("pair"),
        _g.c.client_id == bindparam("client"),
        _g.c.state == LIVE,
    )
    .with_for_update(key_share=True)
)
_CERTIFICATE = select(_s.c.sealed_certificate).where(
    _s.c.tenant_id == bindparam("tenant"), _s.c.session_digest == bindparam("digest")
)
_FIND = (
    select(
        _f.c.code_digest,
        _f.c.token_digest,
        _f.c.client_id,
        _f.c.pair_id,
        _f.c.transaction_id,
        _f.c.scope,
        _f.c.claims,
        _f.c.acr,
        _f.c.auth_time,
        _f.c.sid,
        _f.c.told,
        _f.c.sealed_certificate,
        _f.c.binding,
        _f.c.targets,
        _f.c.expires_at,
        and_(
            _f.c.ended.is_(False),
            _a.c.ended_at.is_(None),
            _p.c.state == LIVE,
            _g.c.state == LIVE,
            func.coalesce(_c.c.released != "", true()),
        ).label("alive"),
        _p.c.pair_index,
        _p.c.sealed_ppid,
        _a.c.evidence,
        _a.c.acr.label("earned"),
        _a.c.amr,
        _l.c.sealed_body.label("sealed_acting"),
    )
    .select_from(
        _f.join(_p, (_p.c.tenant_id == _f.c.tenant_id) & (_p.c.pair_id == _f.c.pair_id))
        .join(
            _g,
            (_g.c.tenant_id == _f.c.tenant_id)
            & (_g.c.pair_id == _f.c.pair_id)
            & (_g.c.client_id == _f.c.client_id),
        )
        .outerjoin(
            _c,
            (_c.c.tenant_id == _f.c.tenant_id)
            & (_c.c.pair_id == _f.c.pair_id)
            & (_c.c.client_id == _f.c.client_id),
        )
        .join(_a, (_a.c.tenant_id == _f.c.tenant_id) & (_a.c.transaction_id == _f.c.transaction_id))
        .outerjoin(_l, (_l.c.tenant_id == _f.c.tenant_id) & (_l.c.transaction_id == _f.c.transaction_id))
    )
    .where(*_MINE)
)
_ROTATE = (
    update(_f)
    .where(*_MINE, _f.c.token_digest == bindparam("shown"), _f.c.ended.is_(False))
    .values(token_digest=bindparam("next"))
)
_END = update(_f).where(*_MINE, _f.c.ended.is_(False)).values(ended=True)
_END_OF_CLIENT = (
    update(_f)
    .where(_f.c.tenant_id == bindparam("tenant"), _f.c.client_id == bindparam("client"), _f.c.ended.is_(False))
    .values(ended=True)
)
_END_OF_GRANT = _END_OF_CLIENT.where(_f.c.pair_id == bindparam("pair"))
_FORGET = delete(_f).where(_f.c.tenant_id == bindparam("tenant"), _f.c.expires_at <= bindparam("before"))


@dataclass(frozen=True, slots=True, kw_only=True)
class NewFamily:
    """A family about to be stored, with its first token. Digests are SHA-256; times in seconds since 1970.

    `claims` as in `tokens.NewAccessToken`. `acr`: what its ID tokens say. `told`: they tell of the certificate.
    `sealed_certificate`: whom to ask about (`idp/login/named_again.py`), None where nobody is. `binding`: to
    which key its tokens are bound (`idp/oidc/binding/binding.py`), empty for none. `targets`: at which resources
    the service may act (`idp/oidc/tokens/targets.py`).
    """

    code_digest: bytes
    token_digest: bytes
    client_id: str
    pair_id: bytes
    transaction_id: str
    scope: str
    claims: str
    acr: str
    auth_time: int | None
    sid: str
    told: bool
    sealed_certificate: bytes | None
    binding: str
    targets: str
    expires_at: int


@dataclass(frozen=True, slots=True)
class Family:
    """A stored family with what a refresh needs.

    `alive`: neither it nor its login, grant, consent or pair has ended. `evidence`, `earned` and `amr` are the
    login's. `sealed_acting`: as in `tokens.AccessTokenView`.
    """

    code_digest: bytes
    token_digest: bytes
    client_id: str
    pair_id: bytes
    transaction_id: str
    scope: str
    claims: str
    acr: str
    auth_time: int | None
    sid: str
    told: bool
    sealed_certificate: bytes | None
    binding: str
    targets: str
    expires_at: int
    alive: bool
    pair_index: bytes
    sealed_ppid: bytes
    evidence: str
    earned: str
    amr: str
    sealed_acting: bytes | None


def add(tx: Transaction, family: NewFamily) -> bool:
    """Store a family. False when the service has no grant on that pair any more: nothing was written."""
    asked = {"tenant": tx.tenant_id, "pair": family.pair_id, "client": family.client_id}
    if tx.connection.execute(_HOLD_GRANT, asked).first() is None:
        return False
    tx.connection.execute(_ADD, values(tx, family, ended=False))
    return True


def certificate_of(tx: Transaction, session_digest: bytes) -> bytes | None:
    """Of which certificate a session is, sealed; None where it does not say."""
    asked = {"tenant": tx.tenant_id, "digest": session_digest}
    found: bytes | None = tx.connection.execute(_CERTIFICATE, asked).scalar()
    return found


def find(tx: Transaction, code_digest: bytes) -> Family | None:
    """The family of that code at this tenant, alive or not."""
    row = tx.connection.execute(_FIND, {"tenant": tx.tenant_id, "digest": code_digest}).first()
    return Family(**row._mapping) if row else None


def rotate(tx: Transaction, code_digest: bytes, *, shown: bytes, next_one: bytes) -> bool:
    """Let the next token take the place of the one shown. False when that does not count (any more)."""
    asked = {"tenant": tx.tenant_id, "digest": code_digest, "shown": shown, "next": next_one}
    return tx.connection.execute(_ROTATE, asked).rowcount == 1


def end(tx: Transaction, code_digest: bytes) -> bool:
    """End a family, but for its access tokens. False when there is none, or it was ended before."""
    return tx.connection.execute(_END, {"tenant": tx.tenant_id, "digest": code_digest}).rowcount == 1


def end_of_grant(tx: Transaction, pair_id: bytes, client_id: str) -> None:
    """End all families of a service for one person, but for their access tokens."""
    tx.connection.execute(_END_OF_GRANT, {"tenant": tx.tenant_id, "pair": pair_id, "client": client_id})


def end_of_client(tx: Transaction, client_id: str) -> None:
    """End all families of a service, but for their access tokens."""
    tx.connection.execute(_END_OF_CLIENT, {"tenant": tx.tenant_id, "client": client_id})


def forget(tx: Transaction, *, before: int) -> int:
    """Delete families that were past their time at that moment; how many."""
    return tx.connection.execute(_FORGET, {"tenant": tx.tenant_id, "before": before}).rowcount
