"""The Basic 4 in a login: what a service asks for, in which channel the card is read, what was read. Pure.

Card login protocol, sections 2 and 3; the contract, section "Claims". The values are a person's: no representation
shows them.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from idp.ages import attained
from idp.items import ADDRESS, AGES, BIRTHDATE, GENDER, ITEMS, KANA, MUNICIPALITY, NAME, read_for
from idp.jpki.attributes import parse_attributes
from idp.login.states import Channel
from idp.municipalities import code_of as municipality_of


class Source(StrEnum):
    """Where they come from, which is who vouches for them."""

    SELF = "self"
    """The resident's own device."""
    TERMINAL = "terminal"
    """An enrolled counter terminal, staff beside."""
    SIGNATURE = "signature"
    """The signature certificate, with which the resident has signed that they agree: JPKI vouches."""
    LATEST = "latest"
    """J-LIS's latest-information service, by a consent that the resident has signed before."""


_SOURCES: Mapping[Channel, Source] = {
    Channel.SAME_DEVICE: Source.SELF,
    Channel.COUNTER: Source.TERMINAL,
}
"""The channels in which a card is asked for its attributes: across devices and in a handshake never."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a service asks for and may have, names of ITEMS in their order.

    `plain`: from whoever reads them; `verified`: only where somebody vouches for them. One may be in both.
    `by_signature`: a signature certificate is to vouch for the verified ones; `required`: nothing else will do.
    `by_latest`: the latest-information service is, where no signature is asked for.
    """

    plain: tuple[str, ...] = ()
    verified: tuple[str, ...] = ()
    by_signature: bool = False
    required: bool = False
    by_latest: bool = False

    def __bool__(self) -> bool:
        return bool(self.plain or self.verified)

    def __str__(self) -> str:
        """As the transaction keeps it."""
        parts: list[object] = [self.plain, self.verified]
        more = [self.by_signature, self.required, self.by_latest] if self.by_signature or self.by_latest else []
        return json.dumps(parts + more, separators=(",", ":"))

    @property
    def names(self) -> tuple[str, ...]:
        """All of them."""
        return tuple(item for item in ITEMS if item in (*self.plain, *self.verified) and item != KANA)

    @classmethod
    def parse(cls, text: str) -> "Asked":
        """Undo `str`; the empty text asks for nothing."""
        plain, verified, *more = json.loads(text) if text else ((), ())
        return cls(tuple(plain), tuple(verified), *more)

    def read_in(self, channel: Channel) -> tuple[str, ...]:
        """What is to be read from the card in a channel, names of ATTRIBUTES."""
        return read_for(self.told_in(channel))

    def told_in(self, channel: Channel) -> tuple[str, ...]:
        """What is told of it: of a date of birth perhaps an age alone."""
        source = _SOURCES.get(channel)
        wanted = {
            None: (),
            Source.SELF: () if self.required else self.plain,
            Source.TERMINAL: (*self.plain, *self.verified),
        }[source]
        return tuple(item for item in ITEMS if item in wanted and item != KANA)


NOTHING = Asked()
_SAID: Mapping[bool | None, str] = {True: "true", False: "false", None: ""}


@dataclass(frozen=True, slots=True)
class Read:
    """What was asked for and read in one login.

    `values` by names of ITEMS, those of ATTRIBUTES as on the card (see `CardAttributes`): birthdate YYYYMMDD
    with unknown parts in zeros, gender a digit, an address that may be empty. An age is `true` or `false`, a
    municipality its code; both are empty where the card leaves them open. `substituted`: where another character
    stands in the place of one that the certificate cannot hold.
    """

    source: Source
    values: Mapping[str, str] = field(repr=False)
    substituted: tuple[str, ...] = field(default=(), repr=False)

    def to_json(self) -> bytes:
        """To be sealed."""
        return json.dumps([self.source, dict(self.values), self.substituted], ensure_ascii=False).encode()

    @classmethod
    def from_json(cls, text: bytes) -> "Read":
        """Undo `to_json`."""
        source, values, *substituted = json.loads(text)
        return cls(Source(source), values, tuple(*substituted))


def read(
    unverified: bytes,
    wanted: tuple[str, ...],
    channel: Channel,
    *,
    day: date,
    municipalities: Mapping[str, str],
) -> Read | None:
    """What of EF 0002 was asked for, once the proof that binds it holds; None where nothing was asked.

    `wanted`: names of ITEMS; ages are those of the `day`, a municipality's code is found in the tenant's table.
    The rest of the file is forgotten here, with what ages and codes are made of. Raises Refusal with
    ATTRIBUTES_INVALID.
    """
    if not wanted:
        return None
    card = parse_attributes(unverified)
    held = {NAME: card.name, ADDRESS: card.address, BIRTHDATE: card.birth_date, GENDER: card.gender}
    return Read(_SOURCES[channel], told(held, wanted, day=day, municipalities=municipalities))


def told(
    held: Mapping[str, str], wanted: tuple[str, ...], *, day: date, municipalities: Mapping[str, str]
) -> dict[str, str]:
    """The values of these items, by the Basic 4 of whatever source in the forms of `Read`."""
    values = {
        **held,
        MUNICIPALITY: municipality_of(held[ADDRESS], municipalities),
        **{item: _SAID[attained(held[BIRTHDATE], years, day)] for item, years in AGES.items()},
    }
    return {item: values[item] for item in wanted}


def whole_date(birthdate: str) -> date | None:
    """The day of birth; None where the card leaves a part of it open, or where there was no such day."""
    try:
        return date(int(birthdate[:4]), int(birthdate[4:6]), int(birthdate[6:]))
    except ValueError:
        return None


def leaves_open(name: str, value: str) -> bool:
    """Whether there is nothing to be told: no address, no whole date, an age that depends on what is unknown, a
    municipality that the tenant does not know, neither man nor woman.
    """
    if name == "birthdate":
        return whole_date(value) is None
    return value not in ("1", "2") if name == "gender" else not value
