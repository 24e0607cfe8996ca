"""`idp service create|list|show|change|policy|events|logouts|secret|rotate-secret`, and what other files add."""

from pathlib import Path
from typing import Annotated

import typer

from idp.cli import (
    service_change,
    service_grade,
    service_invite,
    service_logouts,
    service_secret,
    service_standing,
)
from idp.cli.context import build, service_of, tenant_of
from idp.cli.option_list import options_of
from idp.cli.options import AsJson, Data, TenantId
from idp.cli.output import CommandFailed, Exit, errors_as_exit_codes, show
from idp.cli.policy import (
    VERIFY_WITHIN,
    Default,
    DeferUntil,
    EvidenceMaxAge,
    RevocationOrder,
    VerifyWithin,
    stated,
)
from idp.cli.service_options import NAME_JA, ServiceOptions
from idp.cli.service_rows import describe, details, proposed
from idp.registration import NewService, grants_for
from idp.revocation.policy import write_policy

app = typer.Typer(name="service", help="A tenant's services (OIDC clients).", no_args_is_help=True)
_FOR_ITS_LIBRARY = ("token_endpoint_auth_method", "id_token_signed_response_alg", "require_pkce")
"""What a client library has to be told besides, where it assumes something else."""
_COLUMNS = ("id", "client_id", "name", "sector", "state")


@app.command()
@options_of("options", ServiceOptions)
def create(
    service_id: Annotated[str, typer.Argument(help="1 to 64 characters of a-z, 0-9 and hyphen.")],
    tenant: TenantId,
    name_ja: Annotated[str, typer.Option(help=NAME_JA)],
    redirect_uri: Annotated[list[str], typer.Option(help="Exact redirect URI; may be given many times.")],
    options: ServiceOptions,
    sector: Annotated[str | None, typer.Option(help="Share the number of this sector; needs a purpose.")] = None,
    sector_purpose: Annotated[str, typer.Option(help="Why the number is shared.")] = "",
    sector_identifier_uri: Annotated[
        str | None,
        typer.Option(
            help="JSON array of all its redirect URIs; services with one at the same host share a sector."
        ),
    ] = None,
    revocation: RevocationOrder = None,
    evidence_max_age: EvidenceMaxAge = None,
    event_endpoint: Annotated[str | None, typer.Option(help="URL that receives events (RFC 8935).")] = None,
    event_bearer_file: Annotated[
        Path | None, typer.Option(help="File with the token that the receiver wants to see.")
    ] = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Register a service; its secret, where it has one, is printed once and never again."""
    with errors_as_exit_codes(as_json=as_json):
        product = build(data)
        members = options.members() | {
            "id_token_signed_response_alg": options.alg,
            "authorization_signed_response_alg": options.alg,
            "userinfo_signed_response_alg": options.userinfo_alg or None,
            "grant_types": grants_for((options.scope or "").split()),
        }
        registered = product.administration.register_service(
            tenant_of(product, tenant),
            NewService(
                service_id=service_id,
                sector_id=sector,
                sector_purpose=sector_purpose,
                sector_identifier_uri=sector_identifier_uri,
                revocation=stated(revocation, evidence_max_age),
                event_endpoint=event_endpoint,
                event_bearer=_bearer(event_bearer_file),
                **members,
            ),
        )
        secret = {"client_secret": registered.client_secret} if registered.client_secret else {}
        record = {"client_id": registered.client_id, **secret, "sector": registered.sector_id}
        record |= {"issuer": tenant_of(product, tenant).issuer}
        client = tenant_of(product, tenant).clients[registered.client_id]
        record |= {name: getattr(client, name) for name in _FOR_ITS_LIBRARY}
        approval = proposed(product, tenant_of(product, tenant), client)
        waiting = {"verify": "needs approval"} if "proposal" in approval else {}
        show(record | waiting | approval, as_json=as_json)


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
        client = service_of(tenant_of(build(data), tenant), service_id)
        show(describe(client) | details(client), as_json=as_json)


@app.command()
def policy(
    service_id: str,
    tenant: TenantId,
    revocation: RevocationOrder = None,
    evidence_max_age: EvidenceMaxAge = None,
    defer_until: DeferUntil = None,
    verify_within: VerifyWithin = VERIFY_WITHIN,
    default: Default = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Change what the service demands of revocation evidence, or show it; the tenant's holds for the rest."""
    with errors_as_exit_codes(as_json=as_json):
        product = build(data)
        client = service_of(tenant_of(product, tenant), service_id)
        members = stated(
            revocation, evidence_max_age, defer_until=defer_until, verify_within=verify_within, default=default
        )
        if members:
            product.policies.change_service(tenant_of(product, tenant), client, revocation=members)
            client = service_of(tenant_of(product, tenant), service_id)
        show(write_policy(client.revocation), as_json=as_json)


app.add_typer(service_change.app)
app.command("test")(service_grade.grade)
app.command("disable")(service_standing.disable)
app.command("enable")(service_standing.enable)
app.command("approve")(service_standing.approve)
app.command("invite")(service_invite.invite)
app.add_typer(service_invite.app)
app.command("logouts")(service_logouts.logouts)
app.command("rotate-secret")(service_secret.rotate)
app.add_typer(service_secret.app)


@app.command()
def events(
    service_id: str,
    tenant: TenantId,
    endpoint: Annotated[str | None, typer.Option(help="URL that receives events from now on.")] = None,
    bearer_file: Annotated[Path | None, typer.Option(help="File with the token that it wants to see.")] = None,
    nowhere: Annotated[bool, typer.Option("--nowhere", help="Send no events any more.")] = False,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Change where the service receives events, or show it."""
    with errors_as_exit_codes(as_json=as_json):
        if nowhere and (endpoint or bearer_file):
            raise CommandFailed("--nowhere goes with no endpoint", Exit.USAGE)
        product = build(data)
        client = service_of(tenant_of(product, tenant), service_id)
        if nowhere or endpoint is not None or bearer_file is not None:
            product.event_receivers.change(tenant_of(product, tenant), client, endpoint, _bearer(bearer_file))
            client = service_of(tenant_of(product, tenant), service_id)
        bearer = client.sealed_event_bearer is not None
        show({"event_endpoint": client.event_endpoint, "event_bearer": bearer}, as_json=as_json)


def _bearer(file: Path | None) -> str | None:
    """The token in a file. Raises CommandFailed when there is none."""
    if file is None:
        return None
    try:
        return file.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise CommandFailed("--event-bearer-file names a file that cannot be read", Exit.USAGE) from error
