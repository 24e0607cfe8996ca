"""Giving out IDs for those who sign in for an organization, changing their passwords, and ending them.

The staff of the municipality give them out: by a paper with a first password that is good for nothing but choosing
an own one. There are as many for a company as people there sign in: when one of them leaves, theirs ends.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from idp.japan import day_in_japan
from idp.organizations import companies
from idp.organizations.account import STAFF, Account, opened, sealed
from idp.organizations.claim import Kind
from idp.organizations.companies import HANDLE_BYTES, Companies
from idp.oversight.audit import Action, Auditor
from idp.passwords import hashing
from idp.passwords.account import BY_STAFF, ID_CHARACTERS, Issued
from idp.passwords.accounts import FIRST_CHARACTERS, FIRST_DAYS, GivenOut
from idp.people import record, sessions, spoken
from idp.people.record import Kind as PersonKind
from idp.people.record import Record
from idp.registration import NotAllowed
from idp.registration.texts import NAME_CHARACTERS, require_short
from idp.store import organizations as rows
from idp.store import pair_life
from idp.store.engine import Store, Transaction
from idp.tenants.tenancy import Tenant

_DRAWS = 8
"""How often an ID is drawn before giving up: of 40 random bits hardly one is taken."""
MOST = 200
"""Accounts of one company."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Accounts:
    """The acts, over the store. `end_login`: ends a login with all that hangs on it; `end_passkeys`: a person's
    passkeys."""

    store: Store
    companies: Companies
    auditor: Auditor
    end_login: sessions.EndLogin
    end_passkeys: Callable[[Transaction, Tenant, bytes], int]
    now: Callable[[], datetime]
    token_bytes: Callable[[int], bytes]

    def read(self, typed: str) -> str:
        """The ID in what somebody typed, as it is written; empty for what is none."""
        return spoken.read(typed, ID_CHARACTERS) or ""

    def find(self, tenant: Tenant, sign_in_id: str) -> Account | None:
        """The account of an ID; None where there is none."""
        with self.store.for_tenant(tenant.tenant_id).read() as tx:
            row = rows.account(tx, tenant.keys.organization_id_index(sign_in_id))
        return None if row is None else opened(tenant.keys, row)[1]

    def of_company(self, tenant: Tenant, typed: str) -> Sequence[tuple[str, Account]]:
        """The IDs of a company with their accounts. Raises NotAllowed for what is no corporate number."""
        return self._of(tenant, companies.required(typed))

    def of_staff(self, tenant: Tenant) -> Sequence[tuple[str, Account]]:
        """The IDs of the staff."""
        return self._of(tenant, STAFF)

    def give_to_company(self, tenant: Tenant, typed: str, person: str, issued: Issued) -> GivenOut:
        """An ID for somebody at a registered company. Raises NotAllowed."""
        number = companies.required(typed)
        with self.store.for_tenant(tenant.tenant_id).write() as tx:
            company = self.companies.find(tx, tenant, number)
            if company is None:
                raise NotAllowed("no company of this number is registered")
            if len(rows.accounts_of(tx, tenant.keys.organization_mark(number))) >= MOST:
                raise NotAllowed(f"a company has at most {MOST} IDs")
            return self._give(tx, tenant, company.handle, number, person, issued)

    def give_to_staff(self, tenant: Tenant, person: str) -> GivenOut:
        """An ID for a member of the staff, who is a person of their own. Raises NotAllowed."""
        handle = self.token_bytes(HANDLE_BYTES)
        with self.store.for_tenant(tenant.tenant_id).write() as tx:
            member = Record(kind=PersonKind.STAFF)
            record.add(tx, tenant.keys, handle, member, created=self.now().date())
            return self._give(tx, tenant, handle, STAFF, person, Issued.COUNTER)

    def give_again(self, tenant: Tenant, sign_in_id: str) -> GivenOut:
        """Another first password; the old one counts no more. Raises NotAllowed."""
        first, until = self._first(), self.now() + timedelta(days=FIRST_DAYS)
        with self.store.for_tenant(tenant.tenant_id).write() as tx:
            row, account = self._required(tx, tenant, sign_in_id)
            again = replace(account, verifier=self._verifier(first), first_until=int(until.timestamp()))
            rows.put_account(tx, sealed(tenant.keys, row.account_index, sign_in_id, again))
            self._audit(tx, tenant, Action.ORGANIZATION_PASSWORD_CHANGED, again, "by-staff")
        return GivenOut(sign_in_id, first, until)

    def change(self, tenant: Tenant, sign_in_id: str, known: Account, password: str) -> bool:
        """Another password for who has just shown this one. False when somebody changed it meanwhile."""
        with self.store.for_tenant(tenant.tenant_id).write() as tx:
            row = rows.account(tx, tenant.keys.organization_id_index(sign_in_id), held=True)
            if row is None or (found := opened(tenant.keys, row)[1]).verifier != known.verifier:
                return False
            changed = replace(found, verifier=self._verifier(password), first_until=0)
            rows.put_account(tx, sealed(tenant.keys, row.account_index, sign_in_id, changed))
            self._audit(tx, tenant, Action.ORGANIZATION_PASSWORD_CHANGED, changed, "by-password")
        return True

    def is_first(self, account: Account, typed: str) -> bool:
        """Whether it is the password on the paper that the staff handed over, and still good."""
        good = account.first_until > self.now().timestamp()
        return hashing.verifies(account.verifier if good else None, spoken.read(typed, FIRST_CHARACTERS) or typed)

    def spend_first(self, tenant: Tenant, sign_in_id: str, known: Account) -> bool:
        """The paper was used for something else than a password: nobody signs in by it any more."""
        return self.change(tenant, sign_in_id, known, self._first())

    def end(self, tenant: Tenant, sign_in_id: str) -> int:
        """Let nobody sign in with that ID any more, nor services come back; how many logins ended.

        A company's are all one person's: everybody there signs in again. Raises NotAllowed where there is none.
        """
        with self.store.for_tenant(tenant.tenant_id).write() as tx:
            row, account = self._required(tx, tenant, sign_in_id)
            rows.remove_account(tx, row.account_index)
            if account.kind is Kind.MUNICIPALITY:
                self.end_passkeys(tx, tenant, account.handle)
            ended = sessions.end_of(tx, tenant, account.handle, self.now(), self.end_login)
            indexes = [tenant.keys.pair_index(sector, account.handle) for sector in tenant.sectors]
            for pair in pair_life.live_at(tx, indexes).values():  # what services hold ends with it
                pair_life.revoke_tokens(tx, pair.pair_id)
            self._audit(tx, tenant, Action.ORGANIZATION_PASSWORD_ENDED, account, "ended")
        return ended

    def _of(self, tenant: Tenant, number: str) -> Sequence[tuple[str, Account]]:
        with self.store.for_tenant(tenant.tenant_id).read() as tx:
            found = rows.accounts_of(tx, tenant.keys.organization_mark(number))
        return [opened(tenant.keys, row) for row in found]

    def _give(
        self, tx: Transaction, tenant: Tenant, handle: bytes, number: str, person: str, issued: Issued
    ) -> GivenOut:
        if issued not in BY_STAFF:
            raise NotAllowed("by the counter or by post: whoever has a certificate signs in with it")
        if not person.strip():
            raise NotAllowed("say who has it: a name, or a post")
        require_short(NAME_CHARACTERS, person)
        first, until = self._first(), self.now() + timedelta(days=FIRST_DAYS)
        account = Account(
            handle=handle,
            number=number,
            person=person.strip(),
            verifier=self._verifier(first),
            issued=issued,
            issued_on=day_in_japan(self.now()),
            first_until=int(until.timestamp()),
        )
        for _ in range(_DRAWS):
            sign_in_id = spoken.spoken(self.token_bytes(ID_CHARACTERS), ID_CHARACTERS)
            row = sealed(tenant.keys, tenant.keys.organization_id_index(sign_in_id), sign_in_id, account)
            if rows.add_account(tx, row, created=account.issued_on):
                self._audit(tx, tenant, Action.ORGANIZATION_PASSWORD_ISSUED, account, "issued")
                return GivenOut(sign_in_id, first, until)
        raise LookupError("no ID is free")

    def _required(self, tx: Transaction, tenant: Tenant, sign_in_id: str) -> tuple[rows.AccountRow, Account]:
        row = rows.account(tx, tenant.keys.organization_id_index(sign_in_id), held=True)
        if row is None:
            raise NotAllowed("there is no such ID")
        return row, opened(tenant.keys, row)[1]

    def _verifier(self, password: str) -> str:
        return hashing.verifier_of(password, salt=self.token_bytes(hashing.SALT_BYTES))

    def _first(self) -> str:
        return spoken.spoken(self.token_bytes(FIRST_CHARACTERS), FIRST_CHARACTERS)

    def _audit(self, tx: Transaction, tenant: Tenant, action: Action, account: Account, outcome: str) -> None:
        """A company by its number, which is public; who there has the account by nothing."""
        of = {"corporate_number": account.number} if account.number else {}
        said = {"organization": str(account.kind), "issued": str(account.issued)}
        self.auditor.record(tx, tenant.keys, action, outcome, **said, **of)
