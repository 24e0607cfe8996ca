"""Claims: what a service learns. The only place that writes `sub`, and it is handed a PPID and nothing else."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from idp.oidc.code import Code
from idp.tenancy import Client, Tenant

TOKEN_SECONDS = 600
QUARTER_HOUR = 15 * 60
_TIMES = ("checked_at", "this_update", "next_update", "verify_by")
_CLAIMED = ("method", *_TIMES, "fallback")


def id_token_claims(tenant: Tenant, client: Client, code: Code, *, now: int) -> dict[str, object]:
    """The ID token's claims (OpenID Connect Core section 2)."""
    claims: dict[str, object] = {
        "iss": tenant.issuer,
        "sub": code.sub,
        "aud": client.client_id,
        "exp": now + TOKEN_SECONDS,
        "iat": now,
        "acr": code.acr,
        "amr": code.amr.split(),
        "sid": tenant.keys.session_id(client.client_id, bytes.fromhex(code.session_digest)),
    }
    if code.nonce is not None:
        claims["nonce"] = code.nonce
    if code.auth_time is not None:
        claims["auth_time"] = code.auth_time
    if code.evidence is not None:
        claims["revocation"] = revocation_claim(code.evidence)
    return claims


def revocation_claim(evidence: str) -> dict[str, object]:
    """The claim of evidence as it is stored, JSON."""
    return rounded(json.loads(evidence))


def is_overdue(evidence: str, *, now: int) -> bool:
    """Whether a login was to be verified by now and was not, for whatever reason: it counts no more."""
    members = json.loads(evidence)
    return members["method"] is None and now >= int(members["verify_by"])


def rounded(members: Mapping[str, Any]) -> dict[str, object]:
    """How and as of when the certificate was found good; times rounded down to 15 minutes.

    A login that was accepted to be verified later has `method` null and, in the place of the evidence's times,
    `verify_by`.

    Exact times would let two services recognise one login; the audit trail keeps them.
    """
    claim = {name: members[name] for name in _CLAIMED if name in members}
    return claim | {name: claim[name] - claim[name] % QUARTER_HOUR for name in _TIMES if name in claim}


@dataclass(frozen=True, slots=True)
class UserInfo:
    """The subject of an access token as one client may see it."""

    sub: str
    scope: str
    evidence: str

    def claims(self) -> dict[str, object]:
        """OpenID Connect Core section 5.3.2."""
        claims: dict[str, object] = {"sub": self.sub}
        if "jpki_status" in self.scope.split():
            claims["revocation"] = revocation_claim(self.evidence)
        return claims
