"""Our own check of the token endpoint's form, in front of Authlib, which is lenient about it.

RFC 6749 sections 2.3.1 and 3.2, RFC 7617. Pure.
"""

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import unquote_plus

MAX_VALUE = 8192


class FormRefused(Exception):
    """A form that is not one of the standard's; `error` is RFC 6749's name for it."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(description)
        self.error = error
        self.description = description


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who the client says it is, and by which method; not believed yet."""

    client_id: str
    secret: str | None
    method: str


@dataclass(frozen=True, slots=True)
class TokenForm:
    """A token request whose every parameter stands once."""

    values: Mapping[str, str]
    credentials: Credentials


def read(
    mimetype: str,
    lists: Mapping[str, Sequence[str]],
    authorization: str | None,
    *,
    required: Sequence[str] = ("grant_type",),
) -> TokenForm:
    """The form and the credentials of a request that a client sends itself; a token request has a grant_type.

    Raises FormRefused: invalid_request for another media type, for a parameter given twice or too long, for a
    missing one that is `required`, and for two ways of authentication at once; invalid_client for credentials that
    do not parse.
    """
    if mimetype != "application/x-www-form-urlencoded":
        raise FormRefused("invalid_request", "the body is not a form")
    for values in lists.values():
        if len(values) != 1:
            raise FormRefused("invalid_request", "a parameter is given twice")
        if len(values[0]) > MAX_VALUE:
            raise FormRefused("invalid_request", "a parameter is too long")
    form = {name: values[0] for name, values in lists.items() if values[0]}  # empty counts as not sent (3.2)
    for name in required:
        if name not in form:
            raise FormRefused("invalid_request", f"{name} is missing")
    return TokenForm(form, _credentials(form, authorization))


def _credentials(form: Mapping[str, str], authorization: str | None) -> Credentials:
    if authorization is None:
        if "client_id" not in form:
            raise FormRefused("invalid_client", "client authentication failed")
        secret = form.get("client_secret")
        method = "none" if secret is None else "client_secret_post"
        return Credentials(form["client_id"], secret, method)
    if "client_secret" in form:
        raise FormRefused("invalid_request", "two ways of client authentication")
    client_id, secret = _basic(authorization)
    if form.get("client_id", client_id) != client_id:
        raise FormRefused("invalid_request", "two client ids")
    return Credentials(client_id, secret, "client_secret_basic")


def _basic(authorization: str) -> tuple[str, str]:
    """RFC 7617, with both parts form-encoded as RFC 6749 section 2.3.1 asks."""
    scheme, _, encoded = authorization.partition(" ")
    try:
        decoded = base64.b64decode(encoded.strip(), validate=True).decode("utf-8")
    except (binascii.Error, ValueError) as error:
        raise FormRefused("invalid_client", "client authentication failed") from error
    client_id, colon, secret = decoded.partition(":")
    if scheme.lower() != "basic" or not colon:
        raise FormRefused("invalid_client", "client authentication failed")
    return unquote_plus(client_id), unquote_plus(secret)
