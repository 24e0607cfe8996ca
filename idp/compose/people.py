"""People: how certificates become theirs."""

from idp.compose.ground import Ground
from idp.events import Events
from idp.ledger import Ledger
from idp.people.arrival import Arrival
from idp.people.merging import Merging


def arrival_of(ground: Ground, events: Events) -> Arrival:
    """Who makes people and joins them."""
    merging = Merging(ledger=Ledger(ground.auditor, ground.now), events=events, now=ground.now)
    return Arrival(merging=merging, now=ground.now)
