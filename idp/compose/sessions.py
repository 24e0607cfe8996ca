"""Sessions: how a login goes on at other services, and how it ends."""

from dataclasses import dataclass

from idp.compose import work
from idp.compose.agents import standing_of
from idp.compose.ground import Ground
from idp.login.pairwise import Pairs
from idp.login.records import Records
from idp.login.sessions import Sessions
from idp.login.single_sign_on import SingleSignOn
from idp.login.still_good import StillGood
from idp.oidc.authorization.stored import StoredRequests
from idp.oidc.clients.mistakes import Mistakes
from idp.oidc.logout.logout import Logout
from idp.revocation.check import RevocationCheck
from idp.signature_status.question import SignatureQuestion
from idp.web.web import PageWriter


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionParts:
    """The parts that look at sessions."""

    single_sign_on: SingleSignOn
    stored: StoredRequests
    logout: Logout
    sessions: Sessions
    still_good: StillGood
    mistakes: Mistakes


def session_parts(
    ground: Ground,
    records: Records,
    pages: PageWriter,
    *,
    revocation: RevocationCheck,
    signature: SignatureQuestion,
    pairs: Pairs,
) -> SessionParts:
    """All of them, over one store."""
    store, now, sign_out = ground.store, ground.now, work.sign_out_of(ground)
    sessions, stored = Sessions(store=store, now=now), StoredRequests(records)
    still_good = StillGood(
        store=store,
        revocation=revocation,
        signature=signature,
        sign_out=sign_out,
        auditor=ground.auditor,
        meters=ground.meters,
        now=now,
    )
    return SessionParts(
        single_sign_on=SingleSignOn(
            sessions=sessions, still_good=still_good, pairs=pairs, standing=standing_of(ground), now=now
        ),
        stored=stored,
        logout=Logout(store=store, sessions=sessions, sign_out=sign_out, stored=stored, pages=pages),
        sessions=sessions,
        still_good=still_good,
        mistakes=Mistakes(store=store, now=now),
    )
