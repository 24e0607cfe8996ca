"""How much one service may ask: requests and enquiries a minute, serial numbers a day, challenges held at once,
comparisons with one person a day.

Fixed windows that begin with the first request, in short-lived state: one round trip for each. The headers are
those of draft-ietf-httpapi-ratelimit-headers.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from idp.store.shortlived import ShortLived, Spent
from idp.tenants.tenancy import Client, Tenant
from idp.verification.problems import ApiProblem

MINUTE, DAY = 60, 24 * 60 * 60
CHALLENGES = 200
"""Challenges of one service given within five minutes, by the clock, and not taken; so twice as many are alive."""
CHALLENGE_SECONDS = 5 * 60
COMPARISONS_OF_PERSON = 20
"""Of one person's kept values, by one service in a day: enough for mistakes in typing, too few for guessing."""
_HELD = 2 * CHALLENGE_SECONDS
"""How long a window is counted: until the last challenge that was given in it is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The limits of every service of this process's tenants."""

    state: ShortLived
    requests_per_minute: int
    serials_per_day: int

    def request(self, tenant: Tenant, client: Client) -> Mapping[str, str]:
        """Count one request; the headers that say what is left. Raises ApiProblem with rate_limited."""
        return self._spend("requests", tenant, client.client_id, 1, self.requests_per_minute, MINUTE)

    def enquiry(self, tenant: Tenant, client_id: str) -> None:
        """Count one question to the service's OCSP front: as many as requests, but apart. Raises as `request`."""
        self._spend("enquiries", tenant, client_id, 1, self.requests_per_minute, MINUTE)

    def serials(self, tenant: Tenant, client: Client, count: int) -> None:
        """Count serial numbers of a batch. Raises ApiProblem with rate_limited: none of them is counted then."""
        self._spend("serials", tenant, client.client_id, count, self.serials_per_day, DAY)

    def comparison(self, tenant: Tenant, client: Client, person: str) -> None:
        """Count one comparison with what is kept of a person, whom `person` names. Raises as `request`."""
        name, most = "comparisons", COMPARISONS_OF_PERSON
        self._spend(name, tenant, f"{client.client_id}:{person}", 1, most, DAY)

    def hold_challenge(self, tenant: Tenant, client: Client, *, now: float) -> int:
        """Count a challenge that is given; its window, for `release_challenge`. Raises as `request`."""
        window = int(now) // CHALLENGE_SECONDS
        name = f"challenges-{window}"
        spent = self.state.spend(_key(name, tenant, client.client_id), 1, limit=CHALLENGES, seconds=_HELD)
        if not spent.within:
            wait = (window + 1) * CHALLENGE_SECONDS - int(now)
            detail = f"{CHALLENGES} challenges are waiting for their signatures"
            raise ApiProblem("rate_limited", detail, headers={"Retry-After": str(wait)})
        return window

    def release_challenge(self, tenant: Tenant, client: Client, window: int) -> None:
        """Count it no longer: it was taken."""
        key = _key(f"challenges-{window}", tenant, client.client_id)
        self.state.spend(key, -1, limit=CHALLENGES, seconds=_HELD)

    def _spend(
        self, name: str, tenant: Tenant, client_id: str, amount: int, limit: int, seconds: int
    ) -> Mapping[str, str]:
        spent = self.state.spend(_key(name, tenant, client_id), amount, limit=limit, seconds=seconds)
        headers = _headers(name, spent, limit, seconds)
        if not spent.within:
            detail = f"more than {limit} {name} in {seconds} seconds"
            raise ApiProblem("rate_limited", detail, headers={**headers, "Retry-After": str(spent.seconds)})
        return headers


def _key(name: str, tenant: Tenant, client_id: str) -> str:
    return f"api-{name}:{tenant.tenant_id}:{client_id}"


def _headers(name: str, spent: Spent, limit: int, seconds: int) -> dict[str, str]:
    return {
        "RateLimit-Policy": f'"{name}";q={limit};w={seconds}',
        "RateLimit": f'"{name}";r={max(0, limit - spent.used)};t={spent.seconds}',
    }
