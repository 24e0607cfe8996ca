"""`idp procedure create|list|show|change`: what residents apply for, and how surely they are known."""

from typing import Annotated, Any

import typer

from idp.cli.context import build, service_of, tenant_of
from idp.cli.option_list import options_of
from idp.cli.options import AsJson, Data, TenantId
from idp.cli.output import CommandFailed, Exit, errors_as_exit_codes, show
from idp.cli.procedure_options import NAME_JA, WAY, ProcedureOptions
from idp.procedures.procedure import Procedure, Way
from idp.tenants.tenancy import Client

app = typer.Typer(
    name="procedure", help="Procedures of services, and how surely each knows who applies.", no_args_is_help=True
)
_Id = Annotated[str, typer.Argument(help="1 to 64 characters of a-z, 0-9 and hyphen: the parameter `procedure`.")]
_Service = Annotated[str, typer.Option("--service", help="The service at which residents apply.")]
_COLUMNS = ("id", "name", "way", "minimum_acr", "open")


@app.command()
@options_of("options", ProcedureOptions)
def create(
    procedure_id: _Id,
    tenant: TenantId,
    service: _Service,
    way: Annotated[Way, typer.Option(help=WAY)],
    name_ja: Annotated[str, typer.Option(help=NAME_JA)],
    options: ProcedureOptions,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Register a procedure; the service names it by the request parameter `procedure`."""
    with errors_as_exit_codes(as_json=as_json):
        product = build(data)
        municipality = tenant_of(product, tenant)
        client = service_of(municipality, service)
        acts = product.service_acts.procedures
        show(_describe(acts.create(municipality, client, procedure_id, way, options.change)), as_json=as_json)


@app.command("list")
def list_(tenant: TenantId, service: _Service, data: Data = None, as_json: AsJson = False) -> None:
    """List a service's procedures."""
    with errors_as_exit_codes(as_json=as_json):
        client = service_of(tenant_of(build(data), tenant), service)
        show([_describe(one) for one in client.procedures.values()], as_json=as_json, columns=_COLUMNS)


@app.command("show")
def show_(
    procedure_id: _Id, tenant: TenantId, service: _Service, data: Data = None, as_json: AsJson = False
) -> None:
    """Show one procedure."""
    with errors_as_exit_codes(as_json=as_json):
        client = service_of(tenant_of(build(data), tenant), service)
        show(_describe(_procedure(client, procedure_id)), as_json=as_json)


@app.command()
@options_of("options", ProcedureOptions)
def change(
    procedure_id: _Id,
    tenant: TenantId,
    service: _Service,
    options: ProcedureOptions,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Change a procedure, logins under way too; what is not named stays, but another way brings its own level."""
    with errors_as_exit_codes(as_json=as_json):
        product = build(data)
        municipality = tenant_of(product, tenant)
        client = service_of(municipality, service)
        acts = product.service_acts.procedures
        show(_describe(acts.change(municipality, client, procedure_id, options.change)), as_json=as_json)


def _procedure(client: Client, procedure_id: str) -> Procedure:
    found = client.procedures.get(procedure_id)
    if found is None:
        raise CommandFailed("the service has no procedure with this id", Exit.REFUSED)
    return found


def _describe(procedure: Procedure) -> dict[str, Any]:
    return {
        "id": procedure.procedure_id,
        "name": procedure.name("ja"),
        "name_en": procedure.name("en"),
        "way": str(procedure.way),
        "minimum_acr": procedure.minimum_acr,
        "open": procedure.open,
        "signed_application": procedure.signed_application,
        **({"receipt_days": procedure.receipt_days} if procedure.gives_receipts else {}),
        **({"signers": [str(kind) for kind in procedure.signers]} if procedure.takes_applications else {}),
    }
