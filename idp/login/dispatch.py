"""What comes after the browser returned: the question, consent, or the end. The one place that decides.

Steps do not call steps: each leaves its outcome in the transaction, and this reads it. The end belongs to the
one who started the login, and is reached through `Finish`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from msgspec import Struct

from idp.agents.acting import Acting
from idp.errors import Reason
from idp.login import consent
from idp.login.acceptance import open_sealed, prover
from idp.login.application import SignedApplication
from idp.login.consent import Question
from idp.login.demand import UNMET
from idp.login.ending import Ending
from idp.login.pairwise import Pair, Pairs
from idp.login.previous import Previous
from idp.login.prover import Prover
from idp.login.states import Channel, State
from idp.login.transaction import Accepted, Attempt, Request, Transaction
from idp.organizations.claim import Organization
from idp.sources.record import Read
from idp.tenants.tenancy import Client, Tenant


class SignedIn(Struct, frozen=True):
    """A finished login, as the starter of the login receives it. `ppid` is all it learns of the person.

    `transaction_id`: of the proof; `amr` space-separated; `accepted_at` in seconds since 1970; `evidence` JSON.
    `previous`: of a changed number; `subjects`: by which numbers the service may have named the person.
    `handed`: names of the items that were let go to the starter.
    `goes_on`: the browser may go on to other services without a new proof. `continued`: it did just that.
    `combined`: two proofs by one person stand behind it. `application`: what they signed in it, None for nothing.
    `organization`: for whom they signed in, None of residents.
    `acting`: by what the one who signed in acts for that person, None for oneself; `agent_ppid`: their own number
    at the service then.
    """

    transaction_id: str
    request: Request
    pair_id: bytes
    ppid: str
    acr: str
    amr: str
    accepted_at: int
    evidence: str
    session_digest: bytes
    goes_on: bool
    previous: Previous | None = None
    subjects: frozenset[str] = frozenset()
    continued: bool = False
    combined: bool = False
    handed: tuple[str, ...] = ()
    application: SignedApplication | None = None
    organization: Organization | None = None
    acting: Acting | None = None
    agent_ppid: str = ""

    def __repr__(self) -> str:
        """Which login's it is, and nothing of its person."""
        return f"SignedIn(transaction_id={self.transaction_id!r})"


@dataclass(frozen=True, slots=True)
class Denied:
    """A login that its resident ended: `error` is what the starter tells the service."""

    request: Request
    error: str = "access_denied"


Outcome = SignedIn | Denied
Finish = Callable[[Tenant, Client, Outcome], Ending]
"""Turns an outcome into the way to the service that the browser takes."""


@dataclass(frozen=True, slots=True)
class AskConsent:
    """The resident must be asked; `asked` is what for."""

    asked: Question


class Signs(StrEnum):
    """What a resident signs in a login before anything else is asked; the values are the last part of its page."""

    BASIC_4 = "signature"
    """That they agree to what the signature certificate says of them."""
    APPLICATION = "application"

    def path(self, attempt: Attempt) -> str:
        """Where the login goes on after it, below the issuer."""
        return f"/login/{attempt.transaction.transaction_id}/{self}"


WITHOUT_SIGNATURE = "without"
"""Of a login whose resident did not sign; otherwise `Transaction.signature` is the id of the signature's own."""
SIGNED_EARLIER = "earlier"
"""Of a login that needs none, as J-LIS tells what is asked for by an earlier one."""
SELF = "self"
"""What `Transaction.for_whom` keeps of who signs in for themselves; otherwise by what they act, sealed."""
BY_THEMSELVES = (Channel.SAME_DEVICE, Channel.CROSS_DEVICE, Channel.CLIENT_CERTIFICATE)
"""Where a resident is at a device of their own: at a counter the terminal vouches."""
_SIGN_NOTHING = (Channel.COUNTER, Channel.ORGANIZATION)
"""Where nobody signs an application in a login: at a counter, and where no resident signs in."""


def acting_in(tenant: Tenant, transaction: Transaction) -> Acting | None:
    """By what the one who signs in acts for another; None for themselves, and while they were not asked."""
    if transaction.for_whom in ("", SELF):
        return None
    return Acting.from_text(open_sealed(tenant, transaction, "for_whom", transaction.for_whom))


def subject_of(tenant: Tenant, transaction: Transaction) -> bytes:
    """The handle of the person whom the service will know: of whoever signs in, or of whom they act for."""
    acting = acting_in(tenant, transaction)
    return handle_of(tenant, transaction) if acting is None else acting.principal


def awaited(transaction: Transaction) -> Signs | None:
    """What is to be signed next: neither signed yet nor gone on without. None for nothing.

    An agent signs nothing: their certificate would speak of themselves.
    """
    if transaction.for_whom not in ("", SELF):
        return None
    request, proved_by = transaction.request, transaction.proved_by
    asked = request.attributes
    if (asked.by_signature or asked.by_latest) and proved_by in BY_THEMSELVES and not transaction.signature:
        return Signs.BASIC_4
    if request.application and proved_by not in _SIGN_NOTHING and not transaction.application_signed:
        return Signs.APPLICATION
    return None


def as_seen(transaction: Transaction) -> dict[str, str]:
    """What must not have changed since a page was shown, when the answer to it is written down.

    For whom they go on is part of it: another window may choose at this very moment, and what somebody signs must
    never count for another.
    """
    return {"state": State.CONSENTING, "form": transaction.form, "for_whom": transaction.for_whom}


def signatures_of(transaction: Transaction) -> list[str]:
    """The ids of the transactions in which the resident signed for this login."""
    kept = (transaction.signature, transaction.application_signed.partition(" ")[0])
    return [signed for signed in kept if signed not in ("", WITHOUT_SIGNATURE, SIGNED_EARLIER)]


def application_signed(transaction_id: str, signed_at: int) -> str:
    """What `Transaction.application_signed` keeps of a signature: its own transaction, and when it was."""
    return f"{transaction_id} {signed_at}"


def application_of(transaction: Transaction) -> SignedApplication | None:
    """The application that the resident signed in this login."""
    asked, (_, _, signed_at) = transaction.request.application, transaction.application_signed.partition(" ")
    return SignedApplication(asked.digest, asked.alg, int(signed_at)) if asked and signed_at else None


def next_step(
    attempt: Attempt, pairs: Pairs, handle: bytes, *, browser_seen: Callable[[], bool]
) -> Pair | AskConsent | Signs:
    """The pair if its consent covers the request already; otherwise what to sign first, or the question to ask.

    `handle`: of the person whose proof was accepted. A login finished by a code is asked in any case, unless
    `browser_seen` says that this browser knows them; an agent is asked each time.
    """
    if (signs := awaited(attempt.transaction)) is not None:
        return signs
    tenant, client, transaction = attempt.tenant, attempt.client, attempt.transaction
    if acting_in(tenant, transaction) is not None:
        return AskConsent(asked_in(attempt))
    asked = _question(attempt, handle)
    if transaction.request.ask or (accepted(transaction).by_code and not browser_seen()):
        return AskConsent(asked)
    pair = pairs.find(tenant, client, handle)
    if pair is not None and consent.is_given(pair, asked):
        return pair
    return AskConsent(asked)


def asked_in(attempt: Attempt) -> Question:
    """What the resident of an accepted proof is to consent to."""
    return _question(attempt, subject_of(attempt.tenant, attempt.transaction))


def _question(attempt: Attempt, subject: bytes) -> Question:
    """The same of the person with this handle."""
    tenant, transaction = attempt.tenant, attempt.transaction
    read = attributes_of(tenant, transaction)
    return consent.asked_of(tenant, attempt.client, transaction.request.scopes, subject, read)


def attributes_of(tenant: Tenant, transaction: Transaction) -> Read | None:
    """What the accepted proof brought from the card, None where it brought nothing, or from an agent's card."""
    sealed = accepted(transaction).sealed_attributes
    if not sealed or acting_in(tenant, transaction) is not None:
        return None
    return Read.from_json(open_sealed(tenant, transaction, "attributes", sealed))


def is_asked(transaction: Transaction) -> bool:
    """Whether an accepted proof is nobody's yet: its resident must be asked whose it is."""
    return accepted(transaction).asked


def prover_of(tenant: Tenant, transaction: Transaction) -> Prover:
    """Whose accepted proof it is. Raises LookupError while that must be asked.

    What is sealed decides, not the record beside it: nobody's proof may become a person whom all would share.
    """
    whose = prover(tenant, transaction)
    if is_asked(transaction) or not whose.handle:
        raise LookupError("nobody knows yet whose proof it is")
    return whose


def handle_of(tenant: Tenant, transaction: Transaction) -> bytes:
    """The handle of the person whose proof was accepted. Raises as `prover_of`."""
    return prover_of(tenant, transaction).handle


def organization_of(tenant: Tenant, transaction: Transaction) -> Organization | None:
    """For which organization an accepted proof signs in, None for a resident's."""
    sealed = accepted(transaction).sealed_organization
    return Organization.from_json(open_sealed(tenant, transaction, "organization", sealed)) if sealed else None


def proof_of(tenant: Tenant, transaction: Transaction) -> bytes:
    """The index of the certificate that proved the login, empty where it is not known."""
    return prover(tenant, transaction).cert_index


def session_of(tenant: Tenant, transaction: Transaction) -> str:
    """The session id that the accepted proof founded: a secret for the resident's browser alone."""
    return prover(tenant, transaction).session


def signed_in(
    attempt: Attempt,
    pair: Pair,
    session_digest: bytes,
    *,
    handed: tuple[str, ...],
    goes_on: bool,
    agent_ppid: str = "",
) -> SignedIn:
    """The outcome of a finished login. `agent_ppid`: the agent's number at the service, where one acts."""
    transaction, proof = attempt.transaction, accepted(attempt.transaction)
    return SignedIn(
        transaction_id=proof.continues or transaction.transaction_id,
        request=transaction.request,
        pair_id=pair.pair_id,
        ppid=pair.ppid,
        acr=proof.acr,
        amr=proof.amr,
        accepted_at=proof.accepted_at,
        evidence=proof.evidence,
        session_digest=session_digest,
        previous=pair.previous,
        subjects=pair.subjects,
        goes_on=goes_on,
        continued=bool(proof.continues),
        combined=transaction.first is not None,
        application=application_of(transaction),
        organization=organization_of(attempt.tenant, transaction),
        acting=acting_in(attempt.tenant, transaction),
        agent_ppid=agent_ppid,
        handed=handed,
    )


def left(transaction: Transaction) -> Denied:
    """The outcome of a login that its resident gave up; it says so when the level was out of their reach."""
    too_low = transaction.refusal is Reason.LEVEL_INSUFFICIENT
    return Denied(transaction.request, UNMET) if too_low else Denied(transaction.request)


def accepted(transaction: Transaction) -> Accepted:
    """What the accepted proof left. Raises LookupError before there is one."""
    if transaction.accepted is None:
        raise LookupError("no proof was accepted in this transaction")
    return transaction.accepted
