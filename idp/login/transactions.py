"""The steps of a login transaction, from its start to its end (card login protocol, sections 1 and 4).

What a transaction may do next is decided here, in `handles` and in `codes`; each step is one atomic change.
Nothing in it is lost with harm: a resident starts again.
"""

from collections.abc import Callable
from dataclasses import dataclass

from msgspec import Struct, structs

from idp.errors import Refusal
from idp.keys.sealing import digest
from idp.login.handles import HANDLE_BYTES, fresh
from idp.login.records import Records, after
from idp.login.signing import Signing
from idp.login.states import STATES, Channel, Shown, State
from idp.login.stored import parse
from idp.login.transaction import (
    EXTENSION_SECONDS,
    TRANSACTION_SECONDS,
    Accepted,
    Request,
    Transaction,
)
from idp.store.shortlived import Change, Changed, Fields
from idp.tenants.tenancy import Tenant

_SECRET_BYTES = 32
_WAITING = (State.WAITING, State.PROVING, State.ACCEPTED)


class CameBack(Struct, frozen=True):
    """What a visit to the return link met.

    `transaction` only when it completed; `state` as it was before, None for an unknown transaction.
    """

    transaction: Transaction | None
    state: State | None
    same_browser: bool


@dataclass(frozen=True, slots=True)
class Transactions:
    """All transactions of a process, over short-lived state."""

    records: Records

    def start(
        self,
        tenant: Tenant,
        request: Request,
        *,
        cross_device: bool,
        beside: str = "",
        step_up: str = "",
        signing: Callable[[str], Signing] | None = None,
    ) -> tuple[Transaction, str]:
        """Begin a transaction: (as it is then, the secret for the browser's cookie).

        `cross_device`: whether it has a QR handle, which a service that requires more than a code gives has not.
        `beside`: the transaction for whose question it collects a proof, empty for a login. `signing`: what is to
        be signed in the transaction of that id, None for a login.
        """
        transaction_id, *tokens = self.records.tokens(5 if cross_device else 3, HANDLE_BYTES)
        cookie, moment = self.records.token(_SECRET_BYTES), self.records.moment()
        fields = {
            **_begun(transaction_id, request, moment),
            "state": State.WAITING,
            "cookie": digest(cookie).hex(),
            **fresh(Channel.SAME_DEVICE, tokens[:2], moment),
        }
        if cross_device:
            fields |= fresh(Channel.CROSS_DEVICE, tokens[2:], moment)
        if step_up:
            fields["step_up"] = step_up
        if beside:
            fields["beside"] = beside
        if signing:
            fields["signing"] = str(signing(transaction_id))
        handles = [fields[name] for name in ("button", "qr") if name in fields]
        self.records.create(tenant, fields, handles, seconds=TRANSACTION_SECONDS)
        return parse(fields), cookie

    def go_on(self, tenant: Tenant, request: Request, proof: Callable[[str], Accepted]) -> str:
        """Begin a transaction in which an earlier proof stands and the resident is asked; its id.

        `proof`: what is known of it, sealed for the transaction of that id. There is no way in for a card.
        """
        transaction_id, form, *tokens = self.records.tokens(4, HANDLE_BYTES)
        moment = self.records.moment()
        fields = {
            **_begun(transaction_id, request, moment),
            "state": State.CONSENTING,
            "cookie": "",
            "form": form,
            "accepted": proof(transaction_id).to_json(),
            **fresh(Channel.SAME_DEVICE, tokens, moment),
        }
        self.records.create(tenant, fields, (), seconds=TRANSACTION_SECONDS)
        return transaction_id

    def use_computer(
        self, tenant: Tenant, transaction_id: str, cookie: str, *, shared: bool
    ) -> Transaction | None:
        """Note whether others use this computer too. The transaction as it is then, or None."""
        step = Change({"cookie": digest(cookie).hex()}, {"shared": "1" if shared else ""})
        changed = self.records.change(tenant, transaction_id, step)
        return after(changed, step) if changed and changed.applied else None

    def load(self, tenant: Tenant, transaction_id: str, cookie: str) -> Transaction | None:
        """The transaction of the browser that holds its cookie, or None."""
        return self.records.held_by(tenant, transaction_id, cookie)

    def is_open(self, tenant: Tenant, transaction_id: str) -> bool:
        """Whether a transaction still waits, whoever holds its cookie."""
        found = self.records.read(tenant, transaction_id)
        return found is not None and found.state in (State.WAITING, State.PROVING)

    def extend(self, tenant: Tenant, transaction_id: str, cookie: str) -> Transaction | None:
        """Fifteen minutes more, once, while it waits. The transaction as it is then, or None."""
        seen = self.records.held_by(tenant, transaction_id, cookie)
        if seen is None or seen.extended or seen.state not in (State.WAITING, State.PROVING):
            return seen
        ends = seen.ends + EXTENSION_SECONDS
        handles = [handle.value for handle in (seen.button, seen.qr) if handle]
        # First what it stands on: a record that outlives its own end for a moment harms nobody.
        self.records.prolong(tenant, transaction_id, handles, seconds=ends - self.records.moment())
        step = Change({"state": seen.state, "extended": ""}, {"extended": "1", "ends": str(ends)})
        changed = self.records.change(tenant, transaction_id, step)
        return after(changed, step) if changed else None

    def refuse(self, tenant: Tenant, transaction: Transaction, refusal: Refusal | None) -> None:
        """Wait for another proof, and remember why and when the last one was refused, for the waiting page.

        `refusal` None: it was not judged, because something of ours failed.
        """
        put = {"state": State.WAITING, "refusal": refusal.reason if refusal else "", "by": ""}
        put |= {"refused_at": str(self.records.moment()), "days_past": ""}
        if refusal is not None and refusal.days_past is not None:
            put["days_past"] = str(refusal.days_past)
        self._change(tenant, transaction, Change({"state": State.PROVING}, put))

    def turn_away(self, tenant: Tenant, transaction: Transaction, refusal: Refusal) -> None:
        """The same for what was never PROVING: a password or a passkey that is right and of no use now."""
        put = {"refusal": str(refusal.reason), "refused_at": str(self.records.moment()), "days_past": ""}
        self._change(tenant, transaction, Change({"state": State.WAITING}, put))

    def accept(
        self, tenant: Tenant, transaction: Transaction, accepted: Accepted, code: tuple[str, int] | None
    ) -> bool:
        """Record an accepted proof. False when the transaction is over meanwhile.

        `code`: the digits' keyed digest and the moment when they end, where they were given.
        """
        put = {"state": State.ACCEPTED, "refusal": "", "return": accepted.return_digest}
        put["accepted"] = accepted.to_json()
        if code is not None:
            put |= {"code": code[0], "code_ends": str(code[1])}
        changed = self._change(tenant, transaction, Change({"state": State.PROVING}, put))
        return changed is not None and changed.applied

    def come_back(self, tenant: Tenant, transaction_id: str, cookie: str, secret: str) -> CameBack:
        """Spend the return secret, only in the browser that holds the cookie (section 4).

        The state is CONSENTING from then on, the code is dead; `finish` ends it.
        """
        expect = {"state": State.ACCEPTED, "cookie": digest(cookie).hex(), "return": digest(secret).hex()}
        put = {"state": State.CONSENTING, "return": "", "code": "", "form": self.records.token(HANDLE_BYTES)}
        step = Change(expect, put)
        changed = self.records.change(tenant, transaction_id, step)
        if changed is None:
            return CameBack(None, None, same_browser=False)
        same_browser = changed.before["cookie"] == expect["cookie"]
        state = STATES[changed.before["state"]]
        return CameBack(after(changed, step) if changed.applied else None, state, same_browser=same_browser)

    def consenting(self, tenant: Tenant, transaction_id: str) -> Transaction | None:
        """The transaction if its resident is being asked for consent, else None."""
        transaction = self.records.read(tenant, transaction_id)
        return transaction if transaction and transaction.state is State.CONSENTING else None

    def proved_beside(
        self, tenant: Tenant, transaction_id: str, cookie: str, *, beside: str
    ) -> Transaction | None:
        """The transaction beside that one, in its own browser, once it has a proof. It ends here."""
        proved = self.records.held_by(tenant, transaction_id, cookie)
        if proved is None or proved.state is not State.CONSENTING or proved.beside != beside:
            return None
        return proved if self.finish(tenant, proved, allowed=False) else None

    def signed(self, tenant: Tenant, transaction_id: str, cookie: str, *, back: str) -> Transaction | None:
        """The transaction in which a statement was signed, in its own browser, for whoever waits at `back`.

        It ends here.
        """
        proved = self.records.held_by(tenant, transaction_id, cookie)
        if proved is None or proved.state is not State.CONSENTING or proved.signing is None:
            return None
        return proved if proved.signing.back == back and self.finish(tenant, proved, allowed=False) else None

    def finish(self, tenant: Tenant, transaction: Transaction, *, allowed: bool = True) -> bool:
        """End a transaction whose resident was asked. False when it was ended before.

        `allowed`: whether the resident lets the service know them. What was read from the card or signed with it
        is forgotten here; the caller's snapshot has it.
        """
        put = {"state": State.FINISHED, "denied": "" if allowed else "1"}
        left = transaction.accepted
        if left is not None and (left.sealed_attributes or left.sealed_signed):
            put["accepted"] = structs.replace(left, sealed_attributes="", sealed_signed="").to_json()
        step = Change({"state": State.CONSENTING, "form": transaction.form}, put)
        changed = self._change(tenant, transaction, step)
        return changed is not None and changed.applied

    def reopen(self, tenant: Tenant, transaction: Transaction) -> None:
        """Undo `finish` when what was decided could not be done: the resident may decide again."""
        put: Fields = {"state": State.CONSENTING}
        if transaction.accepted is not None:
            put["accepted"] = transaction.accepted.to_json()
        self._change(tenant, transaction, Change({"state": State.FINISHED, "form": transaction.form}, put))

    def return_is_over(self, transaction: Transaction) -> bool:
        """Whether the return link was followed later than its minute."""
        return transaction.accepted is None or transaction.accepted.return_ends < self.records.moment()

    def waits(self, transaction: Transaction) -> bool:
        """Whether its page, loaded anew, goes on with the login."""
        return transaction.state in _WAITING and self.shown(transaction) is not Shown.EXPIRED

    def shown(self, transaction: Transaction) -> Shown:
        """What the waiting page is told now."""
        return transaction.shown(self.records.moment())

    def seconds_left(self, ends: int) -> int:
        """From now to a moment, never less than none."""
        return max(0, ends - self.records.moment())

    def new_secret(self) -> str:
        """A 256-bit secret as base64url."""
        return self.records.token(_SECRET_BYTES)

    def _change(self, tenant: Tenant, transaction: Transaction, change: Change) -> Changed | None:
        return self.records.change(tenant, transaction.transaction_id, change)


def _begun(transaction_id: str, request: Request, moment: int) -> Fields:
    """What every transaction begins with; what a request leaves out is no field of it."""
    wish = request.wish
    asked = {
        "wish_acr": wish.minimum_acr,
        "wish_method": wish.method or "",
        "procedure": wish.procedure,
        "attributes": str(request.attributes) if request.attributes else "",
        "ask": "1" if request.ask else "",
        "application": str(request.application) if request.application else "",
        "by_agent": "1" if request.by_agent else "",
    }
    return {
        "id": transaction_id,
        "client": request.client_id,
        "scope": " ".join(request.scopes),
        "request": request.body,
        "ends": str(moment + TRANSACTION_SECONDS),
        **{name: value for name, value in asked.items() if value},
    }
