"""`idp service create|list|show`."""

from datetime import timedelta
from typing import Annotated, Any

import typer

from idp.administration import NewService
from idp.cli.context import build, tenant_of
from idp.cli.options import AsJson, Data, TenantId
from idp.cli.output import CommandFailed, Exit, errors_as_exit_codes, show
from idp.revocation.policy import Order, RevocationPolicy, write_policy
from idp.tenancy import Client

app = typer.Typer(name="service", help="A tenant's services (OIDC clients).", no_args_is_help=True)
_COLUMNS = ("id", "client_id", "name", "sector", "state")


@app.command()
def create(
    service_id: Annotated[str, typer.Argument(help="1 to 64 characters of a-z, 0-9 and hyphen.")],
    tenant: TenantId,
    name_ja: Annotated[str, typer.Option(help="Name in Japanese, shown to residents.")],
    redirect_uri: Annotated[list[str], typer.Option(help="Exact redirect URI; may be given many times.")],
    name_en: Annotated[str, typer.Option(help="Name in English.")] = "",
    purpose_ja: Annotated[str, typer.Option(help="Why residents sign in, in Japanese.")] = "",
    purpose_en: Annotated[str, typer.Option(help="Why residents sign in, in English.")] = "",
    sector: Annotated[str | None, typer.Option(help="Share the number of this sector; needs a purpose.")] = None,
    sector_purpose: Annotated[str, typer.Option(help="Why the number is shared.")] = "",
    scope: Annotated[str, typer.Option(help="Scopes, separated by spaces.")] = "openid",
    auth_method: Annotated[str, typer.Option(help="token_endpoint_auth_method")] = "client_secret_basic",
    alg: Annotated[str, typer.Option(help="id_token_signed_response_alg")] = "ES256",
    require_pkce: Annotated[bool, typer.Option(help="Refuse requests without PKCE.")] = True,
    revocation: Annotated[Order, typer.Option(help="Which method speaks for a certificate.")] = Order.OCSP_FIRST,
    evidence_max_age: Annotated[
        int | None, typer.Option(min=1, help="Greatest age of revocation evidence, in seconds.")
    ] = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Register a service; its secret is printed once and never again."""
    with errors_as_exit_codes(as_json=as_json):
        product = build(data)
        registered = product.administration.register_service(
            tenant_of(product, tenant),
            NewService(
                service_id=service_id,
                name_ja=name_ja,
                name_en=name_en,
                purpose_ja=purpose_ja,
                purpose_en=purpose_en,
                redirect_uris=redirect_uri,
                sector_id=sector,
                sector_purpose=sector_purpose,
                scopes=tuple(scope.split()),
                token_endpoint_auth_method=auth_method,
                id_token_signed_response_alg=alg,
                require_pkce=require_pkce,
                revocation=RevocationPolicy(revocation, timedelta(seconds=evidence_max_age))
                if evidence_max_age
                else RevocationPolicy(revocation),
            ),
        )
        secret = {"client_secret": registered.client_secret} if registered.client_secret else {}
        record = {"client_id": registered.client_id, **secret, "sector": registered.sector_id}
        show(record | {"issuer": tenant_of(product, tenant).issuer}, as_json=as_json)


@app.command("list")
def list_(tenant: TenantId, data: Data = None, as_json: AsJson = False) -> None:
    """List a tenant's services."""
    with errors_as_exit_codes(as_json=as_json):
        clients = tenant_of(build(data), tenant).clients.values()
        show([describe(client) for client in clients], as_json=as_json, columns=_COLUMNS)


@app.command("show")
def show_(service_id: str, tenant: TenantId, data: Data = None, as_json: AsJson = False) -> None:
    """Show one service. Secrets are not stored, so they are not shown."""
    with errors_as_exit_codes(as_json=as_json):
        for client in tenant_of(build(data), tenant).clients.values():
            if client.service_id == service_id:
                show(describe(client) | details(client), as_json=as_json)
                return
        raise CommandFailed("there is no service of that id at the tenant", Exit.REFUSED)


def describe(client: Client) -> dict[str, Any]:
    """A service as commands list it."""
    return {
        "id": client.service_id,
        "client_id": client.client_id,
        "name": client.name("ja"),
        "sector": client.sector_id,
        "state": client.state,
    }


def details(client: Client) -> dict[str, Any]:
    """What `show` adds."""
    return {
        "purpose": client.purpose("ja"),
        "redirect_uris": list(client.redirect_uris),
        "scope": " ".join(client.scopes),
        "token_endpoint_auth_method": client.token_endpoint_auth_method,
        "id_token_signed_response_alg": client.id_token_signed_response_alg,
        "require_pkce": client.require_pkce,
        "profile": client.profile,
        "minimum_acr": client.minimum_acr,
        "revocation": write_policy(client.revocation),
        "certificate_types": [str(device) for device in client.certificate_types],
        "secrets": len(client.secret_digests),
    }
