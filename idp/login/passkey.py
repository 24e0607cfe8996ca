"""A passkey in a login: a challenge of the transaction, its signature judged, and whose passkey it is."""

from dataclasses import dataclass

import structlog

from idp.errors import Reason, Refusal
from idp.login import levels
from idp.login.bound import BoundByCertificate
from idp.login.other_way import OtherWay, Recognised
from idp.login.states import Channel, State
from idp.login.transaction import Attempt
from idp.login.transactions import Transactions
from idp.organizations.claim import Kind, KnownBy, Organization
from idp.oversight.audit import Action, Auditor
from idp.passkeys import ceremony
from idp.passkeys.ceremony import CeremonyFailed
from idp.passkeys.passkey import Passkey
from idp.passkeys.passkeys import CHALLENGE_BYTES, Passkeys
from idp.revocation.tally import Tally
from idp.store.engine import Store
from idp.store.shortlived import Change
from idp.tenants.tenancy import Tenant

MOST_CHALLENGES = 20
"""Of one transaction."""
_log = structlog.get_logger("idp.login")


@dataclass(frozen=True, slots=True, kw_only=True)
class PasskeyStep:
    """The step and everything it needs."""

    store: Store
    transactions: Transactions
    passkeys: Passkeys
    bound: BoundByCertificate
    other_way: OtherWay
    auditor: Auditor

    def offer(self, attempt: Attempt) -> str:
        """What the browser is asked to sign, JSON: a new challenge takes the place of an earlier one.

        Raises Refusal: ALREADY_USED when the transaction waits no more, RATE_LIMITED for too many challenges.
        """
        challenge = self.transactions.records.token(CHALLENGE_BYTES)
        step = Change({"state": State.WAITING}, {"passkey": challenge}, {"passkeys": MOST_CHALLENGES})
        changed = self.transactions.records.change(attempt.tenant, attempt.transaction.transaction_id, step)
        if changed is None or changed.before["state"] != State.WAITING:
            raise Refusal(Reason.ALREADY_USED, "the transaction does not wait")
        if not changed.applied:
            raise Refusal(Reason.RATE_LIMITED, "too many challenges in one login")
        return ceremony.login_options(attempt.tenant, challenge=ceremony.challenge_in(challenge))

    def run(self, attempt: Attempt, unverified: str) -> str:
        """Judge a passkey's answer; where the browser goes on.

        Raises CeremonyFailed for an answer that proves nothing, a passkey that is bound to nobody here among them;
        Refusal as `BoundByCertificate` and `OtherWay`.
        """
        tenant = attempt.tenant
        challenge = self._taken(attempt)
        try:
            passkey = self._signed(tenant, unverified, challenge)
        except CeremonyFailed as failed:
            self._note(attempt, str(failed))
            raise
        if passkey.device is None:
            return self.other_way.run(attempt, self._of_staff(attempt, passkey))
        if not attempt.demand.offers_passkey:
            raise Refusal(Reason.LEVEL_INSUFFICIENT, "residents' passkeys are not taken here")
        tally = Tally.of_service(tenant.tenant_id, attempt.client.client_id)
        good = self.bound.require(attempt, passkey.handle, passkey.device, tally)
        shown = Recognised(
            handle=passkey.handle,
            level=levels.by_passkey(may_be_copied=passkey.may_be_copied),
            channel=Channel.PASSKEY,
            mark=tenant.keys.passkey_mark(passkey.handle),
            certificate=good,
            asked=tally.asked,
        )
        return self.other_way.run(attempt, shown)

    def _of_staff(self, attempt: Attempt, passkey: Passkey) -> Recognised:
        """A member of the municipality's staff: it ends with their ID, and no certificate stands behind it."""
        tenant = attempt.tenant
        if not attempt.demand.offers_staff_passkey:
            raise Refusal(Reason.LEVEL_INSUFFICIENT, "the staff do not sign in here so")
        return Recognised(
            handle=passkey.handle,
            level=levels.by_passkey(may_be_copied=passkey.may_be_copied),
            channel=Channel.ORGANIZATION,
            mark=tenant.keys.passkey_mark(passkey.handle),
            organization=Organization(Kind.MUNICIPALITY, tenant.name("ja"), KnownBy.STAFF),
        )

    def _signed(self, tenant: Tenant, unverified: str, challenge: bytes) -> Passkey:
        """The passkey that has signed the challenge. Raises CeremonyFailed."""
        passkey = self.passkeys.find(tenant, ceremony.credential_of(unverified))
        if passkey is None:
            raise CeremonyFailed("a credential that is bound to nobody here")
        count = ceremony.require_signed(tenant, unverified, passkey, challenge=challenge)
        if not self.passkeys.count(tenant, passkey, count):
            raise CeremonyFailed("another login has shown that count")
        return passkey

    def _taken(self, attempt: Attempt) -> bytes:
        """The transaction's outstanding challenge, once. Raises CeremonyFailed when none is."""
        kept = attempt.transaction.passkey
        step = Change({"state": State.WAITING, "passkey": kept}, {"passkey": ""})
        changed = self.transactions.records.change(attempt.tenant, attempt.transaction.transaction_id, step)
        if not kept or changed is None or not changed.applied:
            raise CeremonyFailed("no challenge is outstanding")
        return ceremony.challenge_in(kept)

    def _note(self, attempt: Attempt, detail: str) -> None:
        _log.info("login.refused", reason="passkey", detail=detail)
        with self.store.for_tenant(attempt.tenant.tenant_id).write() as tx:
            client_id, reason = attempt.client.client_id, "passkey_refused"
            self.auditor.record(
                tx, attempt.tenant.keys, Action.LOGIN_REFUSED, "refused", client_id=client_id, reason=reason
            )
