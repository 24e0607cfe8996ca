"""An ID with its password of somebody who signs in for an organization: a company, or the municipality itself.

Judged and counted as a resident's (`password.py`), and answered alike whatever is wrong. An ID of the one kind is
none on the pages of the other.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from idp.errors import Reason, Refusal
from idp.login import levels
from idp.login.other_way import OtherWay, Recognised
from idp.login.password import Judged, Typed, Verdict, is_right, judge_choice, trying, write_down_wrong
from idp.login.states import Channel
from idp.login.transaction import Attempt
from idp.organizations.account import Account
from idp.organizations.accounts import Accounts
from idp.organizations.claim import Kind, KnownBy, Organization
from idp.oversight.audit import Auditor
from idp.passwords.tries import Tries
from idp.store.engine import Store


def offered(attempt: Attempt, kind: Kind) -> bool:
    """Whether they may sign in to this service so."""
    if kind is Kind.COMPANY:
        return attempt.demand.offers_company_password
    return attempt.demand.offers_staff_password


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
        counted = trying(tenant.keys.organization_id_index(sign_in_id), attempt, typed, account)
        if seconds := self.tries.spend(tenant, counted):
            return Judged(Verdict.WAIT, seconds=seconds)
        if not is_right(account, typed.password, self.now()) or account is None:
            write_down_wrong(self.store, self.auditor, attempt)
            return Judged(Verdict.WRONG)
        self.tries.give_back(tenant, counted)
        change = partial(self.accounts.change, tenant, sign_in_id, account)
        return judge_choice(typed, sign_in_id, account, change) or Judged(
            Verdict.RIGHT, url=self.other_way.run(attempt, self._recognised(attempt, account))
        )

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
