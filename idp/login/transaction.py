"""The login transaction: one browser's way through a login, as a snapshot of its short-lived record.

Card login protocol, section 1. How the record is read stands in `stored`, what changes it in `transactions`,
`handles` and `codes`.
"""

import hmac
from dataclasses import dataclass
from functools import cached_property

import msgspec
from msgspec import Struct, structs

from idp.errors import Reason
from idp.keys.sealing import digest
from idp.login import demand
from idp.login.application import Application
from idp.login.attributes import NOTHING, Asked
from idp.login.demand import NO_WISH, Demand, Wish
from idp.login.signing import Signing
from idp.login.states import Channel, Shown, State
from idp.tenants.tenancy import Client, Tenant

TRANSACTION_SECONDS = 15 * 60
EXTENSION_SECONDS = 15 * 60
RETURN_SECONDS = 60


class Request(Struct, frozen=True):
    """What started the login. `body` is the starter's own record, opaque here, never changed.

    `scopes`: what the resident is asked for, if `ask` even where it was given before; `attributes`: what is to be
    read from the card; `application`: what is to be signed, by its digest. `by_agent`: only somebody who acts for
    another shall sign in.
    """

    client_id: str
    scopes: tuple[str, ...]
    body: str
    wish: Wish = NO_WISH
    attributes: Asked = NOTHING
    ask: bool = False
    application: Application | None = None
    by_agent: bool = False


class Accepted(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """What an accepted proof left in its transaction, for the steps after it.

    `acr` is what the login earned so far, `acr_by_code` what it will have earned when the code finishes it (empty:
    no code was given), and `by_code` whether it has. What is sealed is base64: `sealed_prover` whose the proof is
    (`prover.py`), `sealed_attributes` what was read, empty where nothing was. `return_digest`: hexadecimal, empty
    across devices. `asked`: the resident must be asked who they are; `sealed_certificate` is what the answer is
    about then, `sealed_brought` the number that they bring from another tenant (`idp/continuity/newcomers.py`).
    `sealed_signed`: the statement that was signed with its proof, empty in a login.
    `continues`: the transaction whose proof stands for one of this transaction's own (single sign-on), empty for
    an own one.
    """

    acr: str
    acr_by_code: str
    amr: str
    evidence: str
    accepted_at: int
    sealed_prover: str
    return_digest: str
    return_ends: int
    by_code: bool = False
    asked: bool = False
    sealed_certificate: str = ""
    sealed_attributes: str = ""
    sealed_brought: str = ""
    continues: str = ""
    sealed_signed: str = ""
    sealed_organization: str = ""

    def to_json(self) -> str:
        """As it is stored."""
        return _ENCODER.encode(self).decode()

    @staticmethod
    def from_json(text: str) -> "Accepted | None":
        """Undo `to_json`; None for what another version of this program has stored."""
        try:
            return _DECODER.decode(text)
        except msgspec.ValidationError:
            return None


_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(Accepted)


class Handle(Struct, frozen=True):
    """One way into a transaction: the last part of LINK, and what belongs to it alone.

    `nonce`: the outstanding one, base64url, or empty. `claim_digest`: hexadecimal, empty while nobody has claimed
    it; a button handle is never claimed. `terminal`: the counter terminal to which the last nonce was given, empty
    for an ordinary one.
    """

    channel: Channel
    value: str
    ends: int
    agent_transaction: str
    nonce: str
    claim_digest: str
    terminal: str

    @property
    def nonce_channel(self) -> Channel:
        """The channel of a proof over the last nonce."""
        return Channel.COUNTER if self.terminal else self.channel

    def link(self, tenant: Tenant) -> str:
        """LINK."""
        return tenant.url(f"/card/{self.value}")

    def opens_to(self, claim: str | None) -> bool:
        """Whether a request may use this handle: across devices only with the claim."""
        if self.channel is Channel.SAME_DEVICE:
            return True
        shown = digest(claim).hex() if claim else ""
        return bool(self.claim_digest) and hmac.compare_digest(shown, self.claim_digest)


@dataclass(frozen=True, slots=True)
class Code:
    """The six digits that an accepted proof waits for: their keyed digest, when they end, wrong tries so far."""

    mac: str
    ends: int
    tries: int
    prolonged: bool


@dataclass(frozen=True, slots=True)
class First:
    """The first of two proofs (`combined.py`). `amr` space-separated; `sealed_handle`: base64, whose it was."""

    amr: str
    sealed_handle: str


class Transaction(Struct, frozen=True):
    """A snapshot of one transaction. Times in seconds since 1970. `qr` is None where no code would be taken.

    `denied`: it is finished, and the service does not learn who it was.
    `beside`: the transaction for whose question (`question.py`) this one collects a proof, empty for a login.
    `step_up`: why the card is read although the browser is signed in (`single_sign_on.Why`), empty where it is
    not.
    `shared`: the resident says that others use this computer too.
    `first`: the first of two proofs, None where none was made or one is enough. `passkey`: the outstanding
    challenge to a passkey, base64url, or empty.
    `signing`: what is to be signed here instead of a login, None for a login.
    `signature`: what came of the signature that this login asked for, empty while nothing has;
    `application_signed`: the same of the one on an application.
    `for_whom`: for whom somebody signs in who may act for others (`for_whom.py`), empty while they were not asked.
    """

    transaction_id: str
    request: Request
    state: State
    ends: int
    extended: bool
    button: Handle
    qr: Handle | None
    proved_by: Channel | None
    refusal: Reason | None
    refused_at: int
    days_past: int | None
    form: str
    code: Code | None
    accepted: Accepted | None
    step_up: str
    shared: bool
    denied: bool = False
    beside: str = ""
    first: First | None = None
    passkey: str = ""
    signing: Signing | None = None
    signature: str = ""
    application_signed: str = ""
    for_whom: str = ""

    def url(self, tenant: Tenant) -> str:
        """Where its first page is, the card page of most; those that follow are below it."""
        return tenant.url(f"/login/{self.transaction_id}")

    @property
    def is_login(self) -> bool:
        """Whether it signs somebody in, and does not collect a proof or a signature for another page."""
        return not self.beside and self.signing is None

    @property
    def at_counter(self) -> bool:
        """Whether a counter terminal has taken this login, or has proved it."""
        return self.proved_by is Channel.COUNTER or bool(self.button.terminal)

    def holding(self, handle: str) -> Handle | None:
        """The handle of that value, if it is one of the two that count now."""
        if self.button.value == handle:
            return self.button
        return self.qr if self.qr is not None and self.qr.value == handle else None

    def shown(self, moment: int) -> Shown:
        """What the waiting page is told at `moment`; never the digits."""
        if self.state in (State.WAITING, State.PROVING):
            if self.refusal is not None and self.state is State.WAITING:
                return Shown.REFUSED
            return Shown.SCANNED if self.qr and self.qr.claim_digest and self.qr.ends > moment else Shown.WAITING
        if self.state is State.ACCEPTED:
            return self._shown_accepted(moment)
        return _SHOWN[self.state]

    def _shown_accepted(self, moment: int) -> Shown:
        crossed = self.proved_by is Channel.CROSS_DEVICE
        returnable = not crossed and self.accepted is not None and self.accepted.return_ends >= moment
        if not returnable and not self.awaits_code(moment):
            return Shown.EXPIRED
        return Shown.CODE if crossed else Shown.ACCEPTED

    def awaits_code(self, moment: int) -> bool:
        """Whether six digits typed now would still be looked at."""
        return self.state is State.ACCEPTED and self.code is not None and self.code.ends > moment


_SHOWN = {
    State.CONSENTING: Shown.ACCEPTED,
    State.FINISHED: Shown.ACCEPTED,
    State.DECLINED: Shown.DECLINED,
    State.EXPIRED: Shown.EXPIRED,
}


class Attempt(Struct, frozen=True, dict=True):
    """A live transaction with the tenant and the client to whom it belongs.

    `dict`: where `cached_property` keeps what it has found.
    """

    tenant: Tenant
    client: Client
    transaction: Transaction

    @cached_property
    def demand(self) -> Demand:
        """What this login must reach, by the client's registration as it was when the attempt was loaded."""
        required = demand.of(self.tenant, self.client, self.transaction.request.wish)
        by_certificate = self.transaction.step_up == demand.ACT or self.transaction.request.by_agent
        return structs.replace(required, by_certificate=True) if by_certificate else required
