"""The judgement on an authorization request: its parameters parsed once, then an ordered, visible list of checks.

OpenID Connect Core section 3.1.2.1, RFC 6749 section 4.1.1, RFC 7636, RFC 9101, RFC 9126, RFC 9700. Pure.
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime

from msgspec import Struct

from idp.login.demand import UNMET
from idp.oidc.authorization import acr
from idp.oidc.authorization.claims_request import NOTHING, ClaimsRefused, ClaimsRequest, parse
from idp.oidc.authorization.requests import (
    MAX_PARAMETER,
    PRINTABLE,
    REPEATABLE,
    AuthorizationError,
    AuthorizationRequest,
    Parameters,
    require_active,
)
from idp.oidc.authorization.responses import Destination, reaches
from idp.oidc.claims.claims import for_id_token, for_userinfo
from idp.procedures.procedure import Way
from idp.services.client_policies import PUBLIC
from idp.tenants.tenancy import LOGIN_SCOPES, Client

MAX_NONCE = 512
"""A nonce travels inside the code, which must stay short."""
PROMPTS = ("none", "login", "consent", "select_account")
DISPLAYS = ("page", "popup", "touch")
"""What our pages suit as they are, narrow and by any finger: `display` is a preference, and changes nothing."""
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_SECONDS = re.compile(r"[0-9]{1,10}")
_UNSUPPORTED = {"request": "request_not_supported", "registration": "registration_not_supported"}


class Sent(Struct, frozen=True, kw_only=True):
    """A request as it was sent: each parameter once, and what is to be known of how it came.

    `destination`: where its answer goes, proven. `values`: by name, of the parameters that were sent with one.
    `scopes`, `prompts`: those parameters, separated at spaces.
    `repeated`: some parameter was given twice that may not be.
    `claims`: that parameter as far as this client may have what it asks for, and in `claims_fault` why it is none.
    `refused`: why the request object beside it, or the lack of one, lets it not count. `pushed`: it came by PAR.
    `at`: when it came.
    """

    destination: Destination
    values: Mapping[str, str]
    scopes: tuple[str, ...]
    prompts: tuple[str, ...]
    repeated: bool
    claims: ClaimsRequest
    claims_fault: str
    refused: AuthorizationError | None
    pushed: bool
    at: datetime


def parsed(
    unverified: Parameters,
    client: Client,
    destination: Destination,
    *,
    at: datetime,
    pushed: bool,
    refused: AuthorizationError | None = None,
) -> Sent:
    """The parameters, parsed once; whatever is wrong with them is told by the checks."""
    claims, fault = NOTHING, ""
    if "claims" in unverified:
        known = {"userinfo": for_userinfo(client), "id_token": for_id_token(client)}
        try:
            claims = parse(unverified["claims"][0], **known)
        except ClaimsRefused as refusal:
            fault = str(refusal)
    values = {name: sent[0] for name, sent in unverified.items()}
    twice = {name for name, sent in unverified.items() if len(sent) > 1}
    return Sent(
        destination=destination,
        values=values,
        scopes=tuple(values.get("scope", "").split()),
        prompts=tuple(values.get("prompt", "").split()),
        repeated=not REPEATABLE.issuperset(twice),
        claims=claims,
        claims_fault=fault,
        refused=refused,
        pushed=pushed,
        at=at,
    )


def judged(sent: Sent, client: Client) -> AuthorizationRequest:
    """The request, when it is right. Raises AuthorizationError by the first check that fails, or UnsafeRequest.

    `display`, `claims_locales` and `login_hint` change nothing and are kept nowhere: what we know of a resident is
    in Japanese alone, and who they are is told by their card.
    """
    for check in CHECKS:
        check(sent, client)
    return AuthorizationRequest(
        client_id=client.client_id,
        redirect_uri=sent.destination.redirect_uri,
        state=sent.destination.state,
        response_mode=sent.destination.mode,
        scopes=tuple(scope for scope in LOGIN_SCOPES if scope in sent.scopes and scope in client.scopes),
        nonce=sent.values.get("nonce"),
        code_challenge=sent.values.get("code_challenge"),
        auth_time=_wants_auth_time(sent, client),
        acr_values=sent.values.get("acr_values", ""),
        claims=sent.claims,
        prompts=sent.prompts,
        max_age=int(sent.values["max_age"]) if "max_age" in sent.values else client.default_max_age,
        dpop_jkt=sent.values.get("dpop_jkt"),
        ui_locales=sent.values.get("ui_locales", ""),
        procedure=sent.values.get("procedure", ""),
    )


def _wants_auth_time(sent: Sent, client: Client) -> bool:
    """By the request (OpenID Connect Core section 2), or by the registration (Registration section 2)."""
    registered = client.require_auth_time or client.default_max_age is not None
    return registered or "max_age" in sent.values or "auth_time" in sent.claims.id_token.claims


def _client_is_active(_sent: Sent, client: Client) -> None:
    require_active(client)


def _profile_is_open(sent: Sent, client: Client) -> None:
    if not client.is_open(sent.at):
        raise AuthorizationError("unauthorized_client", "the service's profile is not open to it")


def _request_is_pushed(sent: Sent, client: Client) -> None:
    if client.policy.pushed_only and not sent.pushed:
        raise AuthorizationError("invalid_request", "the request must be pushed")


def _request_object_counts(sent: Sent, _client: Client) -> None:
    if sent.refused is not None:
        raise sent.refused


def _no_parameter_twice(sent: Sent, _client: Client) -> None:
    if sent.repeated:
        raise AuthorizationError("invalid_request", "a parameter is given twice")


def _parameters_are_short(sent: Sent, _client: Client) -> None:
    if max(map(len, sent.values.values()), default=0) > MAX_PARAMETER:
        raise AuthorizationError("invalid_request", "a parameter is too long")


def _state_and_nonce_are_printable(sent: Sent, _client: Client) -> None:
    for name in ("state", "nonce"):
        if not PRINTABLE.fullmatch(sent.values.get(name, "")):
            raise AuthorizationError("invalid_request", f"{name} has characters outside printable ASCII")


def _nonce_is_short(sent: Sent, _client: Client) -> None:
    if len(sent.values.get("nonce", "")) > MAX_NONCE:
        raise AuthorizationError("invalid_request", "nonce is too long")


def _nothing_unsupported(sent: Sent, _client: Client) -> None:
    for name, error in _UNSUPPORTED.items():
        if name in sent.values:
            raise AuthorizationError(error, f"the parameter {name} is not supported")


def _response_type_is_code(sent: Sent, _client: Client) -> None:
    if "response_type" not in sent.values:
        raise AuthorizationError("invalid_request", "response_type is missing")
    if sent.values["response_type"] != "code":
        raise AuthorizationError("unsupported_response_type", "response_type is not code")


def _response_mode_arrives(sent: Sent, _client: Client) -> None:
    mode = sent.values.get("response_mode")
    if mode is not None and not reaches(mode, sent.destination.redirect_uri):
        raise AuthorizationError(
            "invalid_request", "response_mode is none of ours, or does not reach this redirect_uri"
        )


def _scope_has_openid(sent: Sent, _client: Client) -> None:
    if "openid" not in sent.scopes:
        raise AuthorizationError("invalid_scope", "the scope openid is missing; spaces separate scopes")


def _pkce_is_s256(sent: Sent, client: Client) -> None:
    challenge, method = sent.values.get("code_challenge"), sent.values.get("code_challenge_method")
    if not challenge and not method and not client.require_pkce:
        return
    if not challenge:
        why = "this service has to use PKCE: " if client.require_pkce else ""
        raise AuthorizationError("invalid_request", f"{why}code_challenge is missing")
    if method != "S256":
        raise AuthorizationError("invalid_request", "code_challenge_method is not S256")
    if not _CHALLENGE.fullmatch(challenge):
        raise AuthorizationError("invalid_request", "code_challenge is not a SHA-256 in base64url")


def _dpop_jkt_is_a_thumbprint(sent: Sent, _client: Client) -> None:
    if "dpop_jkt" in sent.values and not _CHALLENGE.fullmatch(sent.values["dpop_jkt"]):
        raise AuthorizationError("invalid_request", "dpop_jkt is not a SHA-256 in base64url")


def _claims_can_be_read(sent: Sent, _client: Client) -> None:
    if sent.claims_fault:
        raise AuthorizationError("invalid_request", sent.claims_fault)


def _essential_acr_is_known(sent: Sent, _client: Client) -> None:
    try:
        acr.read(sent.values.get("acr_values", ""), sent.claims)
    except acr.Unmet as error:
        raise AuthorizationError(UNMET, "no login here has an acr that is essential") from error


def _prompts_are_known(sent: Sent, _client: Client) -> None:
    if not set(PROMPTS).issuperset(sent.prompts):
        raise AuthorizationError("invalid_request", f"prompt is of {', '.join(PROMPTS)}")


def _prompt_none_stands_alone(sent: Sent, _client: Client) -> None:
    if "none" in sent.prompts and len(sent.prompts) > 1:
        raise AuthorizationError("invalid_request", "prompt none stands alone")


def _max_age_is_a_number(sent: Sent, _client: Client) -> None:
    if "max_age" in sent.values and not _SECONDS.fullmatch(sent.values["max_age"]):
        raise AuthorizationError("invalid_request", "max_age is not a number of seconds")


def _procedure_is_open(sent: Sent, client: Client) -> None:
    if "procedure" not in sent.values:
        return
    procedure = client.procedures.get(sent.values["procedure"])
    if procedure is None:
        raise AuthorizationError("invalid_request", "the service has registered no procedure with this id")
    if not procedure.open:
        raise AuthorizationError("invalid_request", "this procedure is closed")
    if procedure.way is Way.ANONYMOUS:
        raise AuthorizationError("invalid_request", "nobody signs in for this procedure: it is anonymous")


def _application_can_be_signed(sent: Sent, client: Client) -> None:
    """Nobody signs what a browser brought: the digest comes from the service itself, which has authenticated."""
    procedure = client.procedures.get(sent.values.get("procedure", ""))
    if sent.claims.id_token.application is None:
        if procedure is not None and procedure.signed_application:
            raise AuthorizationError(
                "invalid_request", "this procedure needs the digest of an application, to be signed"
            )
        return
    if procedure is None or not procedure.takes_applications:
        raise AuthorizationError(
            "invalid_request", "an application is signed for a procedure of the ways signature and combined"
        )
    if not sent.pushed or client.token_endpoint_auth_method == PUBLIC:
        raise AuthorizationError(
            "invalid_request", "an application is handed over in a pushed request, by a service that authenticates"
        )


CHECKS: tuple[Callable[[Sent, Client], None], ...] = (
    _client_is_active,
    _profile_is_open,
    _request_is_pushed,
    _request_object_counts,
    _no_parameter_twice,
    _parameters_are_short,
    _state_and_nonce_are_printable,
    _nonce_is_short,
    _nothing_unsupported,
    _response_type_is_code,
    _response_mode_arrives,
    _scope_has_openid,
    _pkce_is_s256,
    _dpop_jkt_is_a_thumbprint,
    _claims_can_be_read,
    _essential_acr_is_known,
    _prompts_are_known,
    _prompt_none_stands_alone,
    _max_age_is_a_number,
    _procedure_is_open,
    _application_can_be_signed,
)
"""In this order; the first that fails answers."""
