"""How much one service may ask: requests a minute, serial numbers a day.

Fixed windows that begin with the first request, in short-lived state: one round trip for each. The headers are
those of draft-ietf-httpapi-ratelimit-headers.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from idp.store.shortlived import ShortLived, Spent
from idp.tenancy import Client, Tenant
from idp.verification.problems import ApiProblem

MINUTE, DAY = 60, 24 * 60 * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The limits of every service of this process's tenants."""

    state: ShortLived
    requests_per_minute: int
    serials_per_day: int

    def request(self, tenant: Tenant, client: Client) -> Mapping[str, str]:
        """Count one request; the headers that say what is left. Raises ApiProblem with rate_limited."""
        return self._spend("requests", tenant, client, 1, self.requests_per_minute, MINUTE)

    def serials(self, tenant: Tenant, client: Client, count: int) -> None:
        """Count serial numbers of a batch. Raises ApiProblem with rate_limited: none of them is counted then."""
        self._spend("serials", tenant, client, count, self.serials_per_day, DAY)

    def _spend(
        self, name: str, tenant: Tenant, client: Client, amount: int, limit: int, seconds: int
    ) -> Mapping[str, str]:
        key = f"api-{name}:{tenant.tenant_id}:{client.client_id}"
        spent = self.state.spend(key, amount, limit=limit, seconds=seconds)
        headers = _headers(name, spent, limit, seconds)
        if not spent.within:
            detail = f"more than {limit} {name} in {seconds} seconds"
            raise ApiProblem("rate_limited", detail, headers={**headers, "Retry-After": str(spent.seconds)})
        return headers


def _headers(name: str, spent: Spent, limit: int, seconds: int) -> dict[str, str]:
    return {
        "RateLimit-Policy": f'"{name}";q={limit};w={seconds}',
        "RateLimit": f'"{name}";r={max(0, limit - spent.used)};t={spent.seconds}',
    }
