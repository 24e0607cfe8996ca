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
from idp.cli.service_change import CertificateTypes
from idp.cli.service_logouts import BackSession, BackUri, FrontSession, FrontUri, PostLogout
from idp.cli.service_particulars import (
    ClaimTerms,
    ClientUri,
    Contacts,
    DefaultMaxAge,
    PolicyUri,
    RequireAuthTime,
    RequireSignatureStatus,
    TosUri,
    claim_terms_in,
)
from idp.cli.service_requests import (
    RequestAlg,
    RequestEncryptionAlg,
    RequestEncryptionEnc,
    RequestUris,
    RequireRequestObject,
    request_uris_in,
)
from idp.cli.service_rows import describe, details, proposed
from idp.cli.service_security import (
    AuthAlg,
    AuthMethod,
    CertificateBound,
    CertificateNamed,
    DpopBound,
    Encrypt,
    IntrospectionAlg,
    JwksFile,
    JwksUri,
    LegacyUntil,
    Profile,
    RequirePkce,
    UserInfoAlg,
    certificate_name_in,
    day_in,
    encryption_in,
    jwks_in,
    proposed_alg,
)
from idp.jpki.profile import Device
from idp.registration import NewService, grants_for
from idp.revocation.policy import write_policy

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
    sector_identifier_uri: Annotated[
        str | None,
        typer.Option(
            help="JSON array of all its redirect URIs; services with one at the same host share a sector."
        ),
    ] = None,
    scope: Annotated[str, typer.Option(help="Scopes, separated by spaces.")] = "openid",
    verify_purpose: Annotated[str, typer.Option(help="What the scope verify is for; it has to be approved.")] = "",
    user_numbers: Annotated[
        bool, typer.Option("--user-numbers", help="Its own user numbers are linked here; goes with scope verify.")
    ] = False,
    profile: Profile = None,
    auth_method: AuthMethod = None,
    auth_alg: AuthAlg = None,
    certificate_name: CertificateNamed = None,
    alg: Annotated[
        str | None, typer.Option(help="Of signed answers, ID tokens and responses in a JWT: ES256 unless stated.")
    ] = None,
    certificate_bound_access_tokens: CertificateBound = None,
    userinfo_alg: UserInfoAlg = None,
    encrypt: Encrypt = None,
    dpop_bound_access_tokens: DpopBound = None,
    introspection_alg: IntrospectionAlg = None,
    require_pkce: RequirePkce = None,
    legacy_until: LegacyUntil = None,
    minimum_acr: Annotated[
        str, typer.Option(help="The least level of a login: aal2 or aal3; aal1 with --method.")
    ] = "aal2",
    method: Annotated[
        list[str] | None, typer.Option(help="A weaker way of signing in that it takes too: kazashi, password.")
    ] = None,
    certificate_type: CertificateTypes = None,
    jwks_file: JwksFile = None,
    jwks_uri: JwksUri = None,
    request_uri: RequestUris = None,
    request_alg: RequestAlg = None,
    request_encryption_alg: RequestEncryptionAlg = None,
    request_encryption_enc: RequestEncryptionEnc = None,
    require_signed_request_object: RequireRequestObject = None,
    revocation: RevocationOrder = None,
    evidence_max_age: EvidenceMaxAge = None,
    post_logout_redirect_uri: PostLogout = None,
    backchannel_logout_uri: BackUri = None,
    backchannel_logout_session_required: BackSession = None,
    frontchannel_logout_uri: FrontUri = None,
    frontchannel_logout_session_required: FrontSession = None,
    default_max_age: DefaultMaxAge = None,
    require_auth_time: RequireAuthTime = None,
    require_signature_status: RequireSignatureStatus = None,
    client_uri: ClientUri = None,
    policy_uri: PolicyUri = None,
    tos_uri: TosUri = None,
    contact: Contacts = None,
    claim_terms: ClaimTerms = None,
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
        registered = product.administration.register_service(
            tenant_of(product, tenant),
            NewService(
                service_id=service_id,
                name_ja=name_ja,
                name_en=name_en,
                purpose_ja=purpose_ja,
                purpose_en=purpose_en,
                redirect_uris=redirect_uri,
                post_logout_redirect_uris=tuple(post_logout_redirect_uri or ()),
                backchannel_logout_uri=backchannel_logout_uri,
                backchannel_logout_session_required=bool(backchannel_logout_session_required),
                frontchannel_logout_uri=frontchannel_logout_uri,
                frontchannel_logout_session_required=bool(frontchannel_logout_session_required),
                sector_id=sector,
                sector_purpose=sector_purpose,
                sector_identifier_uri=sector_identifier_uri,
                scopes=tuple(scope.split()),
                grant_types=grants_for(scope.split()),
                verify_purpose=verify_purpose,
                user_numbers=user_numbers,
                profile=profile or "standard",
                token_endpoint_auth_method=auth_method,
                token_endpoint_auth_signing_alg=auth_alg,
                certificate_name=certificate_name_in(certificate_name),
                id_token_signed_response_alg=proposed_alg(profile, alg),
                authorization_signed_response_alg=proposed_alg(profile, alg),
                introspection_signed_response_alg=introspection_alg,
                tls_client_certificate_bound_access_tokens=bool(certificate_bound_access_tokens),
                userinfo_signed_response_alg=userinfo_alg or None,
                encryption=encryption_in(encrypt) or {},
                dpop_bound_access_tokens=bool(dpop_bound_access_tokens),
                require_pkce=require_pkce,
                legacy_until=day_in(legacy_until),
                minimum_acr=minimum_acr,
                methods=method or (),
                jwks=jwks_in(jwks_file),
                jwks_uri=jwks_uri,
                request_uris=request_uris_in(request_uri) or (),
                request_object_signing_alg=request_alg,
                request_object_encryption_alg=request_encryption_alg,
                request_object_encryption_enc=request_encryption_enc,
                require_signed_request_object=bool(require_signed_request_object),
                certificate_types=tuple(certificate_type or Device),
                revocation=stated(revocation, evidence_max_age),
                default_max_age=default_max_age,
                require_auth_time=bool(require_auth_time),
                require_signature_status=bool(require_signature_status),
                client_uri=client_uri,
                policy_uri=policy_uri,
                tos_uri=tos_uri,
                contacts=tuple(contact or ()),
                claim_terms=claim_terms_in(claim_terms) or {},
                event_endpoint=event_endpoint,
                event_bearer=_bearer(event_bearer_file),
            ),
        )
        secret = {"client_secret": registered.client_secret} if registered.client_secret else {}
        record = {"client_id": registered.client_id, **secret, "sector": registered.sector_id}
        record |= {"issuer": tenant_of(product, tenant).issuer}
        client = tenant_of(product, tenant).clients[registered.client_id]
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


app.command("change")(service_change.change)
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
