"""Alarms before what we trust ends: 60, 30 and 7 days, sooner for what lives shorter. Pure."""

from collections.abc import Iterable, Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum


class Kind(StrEnum):
    """What can end."""

    ANCHOR = "anchor"
    INTERMEDIATE = "intermediate"
    LIST = "list"
    RESPONDER = "responder"
    """A certificate by which answers are believed, or our own questions are signed."""


class Nearness(IntEnum):
    """How near the end is; a greater one is nearer."""

    FAR = 0
    NOTICE = 1
    """60 days: order the successor."""
    WARNING = 2
    """30 days: it should be here."""
    URGENT = 3
    """7 days."""
    OVER = 4


_LIMITS = (
    (Nearness.URGENT, timedelta(days=7), 32),
    (Nearness.WARNING, timedelta(days=30), 8),
    (Nearness.NOTICE, timedelta(days=60), 4),
)
"""An alarm is due this long before the end, or that share of the whole life where it is less: a list of two days
is urgent in its last ninety minutes, an authority of ten years in its last week."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trusted:
    """Something that will end. `name`: a key identifier or fingerprint, of nobody; `tenant`: "" for all."""

    kind: Kind
    tenant: str
    purpose: str
    name: str
    begins_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something that ends soon, or is over. `left`: negative when it is over."""

    trusted: Trusted
    nearness: Nearness
    left: timedelta


def nearness(trusted: Trusted, now: datetime) -> Nearness:
    """How near the end is."""
    left, life = trusted.ends_at - now, trusted.ends_at - trusted.begins_at
    if left <= timedelta(0):
        return Nearness.OVER
    return next((near for near, limit, share in _LIMITS if left <= min(limit, life / share)), Nearness.FAR)


def due(all_trusted: Iterable[Trusted], now: datetime) -> list[Alarm]:
    """What to tell, the nearest end first. An anchor that is over is not told while a successor lives."""
    everything = list(all_trusted)
    living = {_line(each) for each in everything if each.begins_at <= now < each.ends_at}
    alarms = (Alarm(each, nearness(each, now), each.ends_at - now) for each in everything)
    return sorted(
        (alarm for alarm in alarms if alarm.nearness is not Nearness.FAR and not _is_succeeded(alarm, living)),
        key=lambda alarm: alarm.left,
    )


def _is_succeeded(alarm: Alarm, living: Set[tuple[str, str]]) -> bool:
    trusted = alarm.trusted
    return alarm.nearness is Nearness.OVER and trusted.kind is Kind.ANCHOR and _line(trusted) in living


def _line(trusted: Trusted) -> tuple[str, str]:
    """In which anchors succeed each other: generations of one authority, or the anchors of one purpose."""
    return trusted.tenant, f"{trusted.kind} {trusted.purpose}"
