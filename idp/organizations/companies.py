"""Companies that are known here: registered by the staff, or by a certificate that names them."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from idp.japan import day_in_japan
from idp.keys.sealing import Place, TenantKeys
from idp.organizations import corporate_number
from idp.oversight.audit import Action, Auditor
from idp.people import record
from idp.people.record import Kind as PersonKind
from idp.people.record import Record
from idp.registration import NotAllowed
from idp.registration.texts import NAME_CHARACTERS, require_short
from idp.store import organizations as rows
from idp.store.engine import Store, Transaction
from idp.store.organizations import CompanyRow
from idp.tenants.tenancy import Tenant

HANDLE_BYTES = 32


@dataclass(frozen=True, slots=True)
class Company:
    """`number`: thirteen digits; `name`: as the staff wrote it, else as a certificate has it."""

    number: str
    name: str
    handle: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Companies:
    """The acts, over the store."""

    store: Store
    auditor: Auditor
    now: Callable[[], datetime]
    token_bytes: Callable[[int], bytes]

    def register(self, tenant: Tenant, typed: str, name: str) -> Company:
        """Write down a company, or another name of one that is known. Raises NotAllowed."""
        number, name = required(typed), name.strip()
        if not name:
            raise NotAllowed("a company needs its name, as it is registered")
        require_short(NAME_CHARACTERS, name)
        with self.store.for_tenant(tenant.tenant_id).write() as tx:
            found = self._found_or_added(tx, tenant, number, name, "by-staff")
            if found.name != name:
                found = replace(found, name=name)
                rows.put_company(tx, _sealed(tenant.keys, found))
                self._audit(tx, tenant, found, "renamed")
        return found

    def certified(self, tx: Transaction, tenant: Tenant, number: str, name: str) -> Company:
        """The company of a number that a certificate shows; written down where it is not known yet.

        The name of one that is known stays as it is: the municipality reads it in the register.
        """
        return self._found_or_added(tx, tenant, number, name, "by-certificate")

    def find(self, tx: Transaction, tenant: Tenant, number: str) -> Company | None:
        """The company, or None where it is not known."""
        row = rows.company(tx, tenant.keys.company_index(number))
        return None if row is None else _opened(tenant.keys, row)

    def all(self, tenant: Tenant) -> Sequence[Company]:
        """Every company, by number."""
        with self.store.for_tenant(tenant.tenant_id).read() as tx:
            found = [_opened(tenant.keys, row) for row in rows.companies(tx)]
        return sorted(found, key=lambda company: company.number)

    def _found_or_added(self, tx: Transaction, tenant: Tenant, number: str, name: str, how: str) -> Company:
        made = Company(number, name, self.token_bytes(HANDLE_BYTES))
        if not rows.add_company(tx, _sealed(tenant.keys, made), created=day_in_japan(self.now())):
            row = rows.company(tx, tenant.keys.company_index(number), held=True)
            if row is None:
                raise LookupError("a company that is there and is not")
            return _opened(tenant.keys, row)
        person = Record(kind=PersonKind.COMPANY)
        record.add(tx, tenant.keys, made.handle, person, created=self.now().date())
        self._audit(tx, tenant, made, how)
        return made

    def _audit(self, tx: Transaction, tenant: Tenant, company: Company, outcome: str) -> None:
        """A corporate number is public; whose staff it is, is not, and is not here."""
        number = company.number
        self.auditor.record(tx, tenant.keys, Action.COMPANY_REGISTERED, outcome, corporate_number=number)


def required(typed: str) -> str:
    """The corporate number in what was typed. Raises NotAllowed."""
    number = corporate_number.read(typed)
    if number is None:
        raise NotAllowed("a corporate number has thirteen digits, of which the first is the check digit")
    return number


def _sealed(keys: TenantKeys, company: Company) -> CompanyRow:
    index = keys.company_index(company.number)
    body = {"number": company.number, "name": company.name, "handle": company.handle.hex()}
    return CompanyRow(index, keys.seal(_place(index), json.dumps(body, sort_keys=True).encode()))


def _opened(keys: TenantKeys, row: CompanyRow) -> Company:
    stored = json.loads(keys.open(_place(row.company_index), row.sealed_body))
    return Company(stored["number"], stored["name"], bytes.fromhex(stored["handle"]))


def _place(index: bytes) -> Place:
    return Place("company", index, "body")
