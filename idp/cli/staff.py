"""`idp staff give|list|give-again|end`: IDs with which the municipality's own staff sign in to its services."""

from typing import Annotated

import typer

from idp.cli import organization_ids
from idp.cli.context import build, tenant_of
from idp.cli.options import AsJson, Data, TenantId
from idp.cli.output import errors_as_exit_codes, show
from idp.cli.password import paper
from idp.organizations.claim import Kind

app = typer.Typer(name="staff", help="IDs of the municipality's own staff.", no_args_is_help=True)
_Id = Annotated[str, typer.Argument(help="The ID, as it is on the paper.")]


@app.command()
def give(
    tenant: TenantId,
    person: Annotated[str, typer.Option("--person", help="Who has it: a name, or a post.")],
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Give an ID and its first password to a member of the staff."""
    with errors_as_exit_codes(as_json=as_json):
        product = build(data)
        given = product.people.organizations.give_to_staff(tenant_of(product, tenant), person)
        show(paper(given), as_json=as_json)


@app.command("list")
def list_(tenant: TenantId, data: Data = None, as_json: AsJson = False) -> None:
    """List the IDs, and who has each."""
    with errors_as_exit_codes(as_json=as_json):
        product = build(data)
        found = product.people.organizations.of_staff(tenant_of(product, tenant))
        show([organization_ids.row(*one) for one in found], as_json=as_json, columns=organization_ids.COLUMNS)


@app.command("give-again")
def give_again(sign_in_id: _Id, tenant: TenantId, data: Data = None, as_json: AsJson = False) -> None:
    """Give another first password for an ID; the old one counts no more."""
    organization_ids.give_again(sign_in_id, tenant, Kind.MUNICIPALITY, data=data, as_json=as_json)


@app.command()
def end(sign_in_id: _Id, tenant: TenantId, data: Data = None, as_json: AsJson = False) -> None:
    """Let nobody sign in with an ID any more, and end their logins."""
    organization_ids.end(sign_in_id, tenant, Kind.MUNICIPALITY, data=data, as_json=as_json)
