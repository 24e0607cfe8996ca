"""An ID with its password of somebody who signs in for an organization: a company, or the municipality itself.

Judged and counted as a resident's (`password.py`), and answered alike whatever is wrong. An ID of the one kind is
none on the pages of the other.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import structlog

from idp.errors import Reason, Refusal
from idp.login import browsers, levels
from idp.login.other_way import OtherWay, Recognised
from idp.login.password import Judged, Typed, Verdict
from idp.login.states import Channel
from idp.login.transaction import Attempt
from idp.organizations.account import Account
from idp.organizations.accounts import Accounts
from idp.organizations.claim import Kind, KnownBy, Organization
from idp.oversight.audit import Action, Auditor
from idp.passwords import hashing, rules
from idp.passwords.accounts import FIRST_CHARACTERS
from idp.passwords.tries import Tries, Trying
from idp.people import spoken
from idp.store.engine import Store

_log = structlog.get_logger("idp.login")


def offered(attempt: Attempt, kind: Kind) -> bool:
    """Whether they may sign in to this service so."""
    if kind is Kind.COMPANY:
        return attempt.demand.offers_company_password(attempt.tenant)
    return attempt.demand.offers_staff_password(attempt.tenant)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganizationStep:
    """The step and everything it needs. `kind`: whose pages it is of."""

    kind: Kind
    store: Store
    accounts: Accounts
    tries: Tries
    other_way: OtherWay
    auditor: Auditor
    now: Callable[[], datetime]

    def run(self, attempt: Attempt, typed: Typed) -> Judged:
        """Judge what was typed for a login that waits. Raises Refusal: LEVEL_INSUFFICIENT, ALREADY_USED."""
        if not offered(attempt, self.kind):
            raise Refusal(Reason.LEVEL_INSUFFICIENT, "they do not sign in here so")
        tenant, sign_in_id = attempt.tenant, self.accounts.read(typed.sign_in_id)
        account = self.accounts.find(tenant, sign_in_id)
        account = account if account is not None and account.kind is self.kind else None
        trying = self._trying(attempt, sign_in_id, account, typed)
        if seconds := self.tries.spend(tenant, trying):
            return Judged(Verdict.WAIT, seconds=seconds)
        if not self._is_right(account, typed.password) or account is None:
            self._note(attempt)
            return Judged(Verdict.WRONG)
        self.tries.give_back(tenant, trying)
        if account.first_until and typed.new is None:
            return Judged(Verdict.CHOOSE)
        if typed.new is not None:
            fault = rules.fault_of(typed.new, typed.again, sign_in_id=sign_in_id)
            if fault is not None:
                return Judged(Verdict.FAULT, fault=fault)
            if not self.accounts.change(tenant, sign_in_id, account, typed.new):
                return Judged(Verdict.WRONG)
        return Judged(Verdict.RIGHT, url=self.other_way.run(attempt, self._recognised(attempt, account)))

    def _recognised(self, attempt: Attempt, account: Account) -> Recognised:
        return Recognised(
            handle=account.handle,
            level=levels.BY_PASSWORD,
            channel=Channel.ORGANIZATION,
            mark=attempt.tenant.keys.sign_in_id_mark(account.handle),
            organization=self._organization(attempt, account),
        )

    def _organization(self, attempt: Attempt, account: Account) -> Organization:
        if account.kind is Kind.MUNICIPALITY:
            return Organization(Kind.MUNICIPALITY, attempt.tenant.name("ja"), KnownBy.STAFF)
        with self.store.for_tenant(attempt.tenant.tenant_id).read() as tx:
            company = self.accounts.companies.find(tx, attempt.tenant, account.number)
        if company is None:
            raise LookupError("an account of a company that is not there")
        return Organization(Kind.COMPANY, company.name, KnownBy.STAFF, company.number)

    def _trying(self, attempt: Attempt, sign_in_id: str, account: Account | None, typed: Typed) -> Trying:
        keys = attempt.tenant.keys
        known = account is not None and browsers.is_seen(keys, typed.seen, account.handle)
        own = browsers.mark_in(keys, typed.seen, account.handle) if known and account is not None else ""
        return Trying(keys.organization_id_index(sign_in_id), typed.source, own)

    def _is_right(self, account: Account | None, typed: str) -> bool:
        if account is not None and account.first_until:
            typed = spoken.read(typed, FIRST_CHARACTERS) or typed
            if account.first_until < self.now().timestamp():
                account = None
        return hashing.verifies(account.verifier if account else None, typed)

    def _note(self, attempt: Attempt) -> None:
        _log.info("login.refused", reason="password")
        with self.store.for_tenant(attempt.tenant.tenant_id).write() as tx:
            client_id, reason = attempt.client.client_id, "password_wrong"
            self.auditor.record(
                tx, attempt.tenant.keys, Action.LOGIN_REFUSED, "refused", client_id=client_id, reason=reason
            )
