"""`idp company add|list|show|give|give-again|end`: companies, and the IDs with which people sign in for them.

What is printed of an ID is for the paper that goes to the company, and is shown once. An ID comes as an argument,
for it is no secret; nor is a corporate number.
"""

from typing import Annotated

import typer

from idp.cli import organization_ids
from idp.cli.context import build, tenant_of
from idp.cli.options import AsJson, Data, TenantId
from idp.cli.output import errors_as_exit_codes, show
from idp.cli.password import Desk, paper
from idp.organizations.claim import Kind
from idp.passwords.account import Issued

app = typer.Typer(name="company", help="Companies, and who signs in for them.", no_args_is_help=True)
_Number = Annotated[str, typer.Argument(help="法人番号, thirteen digits.")]
_Id = Annotated[str, typer.Argument(help="The ID, as it is on the paper.")]
_COLUMNS = ("number", "name", "ids")
_By = Annotated[Desk, typer.Option("--by", help="counter, or post to the registered office.")]
_Person = Annotated[str, typer.Option("--person", help="Who is in charge there and has the ID.")]


@app.command()
def add(
    number: _Number,
    tenant: TenantId,
    name: Annotated[str, typer.Option(help="As it is registered; services are told it.")],
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Register a company, or write down another name of one."""
    with errors_as_exit_codes(as_json=as_json):
        product = build(data)
        made = product.people.organizations.companies.register(tenant_of(product, tenant), number, name)
        show({"number": made.number, "name": made.name}, as_json=as_json)


@app.command("list")
def list_(tenant: TenantId, data: Data = None, as_json: AsJson = False) -> None:
    """List the companies that are known, with how many IDs each has."""
    with errors_as_exit_codes(as_json=as_json):
        product = build(data)
        of, accounts = tenant_of(product, tenant), product.people.organizations
        found = [
            {"number": one.number, "name": one.name, "ids": len(accounts.of_company(of, one.number))}
            for one in accounts.companies.all(of)
        ]
        show(found, as_json=as_json, columns=_COLUMNS)


@app.command("show")
def show_(number: _Number, tenant: TenantId, data: Data = None, as_json: AsJson = False) -> None:
    """Show the IDs of a company, and who has each."""
    with errors_as_exit_codes(as_json=as_json):
        product = build(data)
        found = product.people.organizations.of_company(tenant_of(product, tenant), number)
        show([organization_ids.row(*one) for one in found], as_json=as_json, columns=organization_ids.COLUMNS)


@app.command()
def give(
    number: _Number, tenant: TenantId, person: _Person, by: _By, data: Data = None, as_json: AsJson = False
) -> None:
    """Give an ID and its first password to somebody at a registered company."""
    with errors_as_exit_codes(as_json=as_json):
        product = build(data)
        accounts = product.people.organizations
        given = accounts.give_to_company(tenant_of(product, tenant), number, person, Issued(by))
        show(paper(given), as_json=as_json)


@app.command("give-again")
def give_again(sign_in_id: _Id, tenant: TenantId, data: Data = None, as_json: AsJson = False) -> None:
    """Give another first password for an ID; the old one counts no more."""
    organization_ids.give_again(sign_in_id, tenant, Kind.COMPANY, data=data, as_json=as_json)


@app.command()
def end(sign_in_id: _Id, tenant: TenantId, data: Data = None, as_json: AsJson = False) -> None:
    """Let nobody sign in with an ID any more; whoever is signed in for the company signs in again."""
    organization_ids.end(sign_in_id, tenant, Kind.COMPANY, data=data, as_json=as_json)
