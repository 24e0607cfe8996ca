"""The client credentials grant: a service's own access to the verification API (RFC 6749 section 4.4).

The access token is a sealed record as a code is (`code.py`): nothing is stored when one is issued, and it says
nothing to whoever holds it. No ID token and no refresh token: no resident takes part.
"""

import json
from dataclasses import dataclass
from typing import Any

from authlib.oauth2.rfc6749 import InvalidScopeError, UnauthorizedClientError
from authlib.oauth2.rfc6749.grants import ClientCredentialsGrant

from idp import base64url
from idp.keys.sealing import Place, SealBroken, TenantKeys
from idp.receipts.service import may_receive
from idp.tenants.tenancy import VERIFY, Client

GRANT_TYPE = "client_credentials"
ACCESS_SECONDS = 600
_PLACE = Place("api_access", b"", "record")


class AccessInvalid(Exception):
    """Not an access token of this tenant's API, or no longer one."""


@dataclass(frozen=True, slots=True)
class Access:
    """What an API access token stands for. `scope` space-separated; `expires_at` seconds since 1970.

    `binding`: to which key it is bound (`idp/oidc/binding`), empty for none.
    """

    client_id: str
    scope: str
    expires_at: int
    binding: str = ""


def seal(keys: TenantKeys, access: Access) -> str:
    """The token as it travels: base64url of the sealed record."""
    record = json.dumps([getattr(access, name) for name in Access.__slots__], separators=(",", ":"))
    return base64url.encode(keys.seal(_PLACE, record.encode()))


def open_access(keys: TenantKeys, unverified: str, *, now: int) -> Access:
    """The record of a token. Whether its client may still verify is the caller's to ask.

    Raises AccessInvalid for anything that this tenant did not seal as such a token, and for one that is over.
    """
    access = _opened(keys, unverified)
    if now >= access.expires_at:
        raise AccessInvalid("the access token is over")
    return access


def is_access_of(keys: TenantKeys, client: Client, unverified: str) -> bool:
    """Whether a token is one that this client was given for the API, over or not."""
    try:
        return _opened(keys, unverified).client_id == client.client_id
    except AccessInvalid:
        return False


def _opened(keys: TenantKeys, unverified: str) -> Access:
    try:
        sealed = base64url.decode(unverified)
        return Access(*json.loads(keys.open(_PLACE, sealed)))
    except (ValueError, TypeError, SealBroken) as error:  # TypeError: sealed by another version of us
        raise AccessInvalid("not an access token of this tenant") from error


def may_ask(client: Client) -> bool:
    """Whether a client is of the sort that this grant is for: confidential, and registered for `verify`."""
    return client.token_endpoint_auth_method != "none" and VERIFY in client.scopes


class VerifyGrant(ClientCredentialsGrant):  # type: ignore[misc]
    """The grant for the scope `verify` and no other."""

    def validate_requested_scope(self) -> None:
        """Scopes beside `verify` are ignored, as at the authorization endpoint; none at all means `verify`."""
        client: Client = self.request.client.client
        if VERIFY not in (self.request.payload.scope or VERIFY).split():
            raise InvalidScopeError("this grant gives the scope verify alone")
        if not (client.may_verify or client.may_link or may_receive(client)):
            raise UnauthorizedClientError("the municipality has not approved the purpose of the scope verify yet")

    def create_token_response(self) -> tuple[int, dict[str, Any], list[Any]]:
        """RFC 6749 section 5.1."""
        asked, client = self.request, self.request.client.client
        asked.target(client, "", None)  # which of these tokens is for a resource: none
        moment = int(asked.endpoint.now().timestamp())
        access = Access(client.client_id, VERIFY, moment + ACCESS_SECONDS, asked.binding.text)
        answer = {
            "access_token": seal(asked.tenant.keys, access),
            "token_type": asked.binding.token_type,
            "expires_in": ACCESS_SECONDS,
            "scope": VERIFY,
        }
        return 200, answer, []
