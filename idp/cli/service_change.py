"""`idp service change`: what a service may have otherwise after its registration."""

from typing import Annotated

import typer

from idp.cli.context import build, service_of, tenant_of
from idp.cli.options import AsJson, Data, TenantId
from idp.cli.output import errors_as_exit_codes, show
from idp.cli.service_logouts import BackSession, BackUri, FrontSession, FrontUri
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
)
from idp.jpki.profile import Device
from idp.service_changes import ServiceChange

CertificateTypes = Annotated[
    list[Device] | None, typer.Option("--certificate-type", help="card or phone; given twice for both.")
]


def change(
    service_id: str,
    tenant: TenantId,
    name_ja: Annotated[str | None, typer.Option(help="Name in Japanese, shown to residents.")] = None,
    name_en: Annotated[str | None, typer.Option(help="Name in English.")] = None,
    purpose_ja: Annotated[str | None, typer.Option(help="Why residents sign in, in Japanese.")] = None,
    purpose_en: Annotated[str | None, typer.Option(help="Why residents sign in, in English.")] = None,
    redirect_uri: Annotated[list[str] | None, typer.Option(help="All redirect URIs from now on.")] = None,
    post_logout_redirect_uri: Annotated[
        list[str] | None, typer.Option(help="All URIs to which a logout may lead from now on.")
    ] = None,
    backchannel_logout_uri: BackUri = None,
    backchannel_logout_session_required: BackSession = None,
    frontchannel_logout_uri: FrontUri = None,
    frontchannel_logout_session_required: FrontSession = None,
    scope: Annotated[str | None, typer.Option(help="All scopes from now on, separated by spaces.")] = None,
    verify_purpose: Annotated[
        str | None, typer.Option(help="What the scope verify is for; another one has to be approved anew.")
    ] = None,
    user_numbers: Annotated[
        bool | None, typer.Option(help="Its own user numbers are linked here; goes with scope verify.")
    ] = None,
    profile: Profile = None,
    auth_method: AuthMethod = None,
    auth_alg: AuthAlg = None,
    certificate_name: CertificateNamed = None,
    alg: Annotated[str | None, typer.Option(help="Of signed answers: ID tokens, and responses in a JWT.")] = None,
    certificate_bound_access_tokens: CertificateBound = None,
    userinfo_alg: UserInfoAlg = None,
    encrypt: Encrypt = None,
    dpop_bound_access_tokens: DpopBound = None,
    introspection_alg: IntrospectionAlg = None,
    require_pkce: RequirePkce = None,
    legacy_until: LegacyUntil = None,
    jwks_file: JwksFile = None,
    jwks_uri: JwksUri = None,
    request_uri: RequestUris = None,
    request_alg: RequestAlg = None,
    request_encryption_alg: RequestEncryptionAlg = None,
    request_encryption_enc: RequestEncryptionEnc = None,
    require_signed_request_object: RequireRequestObject = None,
    minimum_acr: Annotated[
        str | None, typer.Option(help="The least level: aal2 or aal3; aal1 with --method.")
    ] = None,
    method: Annotated[
        list[str] | None, typer.Option(help="Weaker ways that it takes from now on: kazashi, password.")
    ] = None,
    certificate_type: CertificateTypes = None,
    default_max_age: DefaultMaxAge = None,
    require_auth_time: RequireAuthTime = None,
    require_signature_status: RequireSignatureStatus = None,
    client_uri: ClientUri = None,
    policy_uri: PolicyUri = None,
    tos_uri: TosUri = None,
    contact: Contacts = None,
    claim_terms: ClaimTerms = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Change a service; running servers follow within seconds, logins under way too. What is not named stays."""
    with errors_as_exit_codes(as_json=as_json):
        product = build(data)
        wish = ServiceChange(
            name_ja=name_ja,
            name_en=name_en,
            purpose_ja=purpose_ja,
            purpose_en=purpose_en,
            redirect_uris=_all(redirect_uri),
            post_logout_redirect_uris=_all(post_logout_redirect_uri),
            backchannel_logout_uri=backchannel_logout_uri,
            backchannel_logout_session_required=backchannel_logout_session_required,
            frontchannel_logout_uri=frontchannel_logout_uri,
            frontchannel_logout_session_required=frontchannel_logout_session_required,
            scopes=None if scope is None else tuple(scope.split()),
            verify_purpose=verify_purpose,
            user_numbers=user_numbers,
            profile=profile,
            token_endpoint_auth_method=auth_method,
            token_endpoint_auth_signing_alg=auth_alg,
            certificate_name=certificate_name_in(certificate_name) or None,
            id_token_signed_response_alg=alg,
            authorization_signed_response_alg=alg,
            introspection_signed_response_alg=introspection_alg,
            tls_client_certificate_bound_access_tokens=certificate_bound_access_tokens,
            userinfo_signed_response_alg=userinfo_alg,
            encryption=encryption_in(encrypt),
            dpop_bound_access_tokens=dpop_bound_access_tokens,
            require_pkce=require_pkce,
            legacy_until=day_in(legacy_until),
            jwks=jwks_in(jwks_file),
            jwks_uri=jwks_uri,
            request_uris=request_uris_in(request_uri),
            request_object_signing_alg=request_alg,
            request_object_encryption_alg=request_encryption_alg,
            request_object_encryption_enc=request_encryption_enc,
            require_signed_request_object=require_signed_request_object,
            minimum_acr=minimum_acr,
            methods=_all(method),
            certificate_types=tuple(certificate_type) if certificate_type else None,
            default_max_age=default_max_age,
            require_auth_time=require_auth_time,
            require_signature_status=require_signature_status,
            client_uri=client_uri,
            policy_uri=policy_uri,
            tos_uri=tos_uri,
            contacts=_all(contact),
            claim_terms=claim_terms_in(claim_terms),
        )
        before = after = service_of(tenant_of(product, tenant), service_id)
        made = None
        if wish.stated():
            made = product.service_changes.change(tenant_of(product, tenant), before, wish)
            after = service_of(tenant_of(product, tenant), service_id)
        anew = (after.verify_purpose, after.legacy) != (before.verify_purpose, before.legacy)
        approval = proposed(product, tenant_of(product, tenant), after) if anew else {}
        secret = {"client_secret": made.text} if made else {}
        show(describe(after) | details(after) | approval | secret, as_json=as_json)


def _all(given: list[str] | None) -> tuple[str, ...] | None:
    """The values of an option that may be given many times; None when it was not (Typer gives an empty list)."""
    return tuple(given) if given else None
