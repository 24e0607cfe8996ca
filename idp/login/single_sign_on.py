"""Single sign-on: whether a login that this browser holds may stand for a new proof, and what is asked instead.

One sector alone, unless the municipality opted for more. Never by a request's word: the level, the kind of
certificate, the age of the proof and the evidence about the certificate must all be what the service demands.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from idp.agents.registry import Standing
from idp.keys.sealing import SealBroken
from idp.login import consent, demand, levels, named_again, sessions
from idp.login.demand import Demand
from idp.login.dispatch import SignedIn
from idp.login.pairwise import Pair, Pairs
from idp.login.sessions import Held, Sessions
from idp.login.still_good import StillGood
from idp.login.transaction import Request
from idp.signature_status.status import SCOPE
from idp.tenants.tenancy import Client, Tenant


class Why(StrEnum):
    """Why the card must be read although the browser is signed in; the values are kept in transactions."""

    ASKED = "asked"
    """The service wants it at every login of this kind, or sooner than the last was."""
    LEVEL = "level"
    """This service needs a surer way than the one used."""
    KIND = "kind"
    """It takes another kind of certificate."""
    DETAILS = "details"
    """What it is to receive stands on the card alone: nothing of it is kept."""
    ACT = demand.ACT
    """On their own pages, for what nobody else may do in their name."""
    FOR_WHOM = "for_whom"
    """They may act for somebody at this service, or it asks for somebody who does."""
    EVIDENCE = "evidence"
    """Nobody could tell whether the certificate is still good."""


class Terms(Struct, frozen=True):
    """What the request says of a proof that was made before.

    `again`: a new one in any case. `max_age`: its greatest age in seconds. `subjects`: the numbers of which the
    login must have one, None for any. `ask`: the resident is asked for consent even where it was given. `silent`:
    no page may be shown.
    """

    again: bool = False
    max_age: int | None = None
    subjects: Collection[str] | None = None
    ask: bool = False
    silent: bool = False


class NewProof(Struct, frozen=True):
    """The card must be read. `why` is None where nobody is signed in."""

    why: Why | None


@dataclass(frozen=True, slots=True)
class Question:
    """The proof stands; the resident must be asked for consent."""

    held: Held


Met = SignedIn | Question | NewProof


@dataclass(frozen=True, slots=True, kw_only=True)
class SingleSignOn:
    """The decision, over the sessions of a browser."""

    sessions: Sessions
    still_good: StillGood
    pairs: Pairs
    standing: Standing
    now: Callable[[], datetime]

    def meet(self, tenant: Tenant, client: Client, request: Request, terms: Terms, cookie: str) -> Met:
        """What the browser with this cookie meets at a service. Reads nothing when it holds no session."""
        session = self._session(tenant, client, cookie)
        if session is None:
            return NewProof(None)
        required = demand.of(tenant, client, request.wish)
        why = insufficient(tenant, required, session, terms, now=int(self.now().timestamp()))
        why = why or (Why.DETAILS if request.attributes else Why.ASKED if request.application else None)
        why = why or self._for_whom(tenant, client, request, terms, session)
        if why is not None:
            return NewProof(why)
        with_signature = SCOPE in request.scopes
        evidence = self.still_good.evidence(
            tenant, client, session.proof, required.revocation, with_signature=with_signature
        )
        if evidence is None:
            return NewProof(Why.EVIDENCE)
        pair = self.pairs.find(tenant, client, session.handle)
        if terms.subjects is not None and (pair is None or not pair.subjects & set(terms.subjects)):
            return NewProof(None)
        if terms.ask or not consent.is_given(
            pair, consent.asked_of(tenant, client, request.scopes, session.handle, None)
        ):
            return Question(replace(session, evidence=evidence))
        assert pair is not None  # noqa: S101 - consent that is given belongs to a pair
        return _signed_in(request, session, pair, evidence)

    def _session(self, tenant: Tenant, client: Client, cookie: str) -> Held | None:
        """The session that this browser goes on with at this service, None where it holds none that reaches it."""
        held = self.sessions.of(tenant, cookie)
        if not held:
            return None
        reach = None if tenant.settings.single_sign_on_everywhere else client.sector_id
        return sessions.continued(held, reach, now=int(self.now().timestamp()))

    def _for_whom(
        self, tenant: Tenant, client: Client, request: Request, terms: Terms, session: Held
    ) -> Why | None:
        """Nobody is taken for an agent, nor for themselves, who may be either and can be asked."""
        if request.by_agent:
            return Why.FOR_WHOM
        if terms.silent or not client.agent_kinds:
            return None
        found = self.standing.usable(tenant, client, session.handle, request.wish.procedure)
        return Why.FOR_WHOM if found else None


def insufficient(tenant: Tenant, required: Demand, session: Held, terms: Terms, *, now: int) -> Why | None:
    """Why this session's proof is not enough for this request, or None. Revocation is asked for elsewhere."""
    if terms.again or (terms.max_age is not None and now - session.accepted_at >= terms.max_age):
        return Why.ASKED
    by_password = session.amr == "pwd"
    too_weak = required.combined or not levels.reaches(session.acr, required.minimum_acr)
    if too_weak or (by_password and not required.offers_password):
        return Why.LEVEL
    name = session.proof.certificate
    if name is None:
        return Why.EVIDENCE
    try:
        named = named_again.opened(tenant, name)
    except SealBroken:
        return Why.EVIDENCE
    by_passkey = not by_password and not named_again.signed_in(named)
    if by_passkey and not required.offers_passkey:
        return Why.LEVEL
    return None if named_again.device(named) in required.certificate_types else Why.KIND


def _signed_in(request: Request, session: Held, pair: Pair, evidence: str) -> SignedIn:
    return SignedIn(
        transaction_id=session.transaction_id,
        request=request,
        pair_id=pair.pair_id,
        ppid=pair.ppid,
        acr=session.acr,
        amr=session.amr,
        accepted_at=session.accepted_at,
        evidence=evidence,
        session_digest=session.digest,
        goes_on=True,
        previous=pair.previous,
        subjects=pair.subjects,
        continued=True,
    )
