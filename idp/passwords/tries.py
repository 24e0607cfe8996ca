"""How often a password may be tried, so that nobody guesses one and nobody shuts another out.

Nothing locks an ID: tries are counted in windows that end by themselves, and in such a way that strangers use up
nothing but their own.

- A browser in which this person has signed in before has a count of its own: whatever others try, it goes on.
- Everybody else is counted by ID and source (network address) together, then all strangers to an ID together, and
  each source over all IDs.
- Whoever has the card signs in with that, always, and sets another password.

An ID that there is not is counted like one that there is. A source that is not known (a proxy that tells none) is
not counted by itself: it would be everybody's.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from idp import tries
from idp.store.shortlived import ShortLived
from idp.tenants.tenancy import Tenant
from idp.tries import Count

_QUARTER, _HOUR, _DAY = 15 * 60, 60 * 60, 24 * 60 * 60
OWN_BROWSER = (10, _QUARTER)
STRANGER = (5, _QUARTER)
STRANGERS = (100, _DAY)
"""All of them together, at one ID; NIST SP 800-63B-4 section 3.2.2 allows a hundred in a row."""
SOURCE = (60, _HOUR)


@dataclass(frozen=True, slots=True)
class Trying:
    """Who tries which ID. `index`: of the ID; `source`: the network address, empty where it is not known.

    `own_browser`: tells this person in this browser again, empty where they have not signed in there before.
    """

    index: bytes
    source: str
    own_browser: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tries:
    """The counts, in short-lived state."""

    state: ShortLived

    def spend(self, tenant: Tenant, trying: Trying) -> int:
        """Take one try; 0, or in how many seconds there is one again: nothing is taken then."""
        return tries.spend(self.state, _counts(tenant, trying))

    def give_back(self, tenant: Tenant, trying: Trying) -> None:
        """The password was right: it counts as no try."""
        tries.give_back(self.state, _counts(tenant, trying))


def _counts(tenant: Tenant, trying: Trying) -> Iterator[Count]:
    named = f"password:{tenant.tenant_id}:{trying.index.hex()}"
    if trying.own_browser:
        yield f"{named}:own:{trying.own_browser}", OWN_BROWSER
        return
    if trying.source:
        source = tenant.keys.source_tag(trying.source)
        yield f"{named}:from:{source}", STRANGER
        yield f"password:{tenant.tenant_id}:source:{source}", SOURCE
    yield f"{named}:strangers", STRANGERS
