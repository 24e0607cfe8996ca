"""The login transaction: one browser's way through a login, kept in short-lived state.

Card login protocol, section 1. What a transaction may do next is decided here; each step is one atomic change.
Nothing in it is lost with harm: a resident starts again.
"""

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from idp import base64url
from idp.errors import Reason, Refusal
from idp.sealing import digest
from idp.store.shortlived import Change, Changed, Fields, ShortLived
from idp.tenancy import Client, Tenant

TRANSACTION_SECONDS = 15 * 60
BUTTON_SECONDS = 5 * 60
RETURN_SECONDS = 60
NONCES_PER_HANDLE = 5
_HANDLE_BYTES = 16
_NONCE_BYTES = 32
_SECRET_BYTES = 32


class State(StrEnum):
    """How far a transaction has come."""

    WAITING = "waiting"
    PROVING = "proving"
    """A proof is being judged: whatever else arrives is too late or too early."""
    ACCEPTED = "accepted"
    """A proof was accepted; the browser has not come back yet."""
    CONSENTING = "consenting"
    """The browser came back and the resident is being asked."""
    FINISHED = "finished"
    DECLINED = "declined"


_SPENT = {
    State.PROVING: Reason.ALREADY_USED,
    State.ACCEPTED: Reason.ALREADY_USED,
    State.CONSENTING: Reason.ALREADY_USED,
    State.FINISHED: Reason.ALREADY_USED,
    State.DECLINED: Reason.DECLINED,
}


@dataclass(frozen=True, slots=True)
class Request:
    """What started the login. `body` is the starter's own record, opaque here, never changed."""

    client_id: str
    scopes: tuple[str, ...]
    body: str


@dataclass(frozen=True, slots=True)
class Accepted:
    """What an accepted proof left in its transaction, for the steps after it.

    `sealed_handle` and `sealed_session` are base64; `return_digest` hexadecimal.
    """

    acr: str
    amr: str
    evidence: str
    accepted_at: int
    sealed_handle: str
    sealed_session: str
    return_digest: str
    return_ends: int


@dataclass(frozen=True, slots=True)
class Transaction:
    """A snapshot of one transaction. Times in seconds since 1970."""

    transaction_id: str
    request: Request
    state: State
    ends: int
    handle: str
    handle_ends: int
    agent_transaction: str
    nonce: str
    refusal: Reason | None
    form: str
    accepted: Accepted | None

    def link(self, tenant: Tenant) -> str:
        """LINK of the button handle."""
        return tenant.url(f"/card/{self.handle}")


@dataclass(frozen=True, slots=True)
class Attempt:
    """A live transaction with the tenant and the client to whom it belongs."""

    tenant: Tenant
    client: Client
    transaction: Transaction


@dataclass(frozen=True, slots=True)
class CameBack:
    """What a visit to the return link met.

    `transaction` only when it completed; `state` as it was before, None for an unknown transaction.
    """

    transaction: Transaction | None
    state: State | None
    same_browser: bool


class Transactions:
    """All transactions of a process, over short-lived state."""

    def __init__(
        self, state: ShortLived, now: Callable[[], datetime], token_bytes: Callable[[int], bytes]
    ) -> None:
        self._state = state
        self._now = now
        self._token_bytes = token_bytes

    def start(self, tenant: Tenant, request: Request) -> tuple[str, str]:
        """Begin a transaction: (its id, the secret for the browser's cookie)."""
        transaction_id, cookie = self._token(_HANDLE_BYTES), self._token(_SECRET_BYTES)
        fields = {
            "id": transaction_id,
            "client": request.client_id,
            "scope": " ".join(request.scopes),
            "request": request.body,
            "state": State.WAITING,
            "ends": str(self._moment() + TRANSACTION_SECONDS),
            "cookie": digest(cookie).hex(),
            **self._new_handle(),
        }
        key = _key(tenant, transaction_id)
        self._state.create(key, fields, seconds=TRANSACTION_SECONDS, aliases=[_alias(tenant, fields["handle"])])
        return transaction_id, cookie

    def load(self, tenant: Tenant, transaction_id: str, cookie: str) -> Transaction | None:
        """The transaction of the browser that holds its cookie, or None."""
        fields = self._state.read(_key(tenant, transaction_id))
        return _parse(fields) if fields and fields["cookie"] == digest(cookie).hex() else None

    def open_card_page(self, tenant: Tenant, transaction_id: str, cookie: str) -> Transaction | None:
        """Load for the card page: the button handle's five minutes begin anew, and a dead one is replaced."""
        key = _key(tenant, transaction_id)
        guard = {"cookie": digest(cookie).hex(), "state": State.WAITING}
        ends = {"handle_ends": str(self._moment() + BUTTON_SECONDS)}
        changed = self._state.change(key, Change(expect=guard, put=ends))
        if changed is None or changed.before["cookie"] != guard["cookie"]:
            return None
        if not changed.applied:
            return _parse(changed.before)
        if int(changed.before["handle_ends"]) > self._moment():
            return _parse(changed.before | ends)
        fresh = self._new_handle()
        replacing = guard | {"handle": changed.before["handle"]}
        replaced = self._state.change(key, Change(expect=replacing, put={**fresh, "nonce": "", "nonces": ""}))
        if replaced is None or not replaced.applied:  # another tab replaced it at the same moment
            return _parse(replaced.before) if replaced else None
        seconds = max(1, int(changed.before["ends"]) - self._moment())
        self._state.alias(key, _alias(tenant, fresh["handle"]), seconds=seconds)
        return _parse(changed.before | fresh)

    def at_handle(self, tenant: Tenant, handle: str) -> Transaction:
        """The live transaction behind a handle (section 3, step 1).

        Raises Refusal: NOT_FOUND, EXPIRED, ALREADY_USED, DECLINED.
        """
        return self._require_live(self._state.read(_alias(tenant, handle)), handle)

    def issue_nonce(self, tenant: Tenant, handle: str) -> Transaction:
        """The live transaction with its outstanding nonce, a new one if the last was taken (section 2).

        Raises Refusal as `at_handle` does, and RATE_LIMITED for a sixth nonce.
        """
        nonce = self._token(_NONCE_BYTES)
        step = Change(
            expect={"state": State.WAITING, "handle": handle, "nonce": ""},
            put={"nonce": nonce},
            count={"nonces": NONCES_PER_HANDLE},
        )
        changed = self._state.change(_alias(tenant, handle), step)
        live = self._require_live(changed.before if changed else None, handle)
        if changed is not None and changed.applied:
            return self._require_live(changed.before | {"nonce": nonce}, handle)
        if not live.nonce:
            raise Refusal(Reason.RATE_LIMITED, "five nonces were given to this handle")
        return live

    def take_nonce(self, tenant: Tenant, transaction: Transaction) -> bytes:
        """Take the outstanding nonce, once (section 3, step 3): 32 bytes. The state is PROVING from then on.

        Raises Refusal with ALREADY_USED when none is outstanding.
        """
        expect = {"state": State.WAITING, "handle": transaction.handle, "nonce": transaction.nonce}
        put = {"nonce": "", "state": State.PROVING}
        changed = self._change(tenant, transaction, Change(expect, put))
        if not transaction.nonce or changed is None or not changed.applied:
            raise Refusal(Reason.ALREADY_USED, "no nonce is outstanding")
        return base64.urlsafe_b64decode(transaction.nonce + "=")

    def refuse(self, tenant: Tenant, transaction: Transaction, reason: Reason | None) -> None:
        """Wait for another proof, and remember why the last one was refused, for the waiting page.

        `reason` None: it was not judged, because something of ours failed.
        """
        put = {"state": State.WAITING, "refusal": reason or ""}
        self._change(tenant, transaction, Change({"state": State.PROVING}, put))

    def accept(self, tenant: Tenant, transaction: Transaction, accepted: Accepted) -> bool:
        """Record an accepted proof. False when the transaction is over meanwhile."""
        put = {
            "state": State.ACCEPTED,
            "refusal": "",
            "return": accepted.return_digest,
            "accepted": json.dumps({name: getattr(accepted, name) for name in Accepted.__slots__}),
        }
        changed = self._change(tenant, transaction, Change({"state": State.PROVING}, put))
        return changed is not None and changed.applied

    def decline(self, tenant: Tenant, handle: str) -> Transaction:
        """The resident declined on the authenticator. Raises Refusal as `at_handle` does."""
        step = Change({"state": State.WAITING, "handle": handle}, {"state": State.DECLINED})
        changed = self._state.change(_alias(tenant, handle), step)
        return self._require_live(changed.before if changed else None, handle)

    def come_back(self, tenant: Tenant, transaction_id: str, cookie: str, secret: str) -> CameBack:
        """Spend the return secret, only in the browser that holds the cookie (section 4).

        The state is CONSENTING from then on; `finish` ends it.
        """
        expect = {
            "state": State.ACCEPTED,
            "cookie": digest(cookie).hex(),
            "return": digest(secret).hex(),
        }
        put = {"state": State.CONSENTING, "return": "", "form": self._token(_HANDLE_BYTES)}
        changed = self._state.change(_key(tenant, transaction_id), Change(expect, put))
        if changed is None:
            return CameBack(None, None, same_browser=False)
        same_browser = changed.before["cookie"] == expect["cookie"]
        state = State(changed.before["state"])
        after = _parse(changed.before | put) if changed.applied else None
        return CameBack(after, state, same_browser=same_browser)

    def consenting(self, tenant: Tenant, transaction_id: str) -> Transaction | None:
        """The transaction if its resident is being asked for consent, else None."""
        fields = self._state.read(_key(tenant, transaction_id))
        transaction = _parse(fields) if fields else None
        return transaction if transaction and transaction.state is State.CONSENTING else None

    def finish(self, tenant: Tenant, transaction: Transaction) -> bool:
        """End a transaction whose resident was asked. False when it was ended before."""
        step = Change({"state": State.CONSENTING, "form": transaction.form}, {"state": State.FINISHED})
        changed = self._change(tenant, transaction, step)
        return changed is not None and changed.applied

    def reopen(self, tenant: Tenant, transaction: Transaction) -> None:
        """Undo `finish` when what was decided could not be done: the resident may decide again."""
        step = Change({"state": State.FINISHED, "form": transaction.form}, {"state": State.CONSENTING})
        self._change(tenant, transaction, step)

    def return_is_over(self, transaction: Transaction) -> bool:
        """Whether the return link was followed later than its minute."""
        return transaction.accepted is None or transaction.accepted.return_ends < self._moment()

    def new_secret(self) -> str:
        """A 256-bit secret as base64url."""
        return self._token(_SECRET_BYTES)

    def _require_live(self, fields: Fields | None, handle: str) -> Transaction:
        if fields is None:
            raise Refusal(Reason.NOT_FOUND)
        transaction = _parse(fields)
        if reason := _SPENT.get(transaction.state):
            raise Refusal(reason)
        if transaction.handle != handle or transaction.handle_ends <= self._moment():
            raise Refusal(Reason.EXPIRED)
        return transaction

    def _change(self, tenant: Tenant, transaction: Transaction, change: Change) -> Changed | None:
        return self._state.change(_key(tenant, transaction.transaction_id), change)

    def _new_handle(self) -> Fields:
        return {
            "handle": self._token(_HANDLE_BYTES),
            "handle_ends": str(self._moment() + BUTTON_SECONDS),
            "agent": self._token(_HANDLE_BYTES),
        }

    def _moment(self) -> int:
        return int(self._now().timestamp())

    def _token(self, size: int) -> str:
        return base64url.encode(self._token_bytes(size))


def _parse(fields: Fields) -> Transaction:
    accepted = fields.get("accepted")
    refusal = fields.get("refusal")
    return Transaction(
        transaction_id=fields["id"],
        request=Request(fields["client"], tuple(fields["scope"].split()), fields["request"]),
        state=State(fields["state"]),
        ends=int(fields["ends"]),
        handle=fields["handle"],
        handle_ends=int(fields["handle_ends"]),
        agent_transaction=fields["agent"],
        nonce=fields.get("nonce", ""),
        refusal=Reason(refusal) if refusal else None,
        form=fields.get("form", ""),
        accepted=Accepted(**json.loads(accepted)) if accepted else None,
    )


def _key(tenant: Tenant, transaction_id: str) -> str:
    return f"{tenant.tenant_id}:tx:{transaction_id}"


def _alias(tenant: Tenant, handle: str) -> str:
    return f"{tenant.tenant_id}:handle:{handle}"
