"""Claims: what a service learns. The only place that writes `sub`, and it is handed a PPID and nothing else."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from msgspec import Struct

from idp.events.quarters import quarter
from idp.login.application import SignedApplication
from idp.login.previous import Previous
from idp.oidc.authorization.claims_request import SIGNED_APPLICATION, Asked, ClaimsRequest
from idp.oidc.claims import attribute_claims, vouching
from idp.oidc.claims.act import CLAIM, NOBODY
from idp.organizations.claim import CLAIM as ORGANIZATION
from idp.revocation.recorded import NO_CERTIFICATE, members_of, written
from idp.signature_status import evidence as signature_evidence
from idp.signature_status.status import MEMBER, SCOPE, SignatureStatus, Status
from idp.sources.record import Read
from idp.tenants.tenancy import Client, Tenant

TOKEN_SECONDS = 600
_TIMES = ("checked_at", "this_update", "next_update", "verify_by")
_CLAIMED = ("method", *_TIMES, "fallback")
_ID_TOKEN_CLAIMS = ("sub", "acr", "auth_time")
"""Claims of every ID token, or of every one that asks, for which the request parameter `claims` can say more."""
CLAIM_SCOPES = {"revocation": SCOPE, MEMBER: SCOPE}
"""Claims that `claims` can ask for one by one, each with the scope that a service must be registered for."""


def for_userinfo(client: Client) -> frozenset[str]:
    """Claims that this client may ask UserInfo for by `claims`."""
    by_agents = frozenset({CLAIM}) if client.agent_kinds else frozenset()
    return _by_scope(client) | frozenset(client.items) | by_agents


def for_id_token(client: Client) -> frozenset[str]:
    """Claims that this client may ask the ID token for by `claims`."""
    return for_userinfo(client) | frozenset(_ID_TOKEN_CLAIMS)


def _by_scope(client: Client) -> frozenset[str]:
    return frozenset(claim for claim, scope in CLAIM_SCOPES.items() if scope in client.scopes)


def scopes_of(request: ClaimsRequest) -> frozenset[str]:
    """The scopes whose claims are asked for one by one: what a resident has to agree to."""
    asked = request.userinfo.claims.keys() | request.id_token.claims.keys()
    return frozenset(CLAIM_SCOPES[claim] for claim in asked if claim in CLAIM_SCOPES)


class Authentication(Struct, frozen=True, kw_only=True):
    """A login as its ID token tells it. `amr` space-separated; `evidence` JSON, None where it is not told.

    `procedure`: what the resident applied for, empty for nothing named.
    `attributes`: claims of what the resident let go into this ID token (`attribute_claims`).
    `application`: the claim of what they signed, empty for nothing; `organization`: of for whom they signed in.
    `act`: the claim of who acts for the person, with its name.
    """

    sub: str
    acr: str
    amr: str
    sid: str
    nonce: str | None = None
    auth_time: int | None = None
    evidence: str | None = None
    procedure: str = ""
    previous: Previous | None = None
    attributes: Mapping[str, object] = {}
    application: Mapping[str, object] = {}
    organization: Mapping[str, object] = {}
    act: Mapping[str, object] = {}


def id_token_claims(tenant: Tenant, client: Client, login: Authentication, *, now: int) -> dict[str, object]:
    """The ID token's claims (OpenID Connect Core section 2); without nonce when it is refreshed (section 12.2)."""
    claims: dict[str, object] = {
        "iss": tenant.issuer,
        "sub": login.sub,
        "aud": client.client_id,
        "exp": now + TOKEN_SECONDS,
        "iat": now,
        "acr": login.acr,
        "amr": login.amr.split(),
        "sid": login.sid,
    }
    if login.nonce is not None:
        claims["nonce"] = login.nonce
    if login.auth_time is not None:
        claims["auth_time"] = login.auth_time
    if login.procedure:
        claims["procedure"] = login.procedure
    if login.application:
        claims[SIGNED_APPLICATION] = login.application
    if login.organization:
        claims[ORGANIZATION] = login.organization
    if login.evidence is not None:
        claims |= evidence_claims(login.evidence)
    return {**login.attributes, **claims, **login.act, **previous_claims(login.previous, now=now)}


def access_token_claims(
    tenant: Tenant,
    client: Client,
    sub: str,
    audience: str,
    scope: str,
    *,
    issued_at: int,
    expires_at: int,
    act: Mapping[str, object] = NOBODY,
) -> dict[str, object]:
    """An access token's claims for a resource (RFC 9068 section 2.2), but for its id and its key."""
    return {
        "iss": tenant.issuer,
        "sub": sub,
        **act,
        "aud": audience,
        "client_id": client.client_id,
        "iat": issued_at,
        "exp": expires_at,
        **({"scope": scope} if scope else {}),
    }


def application_claim(signed: SignedApplication) -> dict[str, object]:
    """The claim of an application that the person who signed in has signed: another's is refused when it is made.

    Its time is rounded as that of a login's evidence.
    """
    verified_at = quarter(signed.signed_at)
    return {"digest": signed.digest, "alg": signed.alg, "verified_at": verified_at, "same_person": True}


def previous_claims(previous: Previous | None, *, now: int) -> dict[str, object]:
    """By which number the service knew the person before, and from whom, while it hears of it."""
    if previous is None or now >= previous.until:
        return {}
    said: dict[str, object] = {"previous_sub": previous.sub}
    return said | ({"previous_iss": previous.iss} if previous.iss else {})


def of_the_person(claims: Iterable[str], *, acted_for: bool) -> list[str]:
    """Those claims of a login's evidence that may be told: of an agent's signature certificate nothing.

    How good the certificate is that signed in is said of the login, as `acr` is, whoever signed in.
    """
    return [name for name in claims if not (acted_for and name == MEMBER)]


def evidence_told(evidence: str, wanted: Collection[str]) -> str | None:
    """Of a login's evidence, JSON, what a token shall tell: the claims that are `wanted`. None for nothing."""
    if not wanted:
        return None
    members = members_of(evidence)
    status = signature_evidence.status_in(evidence) or _unknown(members)
    asked = "revocation" in wanted and members["method"] != NO_CERTIFICATE
    told = {name: value for name, value in members.items() if name != MEMBER} if asked else {}
    told |= {MEMBER: status.members()} if MEMBER in wanted else {}
    return written(told) if told else None


def evidence_claims(evidence: str) -> dict[str, object]:
    """The claims of evidence, JSON, as far as it goes."""
    members, status = members_of(evidence), signature_evidence.status_in(evidence)
    claims: dict[str, object] = {"revocation": rounded(members)} if "method" in members else {}
    return claims if status is None else claims | {MEMBER: status.claim()}


def _unknown(members: Mapping[str, Any]) -> SignatureStatus:
    """The status of a signature certificate about which nobody was asked."""
    return SignatureStatus(Status.UNKNOWN, int(members["checked_at"]))


def is_overdue(evidence: str, *, now: int) -> bool:
    """Whether a login was to be verified by now and was not, for whatever reason: it counts no more."""
    members = members_of(evidence)
    return members["method"] is None and now >= int(members["verify_by"])


def rounded(members: Mapping[str, Any]) -> dict[str, object]:
    """How and as of when the certificate was found good; times rounded down to 15 minutes.

    A login that was accepted to be verified later has `method` null and, in the place of the evidence's times,
    `verify_by`.

    Exact times would let two services recognise one login; the audit trail keeps them.
    """
    claim = {name: members[name] for name in _CLAIMED if name in members}
    return claim | {name: quarter(claim[name]) for name in _TIMES if name in claim}


@dataclass(frozen=True, slots=True)
class UserInfo:
    """The subject of an access token as one client may see it.

    `asked`: by the request parameter `claims`; `login`: whose proof it was; `attributes`: what the resident let go
    to it; `previous`: claims of a number that has changed. `act`: the claim of who acts for them, with its name.
    """

    sub: str
    scope: str
    asked: Asked
    evidence: str
    login: vouching.Login
    attributes: Read | None = None
    previous: Mapping[str, object] = field(default_factory=dict)
    act: Mapping[str, object] = field(default_factory=dict)

    def claims(self) -> dict[str, object]:
        """OpenID Connect Core section 5.3.2."""
        claims: dict[str, object] = {"sub": self.sub, **self.act, **self.previous}
        if self.attributes is not None:
            claims |= attribute_claims.of(self.attributes, self.scope.split(), self.asked, self.login)
        by_scope = SCOPE in self.scope.split()
        asked = [name for name in CLAIM_SCOPES if by_scope or name in self.asked.claims]
        wanted = of_the_person(asked, acted_for=bool(self.act))
        told = evidence_told(self.evidence, wanted)
        return claims if told is None else claims | evidence_claims(told)
