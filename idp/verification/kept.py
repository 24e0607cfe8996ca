"""What is kept of a person whom a service names by `sub`: at that service, within consent and retention.

So a comparison tells a service nothing that it was not told by UserInfo; and only so often, lest it be guessed at
by whoever took the service over after it had thrown its copy away.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from idp.errors import Reason, Refusal
from idp.items import KANA
from idp.keys.sealing import digest
from idp.login.release import Altered, Release
from idp.store import consents, user_numbers
from idp.store.engine import Store
from idp.tenants.tenancy import Client, Tenant
from idp.verification.limits import Limits

_FIELDS = {KANA: "name_kana"}
"""Items that a comparison names otherwise."""


@dataclass(frozen=True, slots=True)
class KeptValues:
    """`values` by item. `gone`: fields that the person agrees to hand over and of which nothing is kept."""

    values: Mapping[str, str] = field(repr=False)
    gone: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """Finds it, as often as a service may ask."""

    store: Store
    release: Release
    limits: Limits

    def of(self, tenant: Tenant, client: Client, sub: str) -> KeptValues:
        """What the person agrees to hand over to this service now, as its logins brought it last.

        Raises Refusal with NOT_FOUND for a person whom this service never knew, or whose values were altered;
        ApiProblem with rate_limited.
        """
        with self.store.for_tenant(tenant.tenant_id).read() as tx:
            seen = user_numbers.pair_of(tx, digest(sub), client.client_id)
            names = consents.names(tx, seen.pair_id, client.client_id) if seen and seen.granted else None
        if seen is None:
            raise Refusal(Reason.NOT_FOUND, "nobody whom this service knows")
        self.limits.comparison(tenant, client, seen.pair_id.hex())
        agreed = frozenset(names or ()).intersection(client.items)
        try:
            values = self.release.kept(tenant, client.client_id, seen.pair_id, agreed)
        except Altered as altered:
            raise Refusal(Reason.NOT_FOUND, "what was released was altered") from altered
        return KeptValues(values, frozenset(_field(item) for item in agreed - values.keys()))


def as_fields(values: Mapping[str, str]) -> dict[str, str]:
    """Items under the names that a comparison has for them."""
    return {_field(item): value for item, value in values.items()}


def _field(item: str) -> str:
    return _FIELDS.get(item, item)
