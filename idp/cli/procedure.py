"""`idp procedure create|list|show|change`: what residents apply for, and how surely they are known."""

from typing import Annotated, Any

import typer

from idp.cli.context import build, service_of, tenant_of
from idp.cli.options import AsJson, Data, TenantId
from idp.cli.output import CommandFailed, Exit, errors_as_exit_codes, show
from idp.procedures.procedure import Procedure, Way
from idp.procedures.register import Change
from idp.tenancy import Client

app = typer.Typer(
    name="procedure", help="Procedures of services, and how surely each knows who applies.", no_args_is_help=True
)
_Id = Annotated[str, typer.Argument(help="1 to 64 characters of a-z, 0-9 and hyphen: the parameter `procedure`.")]
_Service = Annotated[str, typer.Option("--service", help="The service at which residents apply.")]
_WAY = "anonymous, password, signature, combined (password or passkey, then the card), or acr for a level alone."
_MinimumAcr = Annotated[str | None, typer.Option(help="A higher level than the way's own: aal2 or aal3.")]
_SignedApplication = Annotated[
    bool | None,
    typer.Option(
        "--signed-application/--no-signed-application",
        help="Whether each login must bring the signature on the application (ways signature and combined).",
    ),
]
_ReceiptDays = Annotated[
    int | None,
    typer.Option(
        help="Of the anonymous way: days for which a receipt is kept after its last state; 366 otherwise."
    ),
]
_COLUMNS = ("id", "name", "way", "minimum_acr", "open")


@app.command()
def create(
    procedure_id: _Id,
    tenant: TenantId,
    service: _Service,
    way: Annotated[Way, typer.Option(help=_WAY)],
    name_ja: Annotated[str, typer.Option(help="Name in Japanese, shown to residents.")],
    name_en: Annotated[str | None, typer.Option(help="Name in English.")] = None,
    minimum_acr: _MinimumAcr = None,
    signed_application: _SignedApplication = None,
    receipt_days: _ReceiptDays = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Register a procedure; the service names it by the request parameter `procedure`."""
    with errors_as_exit_codes(as_json=as_json):
        product = build(data)
        municipality = tenant_of(product, tenant)
        wish = Change(
            name_ja=name_ja,
            name_en=name_en,
            minimum_acr=minimum_acr,
            signed_application=signed_application,
            receipt_days=receipt_days,
        )
        made = product.service_acts.procedures.create(
            municipality, service_of(municipality, service), procedure_id, way, wish
        )
        show(_describe(made), as_json=as_json)


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
def change(
    procedure_id: _Id,
    tenant: TenantId,
    service: _Service,
    way: Annotated[Way | None, typer.Option(help=_WAY)] = None,
    name_ja: Annotated[str | None, typer.Option(help="Name in Japanese, shown to residents.")] = None,
    name_en: Annotated[str | None, typer.Option(help="Name in English.")] = None,
    minimum_acr: _MinimumAcr = None,
    open_: Annotated[
        bool | None, typer.Option("--open/--closed", help="Whether services may begin logins for it.")
    ] = None,
    signed_application: _SignedApplication = None,
    receipt_days: _ReceiptDays = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Change a procedure, logins under way too; what is not named stays, but another way brings its own level."""
    with errors_as_exit_codes(as_json=as_json):
        product = build(data)
        municipality = tenant_of(product, tenant)
        wish = Change(
            name_ja=name_ja,
            name_en=name_en,
            way=way,
            minimum_acr=minimum_acr,
            open=open_,
            signed_application=signed_application,
            receipt_days=receipt_days,
        )
        made = product.service_acts.procedures.change(
            municipality, service_of(municipality, service), procedure_id, wish
        )
        show(_describe(made), as_json=as_json)


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
        **({"receipt_days": procedure.receipt_days} if procedure.way is Way.ANONYMOUS else {}),
    }
