"""Consents to the latest-information service: who keeps them, and who tells J-LIS."""

from idp.basic4.telling import Telling, TellJlis
from idp.compose import jlis
from idp.compose.ground import Ground


def telling_of(ground: Ground) -> Telling:
    """Where parts give and end such consents."""
    return Telling(outbox=ground.outbox, auditor=ground.auditor, now=ground.now)


def tell_jlis_of(ground: Ground) -> TellJlis:
    """The worker's part."""
    return TellJlis(store=ground.store, source=jlis.latest_of(ground.settings), auditor=ground.auditor)
