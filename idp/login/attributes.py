"""The Basic 4 in a login: what a service asks for, and in which channel the card is read for it. Pure.

Card login protocol, sections 2 and 3; the contract, section "Claims". Where they come from: `idp/sources`.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct

from idp.items import ITEMS, KANA, read_for
from idp.japan import day_in_japan
from idp.login.states import Channel
from idp.sources.normal import Wanted
from idp.sources.record import Source
from idp.tenants.tenancy import Tenant

_SOURCES: Mapping[Channel, Source] = {
    Channel.SAME_DEVICE: Source.SELF,
    Channel.COUNTER: Source.TERMINAL,
}
"""The channels in which a card is asked for its attributes: across devices and in a handshake never."""

_UNSAID: tuple[Any, ...] = (False, False, False, ())


class Asked(Struct, frozen=True):
    """What a service asks for and may have, names of ITEMS in their order.

    `plain`: from whoever reads them; `verified`: only where somebody vouches for them. One may be in both.
    `by_signature`: a signature certificate is to vouch for the verified ones; `required`: nothing else will do.
    `by_latest`: the latest-information service is, where no signature is asked for. `unread`: sources from which
    the service takes nothing.
    """

    plain: tuple[str, ...] = ()
    verified: tuple[str, ...] = ()
    by_signature: bool = False
    required: bool = False
    by_latest: bool = False
    unread: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.plain or self.verified)

    def __str__(self) -> str:
        """As the transaction keeps it."""
        parts: list[object] = [self.plain, self.verified]
        more = [self.by_signature, self.required, self.by_latest, self.unread]
        return json.dumps(parts + more if any(more) else parts, separators=(",", ":"))

    @property
    def names(self) -> tuple[str, ...]:
        """All of them; a name's reading only where somebody is asked who may know it."""
        known = ITEMS if self.by_signature or self.by_latest else tuple(item for item in ITEMS if item != KANA)
        return tuple(item for item in known if item in (*self.plain, *self.verified))

    @classmethod
    def parse(cls, text: str) -> "Asked":
        """Undo `str`; the empty text asks for nothing."""
        if not text:
            return NOTHING
        parts: list[Any] = json.loads(text)
        plain, verified, *more = parts
        by_signature, required, by_latest, unread = [*more, *_UNSAID[len(more) :]]
        return cls(tuple(plain), tuple(verified), by_signature, required, by_latest, tuple(unread))

    def read_in(self, channel: Channel) -> tuple[str, ...]:
        """What is to be read from the card in a channel, names of ATTRIBUTES."""
        told = self.told_in(channel)
        return read_for(told) if told else ()

    def told_in(self, channel: Channel) -> tuple[str, ...]:
        """What is told of it: of a date of birth perhaps an age alone."""
        if not self:
            return ()
        source = _SOURCES.get(channel)
        if source is None or source in self.unread:
            return ()
        wanted = {
            Source.SELF: () if self.required else self.plain,
            Source.TERMINAL: (*self.plain, *self.verified),
        }[source]
        return tuple(item for item in ITEMS if item in wanted and item != KANA)


NOTHING = Asked()


def wanted(tenant: Tenant, items: tuple[str, ...], now: datetime) -> Wanted:
    """What is asked of a source at this moment, names of ITEMS."""
    return Wanted(
        items=items,
        day=day_in_japan(now),
        municipalities=tenant.settings.municipalities,
        at=int(now.timestamp()),
    )
