"""The rules that a wish must keep. Pure."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from urllib.parse import urlsplit

from idp.agents.representation import KINDS
from idp.items import BASIC
from idp.pages.theme import ColourRefused, tenant_stylesheet
from idp.registration import request_objects
from idp.registration.texts import (
    NAME_CHARACTERS,
    PURPOSE_CHARACTERS,
    URL_CHARACTERS,
    require_event_receiver,
    require_redirect_uri,
    require_short,
    require_url,
)
from idp.registration.wishes import NewService, NewTenant, NotAllowed, RedirectUriNotAllowed
from idp.revocation.policy import combine
from idp.services import claim_terms, client_rules
from idp.services.client_policies import POLICIES, PUBLIC, TLS_METHODS, ClientPolicy
from idp.services.client_rules import Contradiction
from idp.services.redirect_uris import LOOPBACK, host_of, private_use_scheme
from idp.signature_status.status import SCOPE
from idp.sources.record import Source
from idp.tenants.sign_in_methods import METHODS, WEAK
from idp.tenants.tenancy import (
    AUTHORIZATION_CODE,
    GRANT_TYPES,
    MINIMUM_ACRS,
    OFFLINE,
    REFRESH_TOKEN,
    SCOPES,
    SIGNING_ALGS,
    VERIFY,
    Tenant,
    origin_of,
)

SERVICE_ID = re.compile(r"[a-z0-9-]{1,64}")
_HOST = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*")
MAX_REDIRECT_URIS = 100
"""Of each kind: every process holds them all."""
MAX_LEGACY = timedelta(days=366)
WEB, NATIVE = "web", "native"
APPLICATION_TYPES = (WEB, NATIVE)
MOST_CONTACTS = 10
LONGEST_MAX_AGE = 10 * 366 * 24 * 3600
"""Ten years, in seconds: what is longer is none."""
MAX_LEAVE, MAX_WITHIN = timedelta(days=30), timedelta(days=7)
"""Of accept now, verify later: how far ahead leave may end, and how late a verification may be."""


def require_tenant(new: NewTenant) -> None:
    """Raise NotAllowed unless the tenant may be created."""
    if not SERVICE_ID.fullmatch(new.tenant_id):
        raise NotAllowed("a tenant id has 1 to 64 characters of a-z, 0-9 and hyphen")
    try:
        parts = urlsplit(new.issuer)
        canonical = origin_of(new.issuer) + parts.path == new.issuer
    except ValueError as error:
        raise NotAllowed("an issuer does not parse") from error
    loopback = parts.hostname in LOOPBACK
    secure = parts.scheme == "https" or (new.sandbox and parts.scheme == "http" and loopback)
    if not (secure and canonical and (loopback or _HOST.fullmatch(parts.hostname or ""))):
        raise NotAllowed(
            "an issuer is an https URL in canonical form: lower-case host, port only where it is not 443"
        )
    if parts.path not in ("", f"/t/{new.tenant_id}"):
        raise NotAllowed("an issuer's path is empty or /t/ with the tenant id")
    try:
        tenant_stylesheet(new.key_colour)
    except ColourRefused as error:
        raise NotAllowed(f"key colour: {error}") from error
    if not (new.name_ja and new.name_en and 1 <= len(new.crest) <= 4):
        raise NotAllowed("a tenant needs a name in Japanese and English and a crest of 1 to 4 characters")
    require_short(NAME_CHARACTERS, new.name_ja, new.name_en, new.contact)
    require_short(URL_CHARACTERS, new.issuer)


def policy_of(new: NewService) -> ClientPolicy:
    """What the wished profile demands and allows. Raises NotAllowed for a profile that is none."""
    policy = POLICIES.get(new.profile)
    if policy is None:
        raise NotAllowed(f"a profile is one of {', '.join(POLICIES)}")
    return policy


def complete(new: NewService) -> NewService:
    """The wish with what its profile means where it states nothing. Raises NotAllowed."""
    policy = policy_of(new)
    method = new.token_endpoint_auth_method or policy.auth_methods[0]
    alg = new.token_endpoint_auth_signing_alg
    if method == client_rules.SIGNED and alg is None:
        alg = client_rules.usual_alg(policy, new.jwks)
    pkce = (policy.pkce is not False) if new.require_pkce is None else new.require_pkce
    whole = replace(
        new,
        token_endpoint_auth_method=method,
        token_endpoint_auth_signing_alg=alg,
        id_token_signed_response_alg=new.id_token_signed_response_alg or policy.signing_algs[0],
        authorization_signed_response_alg=new.authorization_signed_response_alg or policy.signing_algs[0],
        jwks_uri=new.jwks_uri or None,
        require_pkce=pkce or method == PUBLIC,
    )
    return request_objects.complete(whole)


def require_service(unfinished: NewService, *, sandbox: bool) -> None:
    """Raise NotAllowed unless the service may be registered at such a tenant."""
    new, policy = complete(unfinished), policy_of(unfinished)
    if not SERVICE_ID.fullmatch(new.service_id):
        raise NotAllowed("a service id has 1 to 64 characters of a-z, 0-9 and hyphen")
    if new.sector_id is not None and not SERVICE_ID.fullmatch(new.sector_id):
        raise NotAllowed("a sector id has 1 to 64 characters of a-z, 0-9 and hyphen")
    if not new.name_ja:
        raise NotAllowed("a service needs a name in Japanese")
    require_short(NAME_CHARACTERS, new.name_ja, new.name_en)
    require_short(PURPOSE_CHARACTERS, new.purpose_ja, new.purpose_en, new.sector_purpose, new.verify_purpose)
    if not new.redirect_uris:
        raise RedirectUriNotAllowed("a service needs at least one redirect URI")
    for uris in (new.redirect_uris, new.post_logout_redirect_uris):
        if len(uris) > MAX_REDIRECT_URIS:
            raise RedirectUriNotAllowed(f"a service registers at most {MAX_REDIRECT_URIS} redirect URIs of a kind")
    native = policy.native and new.token_endpoint_auth_method == PUBLIC and new.application_type != WEB
    for uri in (*new.redirect_uris, *new.post_logout_redirect_uris):
        require_redirect_uri(uri, loopback_http=sandbox or native, own_scheme=native)
    _require_policy_kept(new, policy, sandbox=sandbox)
    request_objects.require(new, policy, sandbox=sandbox)
    _require_level(new)
    if not new.certificate_types:
        raise NotAllowed("a service takes cards, phones or both")
    if "openid" not in new.scopes or not set(new.scopes) <= set(SCOPES):
        raise NotAllowed(f"scopes are openid and any of {', '.join(SCOPES[1:])}")
    if (VERIFY in new.scopes) != bool(new.verify_purpose.strip() or new.user_numbers):
        raise NotAllowed("the scope verify belongs together with its purpose, or with user numbers")
    if VERIFY in new.scopes and new.token_endpoint_auth_method == PUBLIC:
        raise NotAllowed("the scope verify is for services that can keep a secret")
    _require_grants(new, policy)
    require_event_receiver(new.event_endpoint, new.event_bearer, sandbox=sandbox)
    _require_channels(new, sandbox=sandbox)
    _require_claim_terms(new)
    if not set(new.agent_kinds) <= set(KINDS):
        raise NotAllowed(f"agents are of the kinds {', '.join(KINDS)}")
    _require_particulars(new, sandbox=sandbox)


def require_one_host(new: NewService) -> None:
    """Raise NotAllowed for redirect URIs on several hosts that nothing holds together (04, Derivation).

    A named sector does, or the document of a sector_identifier_uri. All names of loopback are one host; an
    application's own scheme is one too.
    """
    hosts = {host_of(uri) for uri in new.redirect_uris}
    if len(hosts - set(LOOPBACK)) + bool(hosts & set(LOOPBACK)) <= 1:
        return
    if new.sector_id is None and not new.sector_identifier_uri:
        raise NotAllowed("redirect URIs on several hosts need a sector_identifier_uri, or a named sector")


def require_possible(unfinished: NewService, tenant: Tenant, *, today: date) -> None:
    """Raise NotAllowed for what this tenant cannot offer today.

    Client certificates without a host that asks for them; an algorithm without a key; a service of the profile
    `legacy` that would end today or later than in 12 months.
    """
    new = complete(unfinished)
    _require_signing(tenant, new)
    shows = new.token_endpoint_auth_method in TLS_METHODS or new.tls_client_certificate_bound_access_tokens
    if shows and not tenant.settings.mtls_host:
        raise NotAllowed("client certificates need the tenant's mTLS host: idp tenant settings --mtls-host")
    if new.legacy_until is not None and not today < new.legacy_until <= today + MAX_LEGACY:
        raise NotAllowed(f"a service of the profile legacy ends within {MAX_LEGACY.days} days")


def require_policy(of_tenant: Mapping[str, object], of_service: Mapping[str, object], *, now: datetime) -> None:
    """Raise NotAllowed unless the stated members make a revocation policy, and leave in it ends soon.

    One person gives leave in a disaster: what they give must end by itself before it becomes the rule.
    """
    try:
        leave = combine(of_tenant, of_service).defer
    except ValueError as error:
        raise NotAllowed(f"revocation: {error}") from error
    if leave is not None and leave.until - now > MAX_LEAVE:
        raise NotAllowed(
            f"revocation: leave ends within {MAX_LEAVE.days} days; give it again when it has to go on"
        )
    if leave is not None and leave.within > MAX_WITHIN:
        raise NotAllowed(f"revocation: what was let in is verified within {MAX_WITHIN.days} days")


def _require_policy_kept(new: NewService, policy: ClientPolicy, *, sandbox: bool) -> None:
    """What the profile decides, and how the service authenticates."""
    if new.jwks_uri is not None:
        require_short(URL_CHARACTERS, new.jwks_uri)
        require_url("jwks_uri", new.jwks_uri, loopback_http=sandbox)
    algs = {
        member: getattr(new, member)
        for member in ("id_token_signed_response_alg", "authorization_signed_response_alg")
    }
    for member in ("userinfo_signed_response_alg", "introspection_signed_response_alg"):
        if (alg := getattr(new, member)) is not None:
            algs[member] = alg
    try:
        client_rules.require_authentication(
            policy,
            method=new.token_endpoint_auth_method or "",
            alg=new.token_endpoint_auth_signing_alg,
            jwks=new.jwks,
            jwks_uri=new.jwks_uri,
            certificate_name=new.certificate_name,
        )
        client_rules.require_algs(policy, algs, possible=SIGNING_ALGS)
        client_rules.require_encryption(new.encryption, new.jwks, new.jwks_uri)
        client_rules.require_pkce(policy, stated=new.require_pkce is True)
    except Contradiction as error:
        raise NotAllowed(str(error)) from error
    if new.dpop_bound_access_tokens and new.tls_client_certificate_bound_access_tokens:
        raise NotAllowed("tokens are bound to a DPoP key or to a certificate, not to both")
    if policy.temporary != (new.legacy_until is not None):
        raise NotAllowed("a day on which it ends belongs to the profile legacy, and the profile to such a day")


def _require_level(new: NewService) -> None:
    if new.minimum_acr not in MINIMUM_ACRS:
        raise NotAllowed(f"minimum_acr is one of {', '.join(MINIMUM_ACRS)}")
    if not set(new.methods) <= set(METHODS):
        raise NotAllowed(f"methods are any of {', '.join(METHODS)}")
    if (new.minimum_acr == "aal1") != bool(set(new.methods) & set(WEAK)):
        raise NotAllowed(f"minimum_acr aal1 and a method that needs it ({', '.join(WEAK)}) belong together")


def _require_grants(new: NewService, policy: ClientPolicy) -> None:
    if REFRESH_TOKEN in new.grant_types and not policy.refresh_tokens:
        raise NotAllowed("this profile has no refresh tokens")
    if AUTHORIZATION_CODE not in new.grant_types or not set(new.grant_types) <= set(GRANT_TYPES):
        raise NotAllowed(f"grant_types are {AUTHORIZATION_CODE} and any of {', '.join(GRANT_TYPES[1:])}")
    if (OFFLINE in new.scopes) != (REFRESH_TOKEN in new.grant_types):
        raise NotAllowed("the scope offline_access and the grant refresh_token belong together")


def _require_channels(new: NewService, *, sandbox: bool) -> None:
    """Logout over either channel; a front channel is a page of the service, beside those of its redirect URIs."""
    for uri in filter(None, (new.backchannel_logout_uri, new.frontchannel_logout_uri)):
        require_short(URL_CHARACTERS, uri)
        require_url("a logout URI", uri, loopback_http=sandbox)
    if new.frontchannel_logout_uri:
        own = {origin_of(uri) for uri in new.redirect_uris if not private_use_scheme(uri)}
        if origin_of(new.frontchannel_logout_uri) not in own:
            raise NotAllowed("a front-channel logout URI has the origin of a redirect URI")
    if (new.backchannel_logout_session_required and not new.backchannel_logout_uri) or (
        new.frontchannel_logout_session_required and not new.frontchannel_logout_uri
    ):
        raise NotAllowed("a logout session is required for a logout URI alone")


def _require_claim_terms(new: NewService) -> None:
    """What it states about items is whole, and about items that it may have."""
    try:
        stated = claim_terms.read(new.claim_terms)
    except claim_terms.TermsRefused as error:
        raise NotAllowed(str(error)) from error
    beyond = [item for item in stated if item in BASIC and item not in new.scopes]
    if beyond:
        raise NotAllowed(f"claim_terms speaks of {', '.join(beyond)}, which is none of the service's scopes")
    for terms in stated.values():
        for text in (terms.purpose, terms.kept, terms.law, terms.article):
            require_short(claim_terms.TEXT_CHARACTERS, *text.values())


def _require_particulars(new: NewService, *, sandbox: bool) -> None:
    """What the service says of itself, and what it asks of every login."""
    pages = (new.client_uri, new.logo_uri, new.policy_uri, new.tos_uri, new.initiate_login_uri)
    for uri in filter(None, (*pages, new.sector_identifier_uri)):
        require_short(URL_CHARACTERS, uri)
        require_url("a page of the service", uri, loopback_http=sandbox)
    require_short(NAME_CHARACTERS, *new.contacts)
    if len(new.contacts) > MOST_CONTACTS:
        raise NotAllowed(f"a service has at most {MOST_CONTACTS} contacts")
    if new.application_type not in (None, *APPLICATION_TYPES):
        raise NotAllowed(f"application_type is one of {', '.join(APPLICATION_TYPES)}")
    if new.default_max_age is not None and not 0 <= new.default_max_age <= LONGEST_MAX_AGE:
        raise NotAllowed("default_max_age is a number of seconds")
    if not set(new.attribute_sources) <= set(Source) or len(set(new.attribute_sources)) < len(
        new.attribute_sources
    ):
        raise NotAllowed(f"attribute_sources names each once, any of {', '.join(Source)}")
    if new.require_signature_status and SCOPE not in new.scopes:
        raise NotAllowed(f"require_signature_status goes with the scope {SCOPE}")


def _require_signing(tenant: Tenant, new: NewService) -> None:
    """An algorithm whose first key does not sign yet, as in the minutes after an update, is none yet."""
    stated = filter(None, (new.userinfo_signed_response_alg, new.introspection_signed_response_alg))
    for alg in (new.id_token_signed_response_alg, new.authorization_signed_response_alg, *stated):
        if alg not in tenant.signing_algs:
            raise NotAllowed(f"the tenant has no key for {alg} yet: try again in a few minutes")
    wished = new.request_object_encryption_alg
    if wished is not None and wished not in tenant.request_algs:
        raise NotAllowed(f"the tenant has no key for {wished} yet: try again in a few minutes")
