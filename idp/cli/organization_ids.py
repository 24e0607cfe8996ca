"""What `idp company` and `idp staff` do alike with IDs of those who sign in for an organization."""

from typing import Any

from idp.cli.context import build, tenant_of
from idp.cli.output import errors_as_exit_codes, show
from idp.cli.password import paper
from idp.organizations.account import Account
from idp.organizations.accounts import Accounts
from idp.organizations.claim import Kind
from idp.registration import NotAllowed
from idp.tenants.tenancy import Tenant

COLUMNS = ("id", "person", "issued", "issued_on", "password")


def row(sign_in_id: str, account: Account) -> dict[str, Any]:
    """An ID in a list."""
    return {
        "id": sign_in_id,
        "person": account.person,
        "issued": str(account.issued),
        "issued_on": account.issued_on.isoformat(),
        "password": "first" if account.first_until else "own",
    }


def give_again(sign_in_id: str, tenant: str, kind: Kind, *, data: Any, as_json: bool) -> None:
    """Another first password for an ID of that kind."""
    with errors_as_exit_codes(as_json=as_json):
        product = build(data)
        accounts, of = product.people.organizations, tenant_of(product, tenant)
        typed = _required(accounts, of, sign_in_id, kind)
        show(paper(accounts.give_again(of, typed)), as_json=as_json)


def end(sign_in_id: str, tenant: str, kind: Kind, *, data: Any, as_json: bool) -> None:
    """End an ID of that kind."""
    with errors_as_exit_codes(as_json=as_json):
        product = build(data)
        accounts, of = product.people.organizations, tenant_of(product, tenant)
        typed = _required(accounts, of, sign_in_id, kind)
        show({"state": "ended", "logins_ended": accounts.end(of, typed)}, as_json=as_json)


def _required(accounts: Accounts, tenant: Tenant, typed: str, kind: Kind) -> str:
    """The ID as it is written. Raises NotAllowed for one of the other kind, too."""
    sign_in_id = accounts.read(typed)
    found = accounts.find(tenant, sign_in_id)
    if found is None or found.kind is not kind:
        raise NotAllowed("there is no such ID")
    return sign_in_id
