"""Handles: the button's and the QR code's, how long each lives, who may use it, and its nonces.

Card login protocol, sections 1 to 3. A handle carries its channel: no request can turn one into the other.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from msgspec import Struct

from idp import base64url
from idp.errors import Reason, Refusal
from idp.keys.sealing import digest
from idp.login.records import Records, after
from idp.login.states import SPENT, Channel, State
from idp.login.stored import PREFIXES
from idp.login.transaction import Handle, Transaction
from idp.store.shortlived import Change, Fields
from idp.tenants.tenancy import Tenant

BUTTON_SECONDS = 5 * 60
QR_SECONDS = 120
CLAIMED_SECONDS = 5 * 60
NONCES_PER_HANDLE = 5
MOST_QR_HANDLES = 60
"""Per transaction: one every 120 s for its longest life, and as many again that were asked for."""
HANDLE_BYTES = 16
_NONCE_BYTES = 32
_CLAIM_BYTES = 16
_SECONDS = {Channel.SAME_DEVICE: BUTTON_SECONDS, Channel.CROSS_DEVICE: QR_SECONDS}


class Reached(Struct, frozen=True):
    """A live transaction and the handle through which an authenticator reached it.

    `claim`: the secret of a QR handle, only in the answer that claims it.
    """

    transaction: Transaction
    handle: Handle
    claim: str | None = None


def fresh(channel: Channel, tokens: Sequence[str], moment: int) -> Fields:
    """The fields of a new handle, given at `moment`. `tokens`: two of `HANDLE_BYTES`."""
    prefix, (value, agent_transaction) = PREFIXES[channel], tokens
    return {
        prefix: value,
        f"{prefix}_ends": str(moment + _SECONDS[channel]),
        f"{prefix}_agent": agent_transaction,
    }


@dataclass(frozen=True, slots=True)
class Handles:
    """The handles of all transactions."""

    records: Records

    def open_page(self, tenant: Tenant, transaction_id: str, cookie: str) -> Transaction | None:
        """Load for a page that waits: the button's five minutes begin anew, and what is dead is replaced."""
        moment = self.records.moment()
        guard = {"cookie": digest(cookie).hex(), "state": State.WAITING}
        step = Change(expect=guard, put={"button_ends": str(moment + BUTTON_SECONDS)})
        changed = self.records.change(tenant, transaction_id, step)
        if changed is None or changed.before["cookie"] != guard["cookie"]:
            return None
        shown = after(changed, step)
        if changed.applied and int(changed.before["button_ends"]) <= moment:
            shown = self._replace(tenant, shown, shown.button, moment)
        if shown.state is State.WAITING and shown.qr is not None and shown.qr.ends <= moment:
            shown = self._replace(tenant, shown, shown.qr, moment)
        return shown

    def renew_qr(self, tenant: Tenant, transaction_id: str, cookie: str) -> Transaction | None:
        """A new QR handle because the resident asked for one; the old one dies, claimed or not."""
        transaction = self.records.held_by(tenant, transaction_id, cookie)
        if transaction is None or transaction.qr is None:
            return transaction
        return self._replace(tenant, transaction, transaction.qr, self.records.moment())

    def reached(self, tenant: Tenant, handle: str, claim: str | None) -> Reached:
        """The live transaction behind a handle (section 3, step 1).

        Raises Refusal: NOT_FOUND, EXPIRED, DECLINED, and ALREADY_USED, also for a QR handle without its claim.
        """
        return self._require_live(self.records.behind(tenant, handle), handle, claim)

    def challenge(self, tenant: Tenant, handle: str, claim: str | None, *, terminal: str = "") -> Reached:
        """The same with an outstanding nonce, a new one if the last was taken (section 2).

        The first fetch of a QR handle claims it. `terminal`: the counter terminal that asks, which the caller has
        admitted; a nonce that was given to another than who asks now is replaced. Raises Refusal as `reached`
        does, and RATE_LIMITED for a sixth nonce.
        """
        step = self._nonce_step(Channel.SAME_DEVICE, handle, terminal=terminal)
        changed = self.records.change_behind(tenant, handle, step)
        met = after(changed, step) if changed else None
        if met is not None and met.qr is not None and met.qr.value == handle:
            return self._challenge_qr(tenant, met, met.qr, claim)
        if met is not None and met.button.nonce and met.button.terminal != terminal:
            step = self._nonce_step(Channel.SAME_DEVICE, handle, met.button.nonce, terminal=terminal)
            changed = self.records.change(tenant, met.transaction_id, step)
            met = after(changed, step) if changed else None
        return self._with_nonce(met, handle, claim, terminal)

    def take_nonce(self, tenant: Tenant, reached: Reached) -> bytes:
        """Take the handle's outstanding nonce, once (section 3, step 3): 32 bytes. PROVING from then on.

        Raises Refusal with ALREADY_USED when none is outstanding.
        """
        handle, prefix = reached.handle, PREFIXES[reached.handle.channel]
        if not handle.nonce:  # before the step, which would leave a login that is proving for ever
            raise Refusal(Reason.ALREADY_USED, "no nonce is outstanding")
        expect = {"state": State.WAITING, prefix: handle.value, f"{prefix}_nonce": handle.nonce}
        put = {f"{prefix}_nonce": "", "state": State.PROVING, "by": handle.nonce_channel}
        changed = self.records.change(tenant, reached.transaction.transaction_id, Change(expect, put))
        if changed is None or not changed.applied:
            raise Refusal(Reason.ALREADY_USED, "the nonce was taken")
        return base64url.decode_loosely(handle.nonce)  # ours: in its one spelling

    def decline(self, tenant: Tenant, handle: str, claim: str | None) -> Transaction:
        """The resident declined on the authenticator. Raises Refusal as `reached` does."""
        reached = self.reached(tenant, handle, claim)
        expect = {"state": State.WAITING, PREFIXES[reached.handle.channel]: handle}
        step = Change(expect, {"state": State.DECLINED})
        changed = self.records.change(tenant, reached.transaction.transaction_id, step)
        if changed is None or not changed.applied:
            self._require_live(after(changed, step) if changed else None, handle, claim)
            raise Refusal(Reason.ALREADY_USED, "another step came first")
        return reached.transaction

    def withdraw(self, tenant: Tenant, handle: str) -> Transaction | None:
        """The staff end a login that their terminal has proved, while the service has not heard of it.

        Whoever comes to that counter next cannot go on with it. None: there is nothing of a counter to be ended.
        """
        for state in (State.ACCEPTED, State.CONSENTING):
            expect = {"state": state, PREFIXES[Channel.SAME_DEVICE]: handle, "by": Channel.COUNTER}
            step = Change(expect, {"state": State.DECLINED, "return": ""})
            changed = self.records.change_behind(tenant, handle, step)
            if changed is not None and changed.applied:
                return after(changed, step)
        return None

    def progress(self, tenant: Tenant, handle: str, terminal: str) -> State | None:
        """How far the browser has come with what that terminal proved; None for whatever it did not prove."""
        met = self.records.behind(tenant, handle)
        if met is None or met.proved_by is not Channel.COUNTER or met.button.terminal != terminal:
            return None
        return met.state

    def _challenge_qr(self, tenant: Tenant, met: Transaction, held: Handle, claim: str | None) -> Reached:
        if held.claim_digest or met.state is not State.WAITING or held.ends <= self.records.moment():
            self._require_live(met, held.value, claim)
            step = self._nonce_step(Channel.CROSS_DEVICE, held.value)
            changed = self.records.change(tenant, met.transaction_id, step)
            return self._with_nonce(after(changed, step) if changed else None, held.value, claim)
        claim = self.records.token(_CLAIM_BYTES)
        step = self._claim_step(met, held, claim)
        changed = self.records.change(tenant, met.transaction_id, step)
        # Whoever claimed it at the same moment alone knows the claim that now counts.
        reached = self._require_live(after(changed, step) if changed else None, held.value, claim)
        return Reached(reached.transaction, reached.handle, claim)

    def _claim_step(self, met: Transaction, held: Handle, claim: str) -> Change:
        ends = min(self.records.moment() + CLAIMED_SECONDS, met.ends)
        return Change(
            expect={"state": State.WAITING, "qr": held.value, "qr_claim": "", "qr_ends": str(held.ends)},
            put={
                "qr_claim": digest(claim).hex(),
                "qr_ends": str(ends),
                "qr_nonce": self.records.token(_NONCE_BYTES),
                "qr_nonces": "1",
                "refusal": "",  # of an attempt before: the page now says that the code was scanned
            },
        )

    def _nonce_step(self, channel: Channel, handle: str, old: str = "", *, terminal: str = "") -> Change:
        prefix = PREFIXES[channel]
        return Change(
            expect={"state": State.WAITING, prefix: handle, f"{prefix}_nonce": old},
            put={f"{prefix}_nonce": self.records.token(_NONCE_BYTES), f"{prefix}_terminal": terminal},
            count={f"{prefix}_nonces": NONCES_PER_HANDLE},
        )

    def _with_nonce(self, met: Transaction | None, handle: str, claim: str | None, terminal: str = "") -> Reached:
        reached = self._require_live(met, handle, claim)
        if not reached.handle.nonce or reached.handle.terminal != terminal:
            raise Refusal(Reason.RATE_LIMITED, "five nonces were given to this handle")
        return reached

    def _replace(self, tenant: Tenant, seen: Transaction, old: Handle, moment: int) -> Transaction:
        """A new handle in the place of `old`; the transaction as it is then, whoever replaced it."""
        prefix = PREFIXES[old.channel]
        new = fresh(old.channel, self.records.tokens(2, HANDLE_BYTES), moment)
        put = {**new, **{f"{prefix}_{name}": "" for name in ("nonce", "nonces", "claim", "terminal")}}
        count = {"qr_handles": MOST_QR_HANDLES} if old.channel is Channel.CROSS_DEVICE else {}
        step = Change({"state": State.WAITING, prefix: old.value}, put, count)
        changed = self.records.change(tenant, seen.transaction_id, step)
        if changed is None:
            return seen
        if changed.applied:
            seconds = max(1, seen.ends - moment)
            self.records.find_by(tenant, seen.transaction_id, new[prefix], seconds=seconds)
        return after(changed, step)

    def _require_live(self, transaction: Transaction | None, handle: str, claim: str | None) -> Reached:
        if transaction is None:
            raise Refusal(Reason.NOT_FOUND)
        if reason := SPENT.get(transaction.state):
            raise Refusal(reason)
        held = transaction.holding(handle)
        if held is None or held.ends <= self.records.moment():
            raise Refusal(Reason.EXPIRED)
        if not held.opens_to(claim):
            raise Refusal(Reason.ALREADY_USED, "the QR code was claimed by another device")
        return Reached(transaction, held)
