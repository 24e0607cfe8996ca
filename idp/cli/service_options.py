"""Options of `idp service create|change`: what a service may have otherwise after its registration, in one list.

Options of a kind stand in files of their own; here they are put together, and read into members of a registration.
"""

from dataclasses import dataclass
from typing import Annotated, Any

import typer

from idp.cli.moments import read_day
from idp.cli.service_logouts import BackSession, BackUri, FrontSession, FrontUri, PostLogout
from idp.cli.service_particulars import (
    AgentKinds,
    AttributeSources,
    ClaimTerms,
    ClientUri,
    Contacts,
    DefaultMaxAge,
    PolicyUri,
    RequireAuthTime,
    RequireSignatureStatus,
    TosUri,
    agent_kinds_in,
    attribute_sources_in,
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
    encryption_in,
    jwks_in,
)
from idp.jpki.profile import Device

NAME_JA = "Name in Japanese, shown to residents."
_Text = str | None
_Texts = list[str] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceOptions:
    """Everything that is given alike; None where it was not. Options for many values give all of them."""

    name_ja: Annotated[_Text, typer.Option(help=NAME_JA)] = None
    name_en: Annotated[_Text, typer.Option(help="Name in English.")] = None
    purpose_ja: Annotated[_Text, typer.Option(help="Why residents sign in, in Japanese.")] = None
    purpose_en: Annotated[_Text, typer.Option(help="Why residents sign in, in English.")] = None
    redirect_uri: Annotated[_Texts, typer.Option(help="Exact redirect URI; given many times for all.")] = None
    post_logout_redirect_uri: PostLogout = None
    backchannel_logout_uri: BackUri = None
    backchannel_logout_session_required: BackSession = None
    frontchannel_logout_uri: FrontUri = None
    frontchannel_logout_session_required: FrontSession = None
    scope: Annotated[_Text, typer.Option(help="All scopes, separated by spaces; openid unless stated.")] = None
    verify_purpose: Annotated[
        _Text, typer.Option(help="What the scope verify is for; it has to be approved, another one anew.")
    ] = None
    user_numbers: Annotated[
        bool | None, typer.Option(help="Its own user numbers are linked here; goes with scope verify.")
    ] = None
    profile: Profile = None
    auth_method: AuthMethod = None
    auth_alg: AuthAlg = None
    certificate_name: CertificateNamed = None
    alg: Annotated[
        _Text,
        typer.Option(
            help="Of signed answers, ID tokens and responses in a JWT: RS256 if none is stated, which every "
            "library takes; ES256 in profile fapi2."
        ),
    ] = None
    certificate_bound_access_tokens: CertificateBound = None
    userinfo_alg: UserInfoAlg = None
    encrypt: Encrypt = None
    dpop_bound_access_tokens: DpopBound = None
    introspection_alg: IntrospectionAlg = None
    require_pkce: RequirePkce = None
    legacy_until: LegacyUntil = None
    jwks_file: JwksFile = None
    jwks_uri: JwksUri = None
    request_uri: RequestUris = None
    request_alg: RequestAlg = None
    request_encryption_alg: RequestEncryptionAlg = None
    request_encryption_enc: RequestEncryptionEnc = None
    require_signed_request_object: RequireRequestObject = None
    minimum_acr: Annotated[
        _Text, typer.Option(help="The least level of a login: aal2 (the usual one) or aal3; aal1 with --method.")
    ] = None
    method: Annotated[
        _Texts,
        typer.Option(
            help="A way of signing in that it takes too: kazashi, password, and with it password-online; "
            "company-password, company-certificate, staff-password, staff-passkey of who is no resident."
        ),
    ] = None
    certificate_type: Annotated[list[Device] | None, typer.Option(help="card or phone; given twice for both.")] = (
        None
    )
    default_max_age: DefaultMaxAge = None
    require_auth_time: RequireAuthTime = None
    require_signature_status: RequireSignatureStatus = None
    client_uri: ClientUri = None
    policy_uri: PolicyUri = None
    tos_uri: TosUri = None
    contact: Contacts = None
    claim_terms: ClaimTerms = None
    agent: AgentKinds = None
    attribute_source: AttributeSources = None

    def members(self) -> dict[str, Any]:
        """What was given, named as in `NewService` and `ServiceChange`. Raises CommandFailed."""
        scopes = None if self.scope is None else tuple(self.scope.split())
        found: dict[str, Any] = {name: getattr(self, option) for name, option in _RENAMED.items()} | {
            "redirect_uris": _all(self.redirect_uri),
            "post_logout_redirect_uris": _all(self.post_logout_redirect_uri),
            "scopes": scopes,
            "certificate_name": certificate_name_in(self.certificate_name) or None,
            "encryption": encryption_in(self.encrypt),
            "legacy_until": None if self.legacy_until is None else read_day(self.legacy_until, "--legacy-until"),
            "jwks": jwks_in(self.jwks_file),
            "request_uris": request_uris_in(self.request_uri),
            "methods": _all(self.method),
            "certificate_types": _all(self.certificate_type),
            "contacts": _all(self.contact),
            "claim_terms": claim_terms_in(self.claim_terms),
            "agent_kinds": agent_kinds_in(self.agent),
            "attribute_sources": attribute_sources_in(self.attribute_source),
        }
        return {name: value for name, value in found.items() if value is not None}


_AS_THEY_ARE = (
    "name_ja", "name_en", "purpose_ja", "purpose_en",
    "backchannel_logout_uri", "backchannel_logout_session_required",
    "frontchannel_logout_uri", "frontchannel_logout_session_required",
    "verify_purpose", "user_numbers", "profile", "dpop_bound_access_tokens", "require_pkce", "jwks_uri",
    "require_signed_request_object", "minimum_acr", "default_max_age", "require_auth_time",
    "require_signature_status", "client_uri", "policy_uri", "tos_uri",
)  # fmt: skip
_RENAMED = {name: name for name in _AS_THEY_ARE} | {
    "token_endpoint_auth_method": "auth_method",
    "token_endpoint_auth_signing_alg": "auth_alg",
    "id_token_signed_response_alg": "alg",
    "authorization_signed_response_alg": "alg",
    "introspection_signed_response_alg": "introspection_alg",
    "tls_client_certificate_bound_access_tokens": "certificate_bound_access_tokens",
    "userinfo_signed_response_alg": "userinfo_alg",
    "request_object_signing_alg": "request_alg",
    "request_object_encryption_alg": "request_encryption_alg",
    "request_object_encryption_enc": "request_encryption_enc",
}
"""Member of the registration -> option whose value it is."""


def _all(given: list[Any] | None) -> tuple[Any, ...] | None:
    """The values of an option that may be given many times; None when it was not (Typer gives an empty list)."""
    return tuple(given) if given else None
