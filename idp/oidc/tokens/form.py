"""Our own check of the token endpoint's form, in front of Authlib, which is lenient about it.

RFC 6749 sections 2.3.1 and 3.2, RFC 7617. Pure.
"""

import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import unquote_plus

from cryptography import x509
from msgspec import Struct

from idp.oidc.clients import client_assertion
from idp.services.client_policies import PUBLIC
from idp.urlencoded import parameters

_MEDIA_TYPE = "application/x-www-form-urlencoded"
MAX_VALUE = 8192
RESOURCE = "resource"
"""The parameter that may be given more than once (RFC 8707 section 2)."""


class FormRefused(Exception):
    """A form that is not one of the standard's; `error` is RFC 6749's name for it."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(description)
        self.error = error
        self.description = description


@dataclass(frozen=True, slots=True)
class ClientCertificate:
    """The certificate of a handshake, which proved its key. `vouched`: by an authority that the proxy knows."""

    certificate: x509.Certificate
    vouched: bool


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who the client says it is, and by which method; not believed yet.

    `method`: client_secret_basic, client_secret_post, private_key_jwt with its assertion as the `secret`, or none,
    which with a certificate may be either way of TLS client authentication.
    """

    client_id: str
    secret: str | None = field(repr=False)
    method: str
    certificate: ClientCertificate | None = None


class TokenForm(Struct, frozen=True):
    """A token request whose every parameter stands once, but for `resource`, which has a member of its own."""

    values: Mapping[str, str]
    credentials: Credentials
    resources: Sequence[str] = ()


def read(
    content_type: str,
    body: bytes,
    authorization: str | None,
    certificate: ClientCertificate | None = None,
    *,
    required: Sequence[str] = ("grant_type",),
) -> TokenForm:
    """The form and the credentials of a request that a client sends itself; a token request has a grant_type.

    `content_type` and `authorization`: the header fields, as they came.

    Raises FormRefused: invalid_request for another media type, for a parameter given twice or too long, for a
    missing one that is `required`, and for two ways of authentication at once; invalid_client for credentials that
    do not parse.
    """
    if content_type.partition(";")[0].strip().lower() != _MEDIA_TYPE:
        raise FormRefused("invalid_request", "the body is not a form")
    sent: dict[str, str] = {}
    resources: list[str] = []
    for name, value in parameters(_text(body)):
        if len(value) > MAX_VALUE:
            raise FormRefused("invalid_request", "a parameter is too long")
        if name == RESOURCE:
            resources.append(value)
        elif name in sent:
            raise FormRefused("invalid_request", "a parameter is given twice")
        else:
            sent[name] = value
    form = {name: value for name, value in sent.items() if value}  # empty counts as not sent (3.2)
    for name in required:
        if name not in form:
            raise FormRefused("invalid_request", f"{name} is missing")
    client_id, secret, method = _shown(form, authorization)
    if form.get("client_id", client_id) != client_id:
        raise FormRefused("invalid_request", "two client ids")
    return TokenForm(form, Credentials(client_id, secret, method, certificate), tuple(filter(None, resources)))


def _text(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        raise FormRefused("invalid_request", "the body is not a form") from error


def _shown(form: Mapping[str, str], authorization: str | None) -> tuple[str, str | None, str]:
    """Client id, what proves it, and the method: the one way that the request uses."""
    secret, assertion = form.get("client_secret"), form.get("client_assertion")
    if (authorization, secret, assertion).count(None) < 2:
        raise FormRefused("invalid_request", "two ways of client authentication")
    if authorization is not None:
        return (*_basic(authorization), "client_secret_basic")
    if assertion is not None or "client_assertion_type" in form:
        client_id = form.get("client_id") or client_assertion.claimed_client(assertion or "")
        if form.get("client_assertion_type") != client_assertion.TYPE or assertion is None or client_id is None:
            raise FormRefused("invalid_client", "client authentication failed")
        return client_id, assertion, "private_key_jwt"
    if "client_id" not in form:
        raise FormRefused("invalid_client", "client authentication failed")
    return form["client_id"], secret, PUBLIC if secret is None else "client_secret_post"


def _basic(authorization: str) -> tuple[str, str]:
    """RFC 7617, with both parts form-encoded as RFC 6749 section 2.3.1 asks."""
    scheme, _, encoded = authorization.partition(" ")
    try:
        decoded = binascii.a2b_base64(encoded.strip(), strict_mode=True).decode()
    except ValueError as error:
        raise FormRefused("invalid_client", "client authentication failed") from error
    client_id, colon, secret = decoded.partition(":")
    if scheme.lower() != "basic" or not colon:
        raise FormRefused("invalid_client", "client authentication failed")
    return unquote_plus(client_id), unquote_plus(secret)
