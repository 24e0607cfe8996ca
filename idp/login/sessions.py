"""Sessions of a browser: what its cookie holds, and which of them may be continued without a new proof.

A session reaches one sector, so a browser holds one for each sector where somebody signed in; the cookie lists
their ids, the newest first:

    {session id}.{session id}...        at most `MOST`

An id is made anew at every proof and says nothing to anybody without the database. Whoever signed in last owns the
browser: a session of somebody else in it is not continued any more, only signed out of.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from idp.keys.sealing import Place, TenantKeys, digest
from idp.login.named_again import SealedName, session_place
from idp.store import sessions as rows
from idp.store.engine import Store
from idp.tenants.tenancy import Tenant

COOKIE = "sess"
SESSION_SECONDS = 8 * 60 * 60
IDLE_SECONDS = 15 * 60
MOST = 8
_LONGEST_ID = 64


@dataclass(frozen=True, slots=True)
class Proof:
    """A proof that was accepted, as far as it can be asked again whether its certificate is good.

    `evidence`: what was found last, JSON. `certificate` is None where nobody can be asked.
    """

    transaction_id: str
    evidence: str
    certificate: SealedName | None


@dataclass(frozen=True, slots=True)
class Held:
    """A session that a browser holds, with the proof that founded it. Times in seconds since 1970.

    `secret`: the session id, empty where no browser showed it; `digest`: by which the session is stored.
    `idle_until`: until when it is continued without a new proof, 0 for never. `certificate`: sealed, see
    `named_again.py`.
    """

    secret: str = field(repr=False)
    digest: bytes = field(repr=False)
    transaction_id: str
    sector_id: str
    handle: bytes = field(repr=False)
    certificate: bytes | None = field(repr=False)
    alive: bool
    idle_until: int
    acr: str
    amr: str
    evidence: str
    accepted_at: int

    @property
    def proof(self) -> Proof:
        """The proof that founded it."""
        name = None if self.certificate is None else SealedName(session_place(self.digest), self.certificate)
        return Proof(self.transaction_id, self.evidence, name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sessions:
    """The sessions of all browsers, over the store."""

    store: Store
    now: Callable[[], datetime]

    def of(self, tenant: Tenant, cookie: str) -> tuple[Held, ...]:
        """What the cookie's ids stand for at this tenant, the newest first; one read, none without ids."""
        secrets = ids(cookie)
        if not secrets:
            return ()
        with self.store.for_tenant(tenant.tenant_id).read() as tx:
            found = {row.session_digest: row for row in rows.among(tx, [digest(secret) for secret in secrets])}
        moment = int(self.now().timestamp())
        return tuple(
            _held(tenant.keys, secret, row, moment) for secret in secrets if (row := found.get(digest(secret)))
        )

    def of_login(self, tenant: Tenant, transaction_id: str) -> Held | None:
        """The session that a login founded, without its id; None where there is none."""
        with self.store.for_tenant(tenant.tenant_id).read() as tx:
            row = rows.of_login(tx, transaction_id)
        return None if row is None else _held(tenant.keys, "", row, int(self.now().timestamp()))


def handle_place(session_digest: bytes) -> Place:
    """Where a session's reference to its person is sealed."""
    return Place("session", session_digest, "handle")


def continued(held: Sequence[Held], sector_id: str | None, *, now: int) -> Held | None:
    """The session that may stand for a new proof in a sector (None: in any), as far as it depends on the browser.

    The newest of the sector or none: when that one is over, for a shared computer, or of another person than
    signed in last, no older one takes its place. Nor does one of another sector, once its person has said at a
    later login that others use this computer too.
    """
    reaching = [session for session in held if sector_id in (None, session.sector_id)]
    if not reaching or reaching[0].handle != held[0].handle:
        return None
    if held[0].alive and not held[0].idle_until:
        return None
    return reaching[0] if reaching[0].alive and now < reaching[0].idle_until else None


def ids(cookie: str) -> tuple[str, ...]:
    """The session ids of a cookie; what cannot be one is passed over."""
    if not cookie:
        return ()
    parts = cookie[: MOST * (_LONGEST_ID + 1)].split(".") if cookie.isascii() else []
    return tuple(dict.fromkeys(part for part in parts if 0 < len(part) <= _LONGEST_ID))[:MOST]


def holds(cookie: str, secret: str) -> bool:
    """Whether a browser with this cookie holds that session."""
    return digest(secret) in map(digest, ids(cookie))


def with_new(cookie: str, secret: str) -> str:
    """The cookie's next value after a proof."""
    return ".".join((secret, *(other for other in ids(cookie) if other != secret))[:MOST])


def without(cookie: str, ended: Collection[bytes]) -> str:
    """The cookie's next value after the sessions of these digests are over; empty when none is left."""
    return ".".join(other for other in ids(cookie) if digest(other) not in ended)


def _held(keys: TenantKeys, secret: str, row: rows.SessionRow, moment: int) -> Held:
    return Held(
        secret=secret,
        digest=row.session_digest,
        transaction_id=row.transaction_id,
        sector_id=row.sector_id,
        handle=keys.open(handle_place(row.session_digest), row.sealed_handle),
        certificate=row.sealed_certificate,
        alive=row.active and row.ended_at is None and moment < row.expires_at,
        idle_until=row.idle_until,
        acr=row.acr,
        amr=row.amr,
        evidence=row.evidence,
        accepted_at=row.accepted_at,
    )
