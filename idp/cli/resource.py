"""`idp resource create|list|remove`."""

from typing import Annotated, Any

import typer

from idp.cli.context import build, service_of, tenant_of
from idp.cli.options import AsJson, Data, TenantId
from idp.cli.output import errors_as_exit_codes, show
from idp.resources.register import NewResource
from idp.resources.resource import Resource
from idp.tenants.tenancy import Tenant

app = typer.Typer(
    name="resource", help="Interfaces of services, for which access tokens are signed.", no_args_is_help=True
)
_COLUMNS = ("identifier", "name", "service", "scope", "signing_alg")


@app.command()
def create(
    identifier: Annotated[str, typer.Argument(help="Its URI: the audience of its tokens.")],
    tenant: TenantId,
    service: Annotated[str, typer.Option(help="The service that runs it; it belongs to that one's sector.")],
    name_ja: Annotated[str, typer.Option(help="Name in Japanese, shown to residents.")],
    name_en: Annotated[str, typer.Option(help="Name in English.")] = "",
    scope: Annotated[str, typer.Option(help="Its scopes, separated by spaces.")] = "",
    alg: Annotated[str, typer.Option(help="Of its tokens.")] = "ES256",
    caller: Annotated[
        list[str] | None,
        typer.Option(help="A service of the sector that may ask for its tokens; may be given many times."),
    ] = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Register a resource; services name it by the parameter `resource`."""
    with errors_as_exit_codes(as_json=as_json):
        product = build(data)
        municipality = tenant_of(product, tenant)
        made = product.resources.create(
            municipality,
            NewResource(
                identifier=identifier,
                owner=service_of(municipality, service),
                name_ja=name_ja,
                name_en=name_en,
                scopes=tuple(scope.split()),
                signing_alg=alg,
                callers=[service_of(municipality, service_id) for service_id in caller or ()],
            ),
        )
        show(_describe(municipality, made), as_json=as_json)


@app.command("list")
def list_(tenant: TenantId, data: Data = None, as_json: AsJson = False) -> None:
    """List a tenant's resources."""
    with errors_as_exit_codes(as_json=as_json):
        municipality = tenant_of(build(data), tenant)
        rows = [_describe(municipality, resource) for resource in municipality.resources.values()]
        show(rows, as_json=as_json, columns=_COLUMNS)


@app.command()
def remove(identifier: str, tenant: TenantId, data: Data = None, as_json: AsJson = False) -> None:
    """Forget a resource: no token for it is given or counts from now on."""
    with errors_as_exit_codes(as_json=as_json):
        product = build(data)
        product.resources.remove(tenant_of(product, tenant), identifier)
        show({"identifier": identifier, "removed": True}, as_json=as_json)


def _describe(tenant: Tenant, resource: Resource) -> dict[str, Any]:
    owner = tenant.clients[resource.client_id]
    callers = [client.service_id for client in tenant.clients.values() if client.client_id in resource.callers]
    return {
        "identifier": resource.identifier,
        "name": resource.name("ja"),
        "service": owner.service_id,
        "sector": owner.sector_id,
        "scope": " ".join(resource.scopes),
        "signing_alg": resource.signing_alg,
        "callers": sorted(callers),
    }
