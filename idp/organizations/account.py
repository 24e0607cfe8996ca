"""An ID of somebody who signs in for an organization, and what belongs to it. Pure."""

import json
from dataclasses import dataclass, field
from datetime import date

from idp.keys.sealing import Place, TenantKeys
from idp.organizations.claim import Kind
from idp.passwords.account import Issued
from idp.store.organizations import AccountRow

STAFF = ""
"""In place of a corporate number: the municipality's own staff."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """`number`: the company's corporate number, STAFF for the municipality. `person`: who has it, for the staff
    who give it out and end it: a name or a post.

    `handle`: of the person towards services: the company's, or a member of the staff's own. `first_until`: as of
    residents' accounts, until when the password is good for choosing an own one alone; 0 for a password of theirs.
    """

    handle: bytes = field(repr=False)
    number: str
    person: str = field(repr=False)
    verifier: str = field(repr=False)
    issued: Issued
    issued_on: date
    first_until: int = 0

    @property
    def kind(self) -> Kind:
        """For whom they sign in."""
        return Kind.COMPANY if self.number else Kind.MUNICIPALITY


def sealed(keys: TenantKeys, index: bytes, sign_in_id: str, account: Account) -> AccountRow:
    """The row of an account."""
    body = {
        "id": sign_in_id,
        "handle": account.handle.hex(),
        "number": account.number,
        "person": account.person,
        "verifier": account.verifier,
        "issued": str(account.issued),
        "issued_on": account.issued_on.isoformat(),
        "first_until": account.first_until,
    }
    text = keys.seal(_place(index), json.dumps(body, sort_keys=True).encode())
    return AccountRow(index, keys.organization_mark(account.number), text)


def opened(keys: TenantKeys, row: AccountRow) -> tuple[str, Account]:
    """The ID of a row, and its account. Raises SealBroken for a row that was altered."""
    stored = json.loads(keys.open(_place(row.account_index), row.sealed_body))
    return stored["id"], Account(
        handle=bytes.fromhex(stored["handle"]),
        number=stored["number"],
        person=stored["person"],
        verifier=stored["verifier"],
        issued=Issued(stored["issued"]),
        issued_on=date.fromisoformat(stored["issued_on"]),
        first_until=stored["first_until"],
    )


def _place(index: bytes) -> Place:
    return Place("organization_account", index, "body")
