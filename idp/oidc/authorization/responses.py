"""The one writer of authorization responses: success and error alike, in every response mode, `iss` always.

RFC 6749 section 4.1.2, RFC 9207, OAuth 2.0 Form Post Response Mode 1.0, and JARM: JWT Secured Authorization
Response Mode 1.0.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from enum import StrEnum
from urllib.parse import quote_plus

from msgspec import Struct

from idp.developer.errors import error_uri
from idp.keys.encryption import Answer
from idp.keys.signing import signed
from idp.login.ending import Ending
from idp.oidc.clients.encrypting import Encrypting
from idp.services.redirect_uris import private_use_scheme
from idp.tenants.tenancy import Client, Tenant

JWT_SECONDS = 600
"""How long a response in a JWT is good for: JARM's longest. The code in it lives one minute."""
_URLENCODED = {byte: quote_plus(bytes([byte])) for byte in range(256)}
"""Each byte in application/x-www-form-urlencoded (RFC 6749 appendix B)."""


class ResponseMode(StrEnum):
    """How the answer travels; `jwt` is `query.jwt` for our only response type (JARM section 2.3.4)."""

    QUERY = "query"
    FORM_POST = "form_post"
    JWT = "jwt"
    QUERY_JWT = "query.jwt"
    FORM_POST_JWT = "form_post.jwt"

    @property
    def is_signed(self) -> bool:
        """Whether the parameters travel inside a JWT: all such modes are named so (JARM, section 2.3)."""
        return self.endswith("jwt")

    @property
    def is_posted(self) -> bool:
        """Whether the browser posts them."""
        return self.startswith("form_post")


RESPONSE_MODES = tuple(str(mode) for mode in ResponseMode)


def reaches(unverified_mode: str, redirect_uri: str) -> bool:
    """Whether that is a response mode of ours that comes there: a browser posts to no application's own scheme."""
    if unverified_mode not in RESPONSE_MODES:
        return False
    return not (ResponseMode(unverified_mode).is_posted and private_use_scheme(redirect_uri))


class Destination(Struct, frozen=True):
    """Where the answer goes, proven to be the client's own, and how."""

    redirect_uri: str
    state: str | None
    mode: ResponseMode = ResponseMode.QUERY


class Responses(Struct, frozen=True):
    """Writes answers to one client of one tenant."""

    tenant: Tenant
    client: Client
    encrypting: Encrypting
    now: Callable[[], datetime]

    def require_possible(self, destination: Destination) -> None:
        """Raise NoKey where no answer could be encrypted as the client has registered it."""
        if destination.mode.is_signed:
            self.encrypting.to(self.tenant, self.client, Answer.AUTHORIZATION)

    def success(self, destination: Destination, code: str) -> Ending:
        """RFC 6749 section 4.1.2."""
        return self._ending(destination, {"code": code})

    def error(self, destination: Destination, error: str, description: str = "") -> Ending:
        """RFC 6749 section 4.1.2.1."""
        described = {"error_description": description} if description else {}
        return self._ending(destination, {"error": error, **described, **error_uri(self.tenant, error)})

    def _ending(self, destination: Destination, answer: Mapping[str, str]) -> Ending:
        state = {} if destination.state is None else {"state": destination.state}
        members = {**answer, **state, "iss": self.tenant.issuer}
        if destination.mode.is_signed:
            members = {"response": self._signed(members)}
        if destination.mode.is_posted:
            return Ending(destination.redirect_uri, tuple(members.items()))
        separator = "&" if "?" in destination.redirect_uri else "?"
        query = "&".join([f"{name}={_urlencoded(value)}" for name, value in members.items()])
        return Ending(destination.redirect_uri + separator + query)

    def _signed(self, members: Mapping[str, str]) -> str:
        """JARM sections 2.1 and 2.2; `iss` is the issuer in either reading. Raises NoKey."""
        seal = self.encrypting.to(self.tenant, self.client, Answer.AUTHORIZATION)
        key = self.tenant.signing_key(self.client.authorization_signed_response_alg)
        ends = int(self.now().timestamp()) + JWT_SECONDS
        return seal(signed(key, "JWT", {**members, "aud": self.client.client_id, "exp": ends}))


def _urlencoded(value: str) -> str:
    """As `quote_plus` writes it, by a look-up for each byte: a code is long."""
    return value.encode().decode("latin-1").translate(_URLENCODED)
