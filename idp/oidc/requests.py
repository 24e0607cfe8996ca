"""The authorization request: parsed once into a frozen record, then judged by an ordered, visible list of checks.

OpenID Connect Core section 3.1.2.1, RFC 6749 section 4.1.1, RFC 7636, RFC 9700. Pure.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from idp.login.demand import UNMET
from idp.oidc import acr
from idp.oidc.claims import for_id_token, for_userinfo, scopes_of
from idp.oidc.claims_request import NOTHING, ClaimsRefused, ClaimsRequest, parse
from idp.oidc.responses import RESPONSE_MODES, Destination, ResponseMode
from idp.tenancy import ACTIVE, LOGIN_SCOPES, Client

MAX_NONCE = 512
"""A nonce travels inside the code, which must stay short."""
PROMPTS = ("none", "login", "consent", "select_account")
MAX_PARAMETER = 4096
"""Longest value of one parameter, in characters: far over any state or nonce seen, far under a URL's limit."""
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_PRINTABLE = re.compile(r"[\x20-\x7e]*")
_UNSUPPORTED = {
    "request": "request_not_supported",
    "request_uri": "request_uri_not_supported",
    "registration": "registration_not_supported",
}

Parameters = Mapping[str, Sequence[str]]


class UnsafeRequest(Exception):
    """A request whose client or redirect URI is not proven: answered on a page of ours, never by redirect.

    `kind` names the page: unknown_client, redirect_uri_mismatch, bad_request.
    """

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


class AuthorizationError(Exception):
    """An error that the client receives by redirect (RFC 6749 section 4.1.2.1)."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(f"{error}: {description}")
        self.error = error
        self.description = description


@dataclass(frozen=True, slots=True)
class AuthorizationRequest:
    """A judged request. `scopes` are the granted ones; `auth_time` says whether that claim was asked for.

    `claims`: what is asked for one by one, as far as this client may have it. `pushed`: which of the pushed
    requests it is, None for one that the browser brought.
    `prompts`: OpenID Connect Core section 3.1.2.1, as far as we know them. `subject`: whom `id_token_hint` names.
    `dpop_jkt`: the key of which a proof must be shown with the code (RFC 9449 section 10), None for any or none.
    """

    client_id: str
    redirect_uri: str
    state: str | None
    response_mode: ResponseMode
    scopes: tuple[str, ...]
    nonce: str | None
    code_challenge: str | None
    auth_time: bool
    acr_values: str
    claims: ClaimsRequest
    pushed: str | None = None
    prompts: tuple[str, ...] = ()
    max_age: int | None = None
    subject: str | None = None
    dpop_jkt: str | None = None

    def to_json(self) -> str:
        """For the login transaction, which keeps it unread."""
        members = {name: getattr(self, name) for name in self.__slots__}
        return json.dumps(members | {"claims": self.claims.to_text()}, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> "AuthorizationRequest":
        """Undo `to_json`."""
        members = json.loads(text)
        claims = ClaimsRequest.from_text(members["claims"])
        mode = ResponseMode(members["response_mode"])
        tuples = {name: tuple(members[name]) for name in ("scopes", "prompts")}
        return cls(**members | tuples | {"claims": claims, "response_mode": mode})

    @property
    def subjects(self) -> frozenset[str] | None:
        """The numbers of which the person must have one, by the hint and by `claims`; None for anybody."""
        named = self.claims.id_token.claims.get("sub")
        by_claims = frozenset(map(str, named.values)) if named is not None and named.values else None
        if self.subject is None:
            return by_claims
        return frozenset({self.subject}) & (by_claims or {self.subject})

    @property
    def silent(self) -> bool:
        """Whether no page may be shown."""
        return self.prompts == ("none",)

    @property
    def destination(self) -> Destination:
        """Where its answer goes."""
        return Destination(self.redirect_uri, self.state, self.response_mode)

    def still_granted(self, client: Client) -> "AuthorizationRequest":
        """What is left of it by the registration as it is now.

        Raises UnsafeRequest when the redirect URI was taken away meanwhile.
        """
        if self.redirect_uri not in client.redirect_uris:
            raise UnsafeRequest("redirect_uri_mismatch")
        scopes = tuple(scope for scope in self.scopes if scope in client.scopes)
        claims = self.claims.within(for_userinfo(client), for_id_token(client))
        return replace(self, scopes=scopes, claims=claims)

    @property
    def acr(self) -> acr.AcrRequest:
        """Which level it asks for. Never raises acr.Unmet: that is judged before."""
        return acr.read(self.acr_values, self.claims)

    @property
    def consent_scopes(self) -> tuple[str, ...]:
        """What the resident is asked for: the granted scopes, and those whose claims are asked for one by one."""
        asked = {*self.scopes, *scopes_of(self.claims)}
        return tuple(scope for scope in LOGIN_SCOPES if scope in asked)


def client_id_of(unverified: Parameters) -> str:
    """The one client_id of a request. Raises UnsafeRequest when there is not exactly one."""
    values = unverified.get("client_id", ())
    if len(values) != 1:
        raise UnsafeRequest("bad_request")
    return values[0]


def require_client(client: Client | None) -> Client:
    """The client that was found. Raises UnsafeRequest when none was."""
    if client is None:
        raise UnsafeRequest("unknown_client")
    return client


def destination_of(unverified: Parameters, client: Client) -> Destination:
    """Prove the redirect URI, before anything is sent anywhere (RFC 9700 section 4.1).

    Raises UnsafeRequest unless exactly one redirect_uri is given that equals a registered one byte by byte.
    """
    values = unverified.get("redirect_uri", ())
    if len(values) != 1 or values[0] not in client.redirect_uris:
        raise UnsafeRequest("redirect_uri_mismatch")
    states = unverified.get("state", ())
    usable = len(states) == 1 and len(states[0]) <= MAX_PARAMETER and _PRINTABLE.fullmatch(states[0])
    return Destination(values[0], states[0] if usable else None, _mode(unverified))


def _mode(unverified: Parameters) -> ResponseMode:
    """The response mode; errors of a request that names none of ours travel in the query."""
    modes = unverified.get("response_mode", ())
    return ResponseMode(modes[0]) if len(modes) == 1 and modes[0] in RESPONSE_MODES else ResponseMode.QUERY


def judge(unverified: Parameters, client: Client, destination: Destination) -> AuthorizationRequest:
    """Judge a request whose destination is proven. Raises AuthorizationError with the first check that fails."""
    for check in CHECKS:
        check(unverified, client)
    asked, claims = _one(unverified, "scope").split(), _claims(unverified, client)
    return AuthorizationRequest(
        client_id=client.client_id,
        redirect_uri=destination.redirect_uri,
        state=destination.state,
        response_mode=destination.mode,
        scopes=tuple(scope for scope in LOGIN_SCOPES if scope in asked and scope in client.scopes),
        nonce=_one(unverified, "nonce") or None,
        code_challenge=_one(unverified, "code_challenge") or None,
        auth_time="max_age" in unverified or "auth_time" in claims.id_token.claims,
        acr_values=_one(unverified, "acr_values"),
        claims=claims,
        prompts=tuple(prompt for prompt in _one(unverified, "prompt").split() if prompt in PROMPTS),
        max_age=int(_one(unverified, "max_age")) if "max_age" in unverified else None,
        dpop_jkt=_one(unverified, "dpop_jkt") or None,
    )


def _claims(unverified: Parameters, client: Client) -> ClaimsRequest:
    if "claims" not in unverified:
        return NOTHING
    known = {"userinfo": for_userinfo(client), "id_token": for_id_token(client)}
    try:
        return parse(_one(unverified, "claims"), **known)
    except ClaimsRefused as refusal:
        raise AuthorizationError("invalid_request", str(refusal)) from refusal


def require_active(client: Client) -> None:
    """Raises AuthorizationError for a suspended service."""
    if client.state != ACTIVE:
        raise AuthorizationError("unauthorized_client", "the service is suspended")


def require_open(client: Client, day: date) -> None:
    """Raises AuthorizationError for a service whose profile has ended, or was not agreed to."""
    if not client.is_open(day):
        raise AuthorizationError("unauthorized_client", "the service's profile is not open to it")


def require_unpushed(client: Client) -> None:
    """Raises AuthorizationError where the profile takes requests by PAR alone (RFC 9126 section 5)."""
    if client.policy.pushed_only:
        raise AuthorizationError("invalid_request", "the request must be pushed")


def _client_is_active(_unverified: Parameters, client: Client) -> None:
    require_active(client)


def _no_parameter_twice(unverified: Parameters, _client: Client) -> None:
    for values in unverified.values():
        if len(values) > 1:
            raise AuthorizationError("invalid_request", "a parameter is given twice")


def _parameters_are_short(unverified: Parameters, _client: Client) -> None:
    for values in unverified.values():
        if len(values[0]) > MAX_PARAMETER:
            raise AuthorizationError("invalid_request", "a parameter is too long")


def _state_and_nonce_are_printable(unverified: Parameters, _client: Client) -> None:
    for name in ("state", "nonce"):
        if not _PRINTABLE.fullmatch(_one(unverified, name)):
            raise AuthorizationError("invalid_request", f"{name} has characters outside printable ASCII")


def _nonce_is_short(unverified: Parameters, _client: Client) -> None:
    if len(_one(unverified, "nonce")) > MAX_NONCE:
        raise AuthorizationError("invalid_request", "nonce is too long")


def _nothing_unsupported(unverified: Parameters, _client: Client) -> None:
    for name, error in _UNSUPPORTED.items():
        if name in unverified:
            raise AuthorizationError(error, f"the parameter {name} is not supported")


def _response_type_is_code(unverified: Parameters, _client: Client) -> None:
    response_type = _one(unverified, "response_type")
    if not response_type:
        raise AuthorizationError("invalid_request", "response_type is missing")
    if response_type != "code":
        raise AuthorizationError("unsupported_response_type", "response_type is not code")


def _response_mode_is_known(unverified: Parameters, _client: Client) -> None:
    if "response_mode" in unverified and _one(unverified, "response_mode") not in RESPONSE_MODES:
        raise AuthorizationError("invalid_request", "response_mode is none of ours")


def _scope_has_openid(unverified: Parameters, _client: Client) -> None:
    if "openid" not in _one(unverified, "scope").split():
        raise AuthorizationError("invalid_scope", "the scope openid is missing")


def _pkce_is_s256(unverified: Parameters, client: Client) -> None:
    challenge = _one(unverified, "code_challenge")
    method = _one(unverified, "code_challenge_method")
    if not challenge and not method and not client.require_pkce:
        return
    if not challenge:
        raise AuthorizationError("invalid_request", "code_challenge is missing")
    if method != "S256":
        raise AuthorizationError("invalid_request", "code_challenge_method is not S256")
    if not _CHALLENGE.fullmatch(challenge):
        raise AuthorizationError("invalid_request", "code_challenge is not a SHA-256 in base64url")


def _prompt_none_stands_alone(unverified: Parameters, _client: Client) -> None:
    prompts = _one(unverified, "prompt").split()
    if "none" in prompts and len(prompts) > 1:
        raise AuthorizationError("invalid_request", "prompt none stands alone")


def _max_age_is_a_number(unverified: Parameters, _client: Client) -> None:
    if "max_age" in unverified and not re.fullmatch(r"[0-9]{1,10}", _one(unverified, "max_age")):
        raise AuthorizationError("invalid_request", "max_age is not a number of seconds")


def _dpop_jkt_is_a_thumbprint(unverified: Parameters, _client: Client) -> None:
    if "dpop_jkt" in unverified and not _CHALLENGE.fullmatch(_one(unverified, "dpop_jkt")):
        raise AuthorizationError("invalid_request", "dpop_jkt is not a SHA-256 in base64url")


def _claims_can_be_read(unverified: Parameters, client: Client) -> None:
    _claims(unverified, client)


def _essential_acr_is_known(unverified: Parameters, client: Client) -> None:
    try:
        acr.read(_one(unverified, "acr_values"), _claims(unverified, client))
    except acr.Unmet as error:
        raise AuthorizationError(UNMET, "no login here has an acr that is essential") from error


CHECKS: tuple[Callable[[Parameters, Client], None], ...] = (
    _client_is_active,
    _no_parameter_twice,
    _parameters_are_short,
    _state_and_nonce_are_printable,
    _nonce_is_short,
    _nothing_unsupported,
    _response_type_is_code,
    _response_mode_is_known,
    _scope_has_openid,
    _pkce_is_s256,
    _dpop_jkt_is_a_thumbprint,
    _claims_can_be_read,
    _essential_acr_is_known,
    _prompt_none_stands_alone,
    _max_age_is_a_number,
)
"""In this order; the first that fails answers."""


def _one(unverified: Parameters, name: str) -> str:
    values = unverified.get(name, ())
    return values[0] if values else ""
