"""Authorization codes that were spent, and the access tokens that they gave, at once or by refresh tokens."""

from dataclasses import dataclass

from msgspec import Struct
from sqlalchemy import bindparam, case, delete, exists, false, func, null, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from idp.store import refresh_families, schema
from idp.store.engine import Transaction, WriteConflict, values
from idp.store.pair_life import ENDED

_r, _t, _p, _a = schema.code_redemption, schema.access_token, schema.pair, schema.acceptance
_g, _c, _l = schema.grant, schema.consent, schema.acting_login
_SPEND = insert(_r)
_SPEND_OR_LEAVE = _SPEND.on_conflict_do_nothing()
_SPENT = select(_r.c.expires_at, _r.c.spent_ms).where(
    _r.c.tenant_id == bindparam("tenant"), _r.c.code_digest == bindparam("digest")
)
_ADD = insert(_t)
_STOPPED = exists().where(
    _g.c.tenant_id == bindparam("tenant"),
    _g.c.pair_id == bindparam("pair"),
    _g.c.client_id == bindparam("client"),
    _g.c.state == ENDED,
)
_ADD_OF_CODE = insert(_t).values(revoked=case((_STOPPED, null()), else_=false()))
_REVOKE = (
    update(_t)
    .where(
        _t.c.tenant_id == bindparam("tenant"),
        _t.c.code_digest == bindparam("digest"),
        _t.c.revoked.is_(False),
    )
    .values(revoked=True)
)
_REVOKE_ONE = (
    update(_t)
    .where(
        _t.c.tenant_id == bindparam("tenant"),
        _t.c.token_digest == bindparam("digest"),
        _t.c.client_id == bindparam("client"),
        _t.c.revoked.is_(False),
    )
    .values(revoked=True)
)
_FIND = (
    select(
        _t.c.client_id,
        _t.c.pair_id,
        _t.c.transaction_id,
        _t.c.code_digest,
        _t.c.scope,
        _t.c.claims,
        _t.c.binding,
        _t.c.resource,
        _t.c.expires_at,
        or_(_t.c.revoked, _a.c.ended_at.is_not(None), func.coalesce(_g.c.state == ENDED, false())).label(
            "revoked"
        ),
        _p.c.pair_index,
        _p.c.sealed_ppid,
        _a.c.evidence,
        (_a.c.client_id == _t.c.client_id).label("own_login"),
        _a.c.accepted_at,
        _a.c.amr,
        _c.c.released.label("consented"),
        _l.c.sealed_body.label("sealed_acting"),
    )
    .select_from(
        _t.join(_p, (_p.c.tenant_id == _t.c.tenant_id) & (_p.c.pair_id == _t.c.pair_id))
        .join(_a, (_a.c.tenant_id == _t.c.tenant_id) & (_a.c.transaction_id == _t.c.transaction_id))
        .outerjoin(
            _g,
            (_g.c.tenant_id == _t.c.tenant_id)
            & (_g.c.pair_id == _t.c.pair_id)
            & (_g.c.client_id == _t.c.client_id),
        )
        .outerjoin(
            _c,
            (_c.c.tenant_id == _t.c.tenant_id)
            & (_c.c.pair_id == _t.c.pair_id)
            & (_c.c.client_id == _t.c.client_id),
        )
        .outerjoin(_l, (_l.c.tenant_id == _t.c.tenant_id) & (_l.c.transaction_id == _t.c.transaction_id))
    )
    .where(_t.c.tenant_id == bindparam("tenant"), _t.c.token_digest == bindparam("digest"))
)
_REVOKE_OF_CLIENT = (
    update(_t)
    .where(
        _t.c.tenant_id == bindparam("tenant"),
        _t.c.client_id == bindparam("client"),
        _t.c.revoked.is_(False),
    )
    .values(revoked=True)
)
_FORGET = tuple(
    delete(table).where(table.c.tenant_id == bindparam("tenant"), table.c.expires_at <= bindparam("before"))
    for table in (_r, _t)
)


class CodeSpent(WriteConflict):
    """The code was spent before; nothing was written."""


class ServiceStopped(WriteConflict):
    """The resident has stopped the service since their login; nothing was written."""


class SpentCode(Struct, frozen=True, kw_only=True):
    """A code's tombstone. `spent_ms`: in which millisecond of the second it was spent."""

    code_digest: bytes
    expires_at: int
    spent_ms: int = 0


class NewAccessToken(Struct, frozen=True, kw_only=True):
    """An access token about to be stored; digests are SHA-256 of its and its code's ASCII.

    `claims`: what UserInfo is asked for beside the scope, JSON, empty for nothing. `binding`: to which key it is
    bound (`idp/oidc/binding/binding.py`), empty for none. `resource`: for which it is signed, empty for UserInfo.
    """

    token_digest: bytes
    client_id: str
    pair_id: bytes
    transaction_id: str
    code_digest: bytes
    scope: str
    claims: str
    binding: str
    resource: str
    expires_at: int


@dataclass(frozen=True, slots=True)
class AccessTokenView:
    """A stored token with what UserInfo needs: the pair's index and sealed PPID, and the login's evidence JSON.

    `revoked`: by itself, or because its login was ended. `own_login`: that was made at this very client, not at
    another one from which it went on. `accepted_at` in seconds since 1970; `amr` space-separated. `consented`:
    to what the resident agrees now (`pairs.Consent.released`), None where the token's pair has no consent.
    `sealed_acting`: of a login in which somebody acts for the person (`idp/agents/acting.py`), None of their own.
    """

    client_id: str
    pair_id: bytes
    transaction_id: str
    code_digest: bytes
    scope: str
    claims: str
    binding: str
    resource: str
    expires_at: int
    revoked: bool
    pair_index: bytes
    sealed_ppid: bytes
    evidence: str
    own_login: bool
    accepted_at: int
    amr: str
    consented: str | None
    sealed_acting: bytes | None

    @property
    def is_withdrawn(self) -> bool:
        """Whether the resident took back the consent by which the token was given."""
        return self.consented == ""


def spend_code(tx: Transaction, spent: SpentCode) -> None:
    """Spend a code: one insert, which is also the tombstone. Nobody waits for the answer.

    Raises CodeSpent, by the end of `tx` at the latest, when it was spent before.
    """
    tx.run(_SPEND, values(tx, spent), unless=CodeSpent)


def burn_code(tx: Transaction, spent: SpentCode) -> bool:
    """Spend a code that gives nothing. False when it was spent before."""
    return tx.run(_SPEND_OR_LEAVE, values(tx, spent)).rowcount == 1


def spent_code(tx: Transaction, code_digest: bytes) -> SpentCode:
    """The tombstone of a code that was spent."""
    found = tx.connection.execute(_SPENT, {"tenant": tx.tenant_id, "digest": code_digest}).one()
    return SpentCode(code_digest=code_digest, expires_at=found.expires_at, spent_ms=found.spent_ms)


def add(tx: Transaction, token: NewAccessToken) -> None:
    """Store an access token."""
    tx.run(_ADD, values(tx, token, revoked=False))


def add_of_code(tx: Transaction, token: NewAccessToken) -> None:
    """Store the access token that a code gives. Nobody waits for the answer.

    Raises ServiceStopped, by the end of `tx` at the latest, when the grant of its pair has ended.
    """
    grant = {"tenant": tx.tenant_id, "pair": token.pair_id, "client": token.client_id}
    tx.run(_ADD_OF_CODE, values(tx, token, **grant), unless=ServiceStopped)


def revoke_tokens_of_code(tx: Transaction, code_digest: bytes) -> bool:
    """Revoke all tokens that a code gave, refresh tokens first (RFC 6749 section 4.1.2). False: none was live."""
    ended = refresh_families.end(tx, code_digest)
    revoked = tx.connection.execute(_REVOKE, {"tenant": tx.tenant_id, "digest": code_digest}).rowcount
    return ended or revoked > 0


def revoke(tx: Transaction, token_digest: bytes, client_id: str) -> bool:
    """Revoke one access token of that client. False when it has none, or it was revoked before."""
    asked = {"tenant": tx.tenant_id, "digest": token_digest, "client": client_id}
    return tx.connection.execute(_REVOKE_ONE, asked).rowcount == 1


def revoke_of_client(tx: Transaction, client_id: str) -> None:
    """Revoke all access tokens of a service."""
    tx.connection.execute(_REVOKE_OF_CLIENT, {"tenant": tx.tenant_id, "client": client_id})


def find(tx: Transaction, token_digest: bytes) -> AccessTokenView | None:
    """The token of that digest at this tenant, live or not."""
    row = tx.connection.execute(_FIND, {"tenant": tx.tenant_id, "digest": token_digest}).first()
    return AccessTokenView(*row) if row else None


def forget(tx: Transaction, *, before: int) -> int:
    """Delete spent codes and access tokens that were past their time at that moment; how many rows."""
    gone = [tx.connection.execute(statement, {"tenant": tx.tenant_id, "before": before}) for statement in _FORGET]
    return sum(found.rowcount for found in gone)
