"""What a service says of itself when it registers (RFC 7591 section 2, OpenID Connect Registration 1.0 section 2).

Client metadata becomes a wish, which the rules of `rules.py` judge as they judge an administrator's. Pure.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from idp.items import BASIC, ITEMS, scope_of
from idp.keys import encryption
from idp.registration.rules import WEB
from idp.registration.terms import Terms
from idp.registration.wishes import grants_for
from idp.services import claim_terms, client_certificates
from idp.services.client_policies import POLICIES
from idp.services.redirect_uris import host_of
from idp.tenants.tenancy import AUTHORIZATION_CODE, LOGIN_SCOPES, OFFLINE, REFRESH_TOKEN

REDIRECT, METADATA = "invalid_redirect_uri", "invalid_client_metadata"
"""Errors of RFC 7591 section 3.2.2."""
CODE, PAIRWISE = "code", "pairwise"
Members = Mapping[str, Any]
_CERTIFICATE_NAMES = tuple(f"tls_client_auth_{member}" for member in client_certificates.MEMBERS)


class MetadataRefused(Exception):
    """Metadata that cannot be registered; `error` is RFC 7591's name for it."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(description)
        self.error = error


def _text(name: str, unverified: object) -> str:
    if not isinstance(unverified, str):
        raise MetadataRefused(METADATA, f"{name} is a text")
    return unverified


def _texts(name: str, unverified: object) -> tuple[str, ...]:
    if not isinstance(unverified, list) or not all(isinstance(value, str) for value in unverified):
        raise MetadataRefused(REDIRECT if name == "redirect_uris" else METADATA, f"{name} is an array of texts")
    return tuple(dict.fromkeys(unverified))


def _flag(name: str, unverified: object) -> bool:
    if not isinstance(unverified, bool):
        raise MetadataRefused(METADATA, f"{name} is true or false")
    return unverified


def _seconds(name: str, unverified: object) -> int:
    if not isinstance(unverified, int) or isinstance(unverified, bool):
        raise MetadataRefused(METADATA, f"{name} is a number of seconds")
    return unverified


def _object(name: str, unverified: object) -> Members:
    if not isinstance(unverified, dict):
        raise MetadataRefused(METADATA, f"{name} is an object")
    return unverified


MEMBERS: Mapping[str, Callable[[str, object], object]] = {
    "redirect_uris": _texts,
    "post_logout_redirect_uris": _texts,
    "backchannel_logout_uri": _text,
    "backchannel_logout_session_required": _flag,
    "frontchannel_logout_uri": _text,
    "frontchannel_logout_session_required": _flag,
    "token_endpoint_auth_method": _text,
    "token_endpoint_auth_signing_alg": _text,
    "id_token_signed_response_alg": _text,
    "userinfo_signed_response_alg": _text,
    "introspection_signed_response_alg": _text,
    "authorization_signed_response_alg": _text,
    "dpop_bound_access_tokens": _flag,
    "tls_client_certificate_bound_access_tokens": _flag,
    "request_uris": _texts,
    "request_object_signing_alg": _text,
    "request_object_encryption_alg": _text,
    "request_object_encryption_enc": _text,
    "require_signed_request_object": _flag,
    "jwks": _object,
    "jwks_uri": _text,
    "sector_identifier_uri": _text,
    "application_type": _text,
    "default_max_age": _seconds,
    "require_auth_time": _flag,
    "require_signature_status": _flag,
    "initiate_login_uri": _text,
    "client_uri": _text,
    "logo_uri": _text,
    "policy_uri": _text,
    "tos_uri": _text,
    "contacts": _texts,
    claim_terms.MEMBER: _object,
}
"""Members that a wish has under the same name; what is not in it is as if nobody had wished for it."""


def wish_in(unverified: Members, terms: Terms) -> dict[str, Any]:
    """Members of `NewService` for which this metadata asks, within the terms. Unknown metadata is ignored.

    A member of null is one that is left out (RFC 7592 section 2.2). Raises MetadataRefused.
    """
    said = {name: value for name, value in unverified.items() if value is not None}
    _require_offered(said)
    wish: dict[str, Any] = {name: read(name, said[name]) for name, read in MEMBERS.items() if name in said}
    if not wish.get("redirect_uris"):
        raise MetadataRefused(REDIRECT, "redirect_uris names at least one")
    scopes = _scopes(said, terms)
    japanese, english = _names(said, wish["redirect_uris"][0])
    return {
        "application_type": WEB,
        **wish,
        "name_ja": japanese,
        "name_en": english,
        "scopes": scopes,
        "grant_types": grants_for(scopes),
        "certificate_name": _texts_of(said, _CERTIFICATE_NAMES),
        "encryption": _texts_of(said, encryption.MEMBERS),
        claim_terms.MEMBER: _claim_terms(wish, scopes, terms),
        "profile": terms.profile,
        "require_pkce": _require_pkce(said, terms),
    }


def told(stored: Members) -> dict[str, Any]:
    """Metadata as it is registered (RFC 7591 section 3.2.1), from what is stored."""
    names = stored["names"]
    named = client_certificates.read(stored)
    return {
        "client_name": names["ja"],
        **({"client_name#en": names["en"]} if names["en"] != names["ja"] else {}),
        **{name: stored[name] for name in MEMBERS if stored.get(name) not in (None, [])},
        **client_certificates.stored(named),
        **encryption.stored(encryption.read(stored)),
        "scope": stored["scope"],
        "grant_types": stored.get("grant_types", [AUTHORIZATION_CODE]),
        "response_types": [CODE],
        "subject_type": PAIRWISE,
        "require_pkce": stored["require_pkce"],
    }


def _require_offered(said: Members) -> None:
    """Raise MetadataRefused for what is said clearly and offered nowhere here."""
    if "software_statement" in said:
        raise MetadataRefused("unapproved_software_statement", "no software statement is taken here")
    if said.get("subject_type", PAIRWISE) != PAIRWISE:
        raise MetadataRefused(METADATA, f"subject_type is {PAIRWISE}")
    if set(_texts("response_types", said.get("response_types", [CODE]))) != {CODE}:
        raise MetadataRefused(METADATA, f"response_types is {CODE} alone")
    grants = _texts("grant_types", said.get("grant_types", [AUTHORIZATION_CODE]))
    if AUTHORIZATION_CODE not in grants:
        raise MetadataRefused(METADATA, f"grant_types has {AUTHORIZATION_CODE}")


def _host(unverified_uri: str) -> str:
    """The host of a URI; the URI where that has none, which the rules will refuse."""
    try:
        return host_of(unverified_uri) or unverified_uri
    except ValueError:
        return unverified_uri


def _scopes(said: Members, terms: Terms) -> tuple[str, ...]:
    """Those that are asked for, or all that the terms allow; offline_access with the refresh grant alone."""
    allowed = [scope for scope in LOGIN_SCOPES if scope in terms.scopes]
    if "scope" in said:
        asked = {"openid", *_text("scope", said["scope"]).split()}
        allowed = [scope for scope in allowed if scope in asked]
    if REFRESH_TOKEN not in said.get("grant_types", ()):
        allowed = [scope for scope in allowed if scope != OFFLINE]
    return tuple(allowed)


def _claim_terms(wish: Members, scopes: Sequence[str], terms: Terms) -> Members:
    """What is stated about items, as far as the invitation goes: it names the scopes of which they are a part."""
    stated = wish.get(claim_terms.MEMBER, {})
    return {item: one for item, one in stated.items() if _is_within(item, scopes, terms)}


def _is_within(item: str, scopes: Sequence[str], terms: Terms) -> bool:
    """Whether the service may have the item; one that is unknown is for the rules to refuse."""
    return item in scopes if item in BASIC else item not in ITEMS or scope_of(item) in terms.scopes


def _names(said: Members, redirect_uri: str) -> tuple[str, str]:
    """In Japanese and English (RFC 7591 section 2.2); a service without a name is called by its host."""
    names = _texts_of(said, ("client_name", "client_name#ja", "client_name#en"))
    english = names.get("client_name#en", "")
    plain = names.get("client_name", "").strip()
    return names.get("client_name#ja", "").strip() or plain or english.strip() or _host(redirect_uri), english


def _texts_of(said: Members, names: Sequence[str]) -> dict[str, str]:
    return {name: _text(name, said[name]) for name in names if name in said}


def _require_pkce(said: Members, terms: Terms) -> bool | None:
    """None where the profile says it."""
    if POLICIES[terms.profile].pkce is not None:
        return None
    return terms.require_pkce or _flag("require_pkce", said.get("require_pkce", False))
