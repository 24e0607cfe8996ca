"""The authorization request: where its answer goes, and the frozen record that it becomes once it is judged.

The judgement itself is in `checks.py`. OpenID Connect Core section 3.1.2.1, RFC 6749 section 4.1.1. Pure.
"""

import re
from collections.abc import Mapping, Sequence

import msgspec
from msgspec import Struct, structs

from idp.login.demand import Wish
from idp.oidc.authorization import acr
from idp.oidc.authorization.claims_request import NOTHING, ClaimsRequest
from idp.oidc.authorization.redirect_uris import is_registered
from idp.oidc.authorization.responses import Destination, ResponseMode, reaches
from idp.oidc.claims.claims import for_id_token, for_userinfo, scopes_of
from idp.tenants.tenancy import ACTIVE, LOGIN_SCOPES, Client

MAX_PARAMETER = 4096
"""Longest value of one parameter, in characters: far over any state or nonce seen, far under a URL's limit."""
REPEATABLE = frozenset({"resource"})
"""Parameters that may be given more than once (RFC 8707 section 2)."""
PRINTABLE = re.compile(r"[\x20-\x7e]*")

Parameters = Mapping[str, Sequence[str]]


class UnsafeRequest(Exception):
    """A request whose client or redirect URI is not proven: answered on a page of ours, never by redirect.

    `kind` names the page: unknown_client, redirect_uri_mismatch, bad_request, service_closed, expired.
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


class AuthorizationRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A judged request. `scopes` are the granted ones; `auth_time` says whether that claim was asked for.

    `claims`: what is asked for one by one, as far as this client may have it. `pushed`: which of the pushed
    requests it is, None for one that the browser brought.
    `prompts`, `ui_locales`: OpenID Connect Core section 3.1.2.1. `subject`: whom `id_token_hint` names.
    `dpop_jkt`: the key of which a proof must be shown with the code (RFC 9449 section 10), None for any or none.
    `targets`: at which resources it wants to act (`idp/oidc/tokens/targets.py`). `procedure`: what the resident
    applies for, by the id that the service registered, empty for nothing named.
    """

    client_id: str
    redirect_uri: str
    state: str | None
    response_mode: ResponseMode
    scopes: tuple[str, ...]
    nonce: str | None
    code_challenge: str | None
    auth_time: bool
    acr_values: str = ""
    claims: ClaimsRequest = NOTHING
    pushed: str | None = None
    prompts: tuple[str, ...] = ()
    max_age: int | None = None
    subject: str | None = None
    dpop_jkt: str | None = None
    ui_locales: str = ""
    targets: str = ""
    procedure: str = ""

    def to_json(self) -> str:
        """For the login transaction, which keeps it unread: what is not said is not written."""
        return _ENCODER.encode(self).decode()

    @staticmethod
    def from_json(text: str) -> "AuthorizationRequest":
        """Undo `to_json`. Raises UnsafeRequest for what another version of this program has stored: it is over."""
        try:
            return _DECODER.decode(text)
        except msgspec.ValidationError as error:
            raise UnsafeRequest("expired") from error

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
        if not is_registered(client, self.redirect_uri):
            raise UnsafeRequest("redirect_uri_mismatch")
        claims = self.claims
        if claims is not NOTHING:
            claims = claims.within(for_userinfo(client), for_id_token(client))
        elif set(client.scopes).issuperset(self.scopes):
            return self
        scopes = tuple(scope for scope in self.scopes if scope in client.scopes)
        return structs.replace(self, scopes=scopes, claims=claims)

    @property
    def acr(self) -> acr.AcrRequest:
        """Which level it asks for. Never raises acr.Unmet: that is judged before."""
        return acr.read(self.acr_values, self.claims)

    @property
    def wish(self) -> Wish:
        """What it asks of the login."""
        asked = self.acr
        return Wish(asked.least, asked.method, self.procedure)

    @property
    def consent_scopes(self) -> tuple[str, ...]:
        """What the resident is asked for: the granted scopes, and those whose claims are asked for one by one."""
        if self.claims is NOTHING:
            return self.scopes  # in this order already
        asked = {*self.scopes, *scopes_of(self.claims)}
        return tuple(scope for scope in LOGIN_SCOPES if scope in asked)


_ENCODER = msgspec.json.Encoder(enc_hook=dict)
"""The hook is for the one thing that JSON does not know: a mapping that nobody changes."""
_DECODER = msgspec.json.Decoder(AuthorizationRequest)


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

    Raises UnsafeRequest unless exactly one redirect_uri is given, and it is the client's (`redirect_uris.py`).
    """
    values = unverified.get("redirect_uri", ())
    if len(values) != 1 or not is_registered(client, values[0]):
        raise UnsafeRequest("redirect_uri_mismatch")
    states = unverified.get("state", ())
    usable = len(states) == 1 and len(states[0]) <= MAX_PARAMETER and PRINTABLE.fullmatch(states[0])
    return Destination(values[0], states[0] if usable else None, _mode(unverified, values[0]))


def _mode(unverified: Parameters, redirect_uri: str) -> ResponseMode:
    """The response mode; errors of a request that names none that can be travel in the query."""
    modes = unverified.get("response_mode", ())
    return ResponseMode(modes[0]) if len(modes) == 1 and reaches(modes[0], redirect_uri) else ResponseMode.QUERY


def require_active(client: Client) -> None:
    """Raises UnsafeRequest for a service that is closed: residents are told here, and nobody is sent there."""
    if client.state != ACTIVE:
        raise UnsafeRequest("service_closed")
