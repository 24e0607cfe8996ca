"""Profiles of services: what each may and must do in OpenID Connect, as one table. Pure.

Whatever depends on a service's profile is looked up here (`Client.policy`) and decided nowhere else.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

SECRET_METHODS = ("client_secret_basic", "client_secret_post")
"""Client authentication by a shared secret (RFC 6749 section 2.3.1)."""
KEY_METHODS = ("private_key_jwt", "self_signed_tls_client_auth")
"""...by keys that the service has registered (RFC 7523, RFC 8705 section 2.2)."""
TLS_METHODS = ("tls_client_auth", "self_signed_tls_client_auth")
"""...by a certificate in the handshake (RFC 8705 section 2)."""
PUBLIC = "none"
"""No authentication: a public client, which can keep no secret."""
AUTH_METHODS = ("private_key_jwt", *TLS_METHODS, *SECRET_METHODS, PUBLIC)
"""Every `token_endpoint_auth_method` that a service can be registered for."""
CLIENT_ALGS = ("RS256", "PS256", "ES256", "EdDSA")
"""Signatures that a service may make with its own keys; EdDSA over Ed25519."""
ENCRYPTION_ALGS = ("RSA-OAEP-256", "ECDH-ES", "ECDH-ES+A128KW", "ECDH-ES+A256KW", "RSA-OAEP")
"""How an answer may be encrypted to a service's key (RFC 7518 section 4): never by a shared secret, never RSA1_5.

RSA-OAEP, whose SHA-1 nobody has to find a collision of, is for libraries that know no other.
"""
ENCRYPTION_ENCS = ("A128CBC-HS256", "A256CBC-HS512", "A128GCM", "A256GCM")
"""...and its content (section 5)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientPolicy:
    """One profile.

    `auth_methods`: client authentication; the first is meant where none is stated.
    `signing_algs`: of what we sign for the service, ID tokens and responses; the first where none is stated.
    `client_algs`: of what the service signs, assertions and request objects; by preference.
    `dated_requests`: its request objects say `nbf` and `exp`, at most 60 minutes apart.
    `pushed_only`: requests come by PAR alone (RFC 9126). `pkce`: True demanded, False not spoken, None as
    registered. `assertion_seconds`: how far ahead a client assertion may end. `issuer_alone`: its audience is the
    issuer as one string; else our endpoints count as well. `code_seconds`: how long an authorization code lives.
    `native`: public clients may use loopback redirect URIs and schemes of their own (RFC 8252 section 7).
    `sender_constrained`: access tokens are bound to a key of the service (RFC 9449, RFC 8705 section 3).
    `refresh_tokens`: may be registered. `temporary`: ends on a stated day, and two officers agree to it.
    """

    name: str
    auth_methods: tuple[str, ...]
    signing_algs: tuple[str, ...]
    client_algs: tuple[str, ...]
    dated_requests: bool
    pushed_only: bool
    pkce: bool | None
    assertion_seconds: int
    issuer_alone: bool
    code_seconds: int
    native: bool
    sender_constrained: bool
    refresh_tokens: bool
    temporary: bool


FAPI2 = ClientPolicy(
    name="fapi2",
    auth_methods=("private_key_jwt", *TLS_METHODS),
    signing_algs=("ES256", "PS256", "EdDSA"),
    dated_requests=True,
    client_algs=("ES256", "PS256", "EdDSA"),
    pushed_only=True,
    pkce=True,
    assertion_seconds=60,
    issuer_alone=True,
    code_seconds=60,
    native=False,
    sender_constrained=True,
    refresh_tokens=True,
    temporary=False,
)
"""FAPI 2.0 Security Profile, sections 5.3 and 5.4; Message Signing, section 5.3."""
STANDARD = ClientPolicy(
    name="standard",
    auth_methods=("client_secret_basic", "client_secret_post", "private_key_jwt", *TLS_METHODS, PUBLIC),
    signing_algs=("RS256", "ES256", "PS256", "EdDSA"),
    dated_requests=False,
    client_algs=("RS256", "ES256", "PS256", "EdDSA"),
    pushed_only=False,
    pkce=None,
    assertion_seconds=600,
    issuer_alone=False,
    code_seconds=60,
    native=True,
    sender_constrained=False,
    refresh_tokens=True,
    temporary=False,
)
"""OpenID Connect Core with RFC 9700: what certified libraries do."""
LEGACY = ClientPolicy(
    name="legacy",
    auth_methods=SECRET_METHODS,
    signing_algs=("RS256",),
    dated_requests=False,
    client_algs=("RS256", "ES256", "PS256", "EdDSA"),
    pushed_only=False,
    pkce=False,
    assertion_seconds=600,
    issuer_alone=False,
    code_seconds=60,
    native=False,
    sender_constrained=False,
    refresh_tokens=False,
    temporary=True,
)
"""For software that knows no PKCE and is replaced within a year."""
POLICIES: Mapping[str, ClientPolicy] = MappingProxyType(
    {policy.name: policy for policy in (FAPI2, STANDARD, LEGACY)}
)
