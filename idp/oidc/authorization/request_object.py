"""A request object judged: a request that its service signed (RFC 9101, OpenID Connect Core section 6). Pure.

What stands inside counts, and nothing of what the browser adds (RFC 9101 section 6.3).
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from idp import strict_json
from idp.oidc.authorization.requests import REPEATABLE, AuthorizationError, Parameters
from idp.services import client_keys
from idp.services.client_keys import Lookup
from idp.tenants.tenancy import Client

LONGEST_LIFE = timedelta(minutes=60)
"""From `nbf` to `exp`, and how far `nbf` may lie back (FAPI 2.0 Message Signing section 5.3.1)."""
CLOCKS_APART = timedelta(seconds=60)
_ABOUT_THE_TOKEN = ("iss", "aud", "exp", "nbf", "iat", "jti", "sub")
_TYPES = (None, "jwt", "oauth-authz-req+jwt")


class RequestObjectRefused(AuthorizationError):
    """A request object that does not count: `invalid_request_object`."""

    def __init__(self, description: str) -> None:
        super().__init__("invalid_request_object", description)


def opened(unverified: str, client: Client, keys: Lookup, issuer: str, *, now: datetime) -> Parameters:
    """The parameters that count: those of a signed request object.

    Raises RequestObjectRefused: not signed by this client's key with one of its algorithms; for another issuer or
    by another client; out of time; with a request object inside, or values that are no parameters.
    """
    claims = _claims(unverified, client, keys)
    _require_parties(claims, client, issuer)
    _require_time(claims, now, dated=client.policy.dated_requests)
    if "request" in claims or "request_uri" in claims:
        raise RequestObjectRefused("a request inside the request")
    inside = {name: _values(name, value) for name, value in claims.items() if name not in _ABOUT_THE_TOKEN}
    return {name: values for name, values in inside.items() if any(values)} | {"client_id": [client.client_id]}


def _claims(unverified: str, client: Client, keys: Lookup) -> Mapping[str, object]:
    try:
        header, payload = client_keys.verified(unverified, keys, client.request_object_algs)
        claims = strict_json.parse(payload)
    except client_keys.SignatureRefused as error:
        raise RequestObjectRefused("no key of the service has signed it") from error
    except ValueError as error:
        raise RequestObjectRefused("the payload is not JSON, or says something twice") from error
    typ = header.get("typ")
    if not isinstance(claims, dict) or (typ.lower() if isinstance(typ, str) else typ) not in _TYPES:
        raise RequestObjectRefused("not a request object")
    return claims


def _require_parties(claims: Mapping[str, object], client: Client, issuer: str) -> None:
    if claims.get("client_id") != client.client_id or claims.get("iss", client.client_id) != client.client_id:
        raise RequestObjectRefused("iss and client_id are not this service's")
    audience = claims.get("aud")
    if issuer not in (audience if isinstance(audience, list) else [audience]):
        raise RequestObjectRefused("aud is not this issuer")


def _require_time(claims: Mapping[str, object], now: datetime, *, dated: bool) -> None:
    """`exp` and `nbf`, each if it is there; `dated`: both are."""
    ends, begins = _moment(claims, "exp"), _moment(claims, "nbf")
    if dated and (ends is None or begins is None):
        raise RequestObjectRefused("nbf and exp are both needed")
    if begins is not None and not now - LONGEST_LIFE <= begins <= now + CLOCKS_APART:
        raise RequestObjectRefused("nbf is ahead, or too long ago")
    if ends is not None and not now < ends <= (begins or now) + LONGEST_LIFE:
        raise RequestObjectRefused("exp is over, or too far ahead")


def _moment(claims: Mapping[str, object], name: str) -> datetime | None:
    value = claims.get(name)
    if value is None:
        return None
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise RequestObjectRefused(f"{name} is not a time")
    try:
        return datetime.fromtimestamp(value, UTC)
    except (OverflowError, ValueError, OSError) as error:
        raise RequestObjectRefused(f"{name} is not a time") from error


def _values(name: str, value: object) -> list[str]:
    """One value, or the list of a parameter that may have many (RFC 8707 section 2)."""
    if name in REPEATABLE and isinstance(value, list):
        return [_text(name, one) for one in value]
    return [_text(name, value)]


def _text(name: str, value: object) -> str:
    """A value as the query would hold it: `claims` may be an object, `max_age` a number."""
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if name == "claims" and isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False)
    raise RequestObjectRefused("a value is no parameter")
