"""The ring of a tenant's keys, decided: which key is next, current, retired, and which one goes. Pure.

Each algorithm has a `next` key, published before it signs; a `current` one, which signs; and `retired` ones,
published while anything that they signed may still be presented. Of keys that open requests the current one is
published, and a retired one opens for some days what comes late. Every function takes a ring and answers the ring
that follows; a key that is still to be made has the empty id in it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from idp.registration import NotAllowed
from idp.store.signing_keys import CURRENT, NEXT, RETIRED

JWKS_SECONDS = 300
"""How long a key set may be kept by whoever fetched it: `max-age` of the published set."""
KNOWN_SECONDS = 10
"""Every process loads what changed within 2 s; as for a data key, five such turns are waited."""
PUBLISHED_SECONDS = JWKS_SECONDS + KNOWN_SECONDS
"""After so long nobody who heeds the cache header has a key set without the next key."""
DAY_SECONDS = 24 * 3600
ROTATE_DAYS = 90
"""How old a current key becomes where nobody says otherwise..."""
KEPT_DAYS = 180
"""...and how long a retired one stays published."""
LONGEST_KEY_DAYS, LONGEST_KEPT_DAYS = 398, 3660
SHORTEST_KEPT_DAYS = 31
"""What a key has signed is presented so long at least: an ID token as a hint while a session or a refresh token
lives (8 hours, 30 days), an event until it is given up (72 hours). Answers kept as evidence want more."""

OPENS_DAYS = 7
"""How long a retired key opens what is encrypted to it: a request object is good for an hour, and a service that
keeps the key set for longer than it may has a few days to notice."""


class RingRefused(NotAllowed):
    """The ring does not turn like that now; the sentence says why."""


@dataclass(frozen=True, slots=True)
class RingKey:
    """A key of the ring. `since`: when it came into its state, seconds since 1970."""

    kid: str
    alg: str
    state: str
    since: int


Ring = tuple[RingKey, ...]


@dataclass(frozen=True, slots=True)
class RingRule:
    """What a ring must have (`algs`), how old a current key becomes, and how long a retired one is kept.

    `opening_algs`: those of `algs` whose keys open requests and sign nothing: they are kept for `OPENS_DAYS`.
    """

    algs: tuple[str, ...]
    rotate_seconds: int
    kept_seconds: int
    opening_algs: tuple[str, ...] = ()

    def kept(self, alg: str) -> int:
        """How long a retired key of that algorithm is kept, seconds."""
        return OPENS_DAYS * DAY_SECONDS if alg in self.opening_algs else self.kept_seconds


def aged(ring: Ring, now: int, rule: RingRule) -> Ring:
    """What time does: keys that are missing are made, old ones give way to known ones, forgotten ones go."""
    kept = tuple(key for key in ring if key.state != RETIRED or now < key.since + rule.kept(key.alg))
    for alg in rule.algs:
        current, coming = key_of(kept, alg, CURRENT), key_of(kept, alg, NEXT)
        if coming is None:
            kept += (RingKey("", alg, NEXT, now),)
        elif is_known(coming, now) and (current is None or is_due(current, now, rule)):
            kept = _succeeded(kept, now, alg)
    return kept


def rotated(ring: Ring, now: int, algs: Iterable[str]) -> Ring:
    """The next keys sign from now on. Raises RingRefused while somebody may not know one of them."""
    for alg in algs:
        coming = key_of(ring, alg, NEXT)
        if coming is None:
            raise RingRefused(f"there is no next key for {alg}: the worker makes one within minutes")
        if not is_known(coming, now):
            wait = coming.since + PUBLISHED_SECONDS - now
            raise RingRefused(f"the next key for {alg} is not known to every service yet: wait {wait} s")
        ring = _succeeded(ring, now, alg)
    return ring


def without(ring: Ring, now: int, kids: Iterable[str]) -> Ring:
    """The ring without these keys, at once: nothing that they signed is believed any more.

    Of a current key the next one takes the place, however young, or a new one. Raises RingRefused for a key that
    the ring does not have: somebody else was quicker.
    """
    for kid in kids:
        key = named(ring, kid)
        ring = tuple(other for other in ring if other is not key)
        if key.state == CURRENT and key_of(ring, key.alg, NEXT) is None:
            ring += (RingKey("", key.alg, CURRENT, now),)
        if key.state == CURRENT and key_of(ring, key.alg, NEXT) is not None:
            ring = _succeeded(ring, now, key.alg)
        elif key_of(ring, key.alg, NEXT) is None:
            ring += (RingKey("", key.alg, NEXT, now),)
    return ring


def stepped(ring: Ring, now: int, kid: str) -> Ring:
    """One key goes on to its next state: a current one is retired, a next or retired one is taken out.

    Raises RingRefused as `rotated` and `without`.
    """
    key = named(ring, kid)
    return rotated(ring, now, [key.alg]) if key.state == CURRENT else without(ring, now, [kid])


def key_of(ring: Ring, alg: str, state: str) -> RingKey | None:
    """The key of an algorithm in the state next or current, of which there is one at most."""
    return next((key for key in ring if key.alg == alg and key.state == state), None)


def named(ring: Ring, kid: str) -> RingKey:
    """The key of that id. Raises RingRefused."""
    for key in ring:
        if key.kid == kid and kid:
            return key
    raise RingRefused("there is no such key in the ring")


def is_known(coming: RingKey, now: int) -> bool:
    """Whether every service that heeds the cache header has a key set with this key."""
    return now >= coming.since + PUBLISHED_SECONDS


def is_due(current: RingKey, now: int, rule: RingRule) -> bool:
    """Whether a current key is old enough to be followed by the next."""
    return now >= current.since + rule.rotate_seconds


def _succeeded(ring: Ring, now: int, alg: str) -> Ring:
    """The next key signs, the current one is retired, and a new next one is to be made."""
    return (*_moved(ring, now, alg), RingKey("", alg, NEXT, now))


def _moved(ring: Ring, now: int, alg: str) -> Iterator[RingKey]:
    following = {NEXT: CURRENT, CURRENT: RETIRED}
    for key in ring:
        if key.alg == alg and key.state in following:
            yield replace(key, state=following[key.state], since=now)
        else:
            yield key
