"""How often the state of a receipt may be asked with numbers that do not belong together.

The secret one has 80 random bits: nobody guesses it. The counts keep those who try from burdening others, and
whoever tries uses up nothing but their own: an arrival number is no secret, and strangers do not lock it. Where a
proxy tells no source, all who ask about one number share its count.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from idp import tries
from idp.store.shortlived import ShortLived
from idp.tenants.tenancy import Tenant
from idp.tries import Count

_QUARTER, _HOUR = 15 * 60, 60 * 60
AT_ONE = (5, _QUARTER)
"""From one source about one arrival number."""
FROM_ANYWHERE = (30, _QUARTER)
"""About one arrival number, where no source is known."""
SOURCE = (60, _HOUR)
"""From one source about whatever."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tries:
    """The counts, in short-lived state."""

    state: ShortLived

    def spend(self, tenant: Tenant, arrival: str | None, source: str) -> int:
        """Take one try; 0, or in how many seconds there is one again: nothing is taken then.

        `arrival` None: what was typed is no arrival number; `source` empty: not known.
        """
        return tries.spend(self.state, _counts(tenant, arrival, source))

    def give_back(self, tenant: Tenant, arrival: str, source: str) -> None:
        """The numbers belonged together: it counts as no try."""
        tries.give_back(self.state, _counts(tenant, arrival, source))


def _counts(tenant: Tenant, arrival: str | None, source: str) -> Iterator[Count]:
    named = f"receipt:{tenant.tenant_id}"
    if not source:
        if arrival:
            yield f"{named}:at:{arrival}", FROM_ANYWHERE
        return
    tag = tenant.keys.source_tag(source)
    if arrival:
        yield f"{named}:at:{arrival}:from:{tag}", AT_ONE
    yield f"{named}:source:{tag}", SOURCE
