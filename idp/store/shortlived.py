"""Short-lived state: what may be lost without harm (login transactions, handles, waiting pages).

One port, so that one process can keep it in memory and many can share it in Redis. Every call is one round
trip. What must not be spent twice is unique in SQL instead.
"""

import math
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from threading import Lock
from typing import Protocol

from msgspec import Struct

Fields = dict[str, str]
_SWEEP_SECONDS = 60


class StateUnavailable(Exception):
    """The store of short-lived state does not answer."""


class Change(Struct, frozen=True):
    """One atomic step on a record.

    Applied only if every field of `expect` has that value now ("" stands for an absent field) and no counter
    of `count` would pass its limit; then `put` is written ("" removes a field) and each counter of `count`
    (name -> limit) rises by one.
    """

    expect: Mapping[str, str] = {}
    put: Mapping[str, str] = {}
    count: Mapping[str, int] = {}


class Changed(Struct, frozen=True):
    """What a change met: `applied`, and the record's fields as they were *before* it."""

    applied: bool
    before: Fields


class Spent(Struct, frozen=True):
    """What spending met: `within` the limit or refused; `used` of it now; `seconds` until the window is over."""

    within: bool
    used: int
    seconds: int


class ShortLived(Protocol):
    """Records of string fields with a life in seconds, found by key or by alias.

    Every method raises StateUnavailable when the store does not answer.
    """

    def create(self, key: str, fields: Mapping[str, str], *, seconds: int, aliases: Iterable[str] = ()) -> None:
        """Store a new record, reachable under `key` and each alias for `seconds`."""
        ...

    def alias(self, key: str, alias: str, *, seconds: int) -> None:
        """Make an existing record reachable under one more name."""
        ...

    def prolong(self, key: str, *, seconds: int, aliases: Iterable[str] = ()) -> None:
        """Let a record and those of its aliases live `seconds` from now; what is gone stays gone."""
        ...

    def read(self, key: str) -> Fields | None:
        """The record's fields, or None when it is not there (any more)."""
        ...

    def change(self, key: str, change: Change) -> Changed | None:
        """Apply one atomic step; None when the record is not there (any more)."""
        ...

    def spend(self, key: str, amount: int, *, limit: int, seconds: int) -> Spent:
        """Take `amount` out of a window that begins with the first spending and lasts `seconds`.

        Nothing is taken when more than `limit` would be used. A negative amount gives back, never below nothing.
        """
        ...


MAX_RECORDS = 20_000
"""Logins that may be open at once in one process, some 6 KiB each: strangers may begin them."""


class InMemory:
    """The embedded default: one process, a lock, nothing that survives a restart."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._lock = Lock()
        self._records: dict[str, tuple[float, Fields]] = {}
        self._aliases: dict[str, tuple[float, str]] = {}
        self._windows: dict[str, tuple[float, int]] = {}
        self._next_sweep = 0.0

    def create(self, key: str, fields: Mapping[str, str], *, seconds: int, aliases: Iterable[str] = ()) -> None:
        """See ShortLived."""
        with self._lock:
            ends = self._sweep() + seconds
            if len(self._records) >= MAX_RECORDS:
                raise StateUnavailable("too many records are alive")
            self._records[key] = (ends, dict(fields))
            self._aliases.update(dict.fromkeys(aliases, (ends, key)))

    def alias(self, key: str, alias: str, *, seconds: int) -> None:
        """See ShortLived."""
        with self._lock:
            self._aliases[alias] = (self._sweep() + seconds, key)

    def prolong(self, key: str, *, seconds: int, aliases: Iterable[str] = ()) -> None:
        """See ShortLived."""
        with self._lock:
            ends = self._sweep() + seconds
            if (fields := self._find(key)) is None:
                return
            live = [alias for alias in aliases if self._find(alias) is not None]
            self._records[key] = (ends, fields)
            self._aliases.update(dict.fromkeys(live, (ends, key)))

    def read(self, key: str) -> Fields | None:
        """See ShortLived."""
        with self._lock:
            fields = self._find(key)
            return None if fields is None else dict(fields)

    def change(self, key: str, change: Change) -> Changed | None:
        """See ShortLived."""
        with self._lock:
            fields = self._find(key)
            if fields is None:
                return None
            before = dict(fields)
            for name, value in change.expect.items():
                if fields.get(name, "") != value:
                    return Changed(False, before)
            for name, limit in change.count.items():
                if int(fields.get(name, "0")) >= limit:
                    return Changed(False, before)
            for name, value in change.put.items():
                if value:
                    fields[name] = value
                else:
                    fields.pop(name, None)
            for name in change.count:
                fields[name] = str(int(fields.get(name, "0")) + 1)
            return Changed(True, before)

    def spend(self, key: str, amount: int, *, limit: int, seconds: int) -> Spent:
        """See ShortLived."""
        with self._lock:
            moment = self._sweep()
            ends, used = self._windows.get(key, (0.0, 0))
            if ends <= moment:
                ends, used = moment + seconds, 0
            within = used + amount <= limit
            if within:
                self._windows[key] = (ends, used := max(0, used + amount))
            return Spent(within, used, math.ceil(ends - moment))

    def _find(self, key: str) -> Fields | None:
        """The live record of a key or alias. Call with the lock held."""
        moment = self._now().timestamp()
        ends, target = self._aliases.get(key, (moment + 1, key))
        record_ends, fields = self._records.get(target, (0.0, {}))
        return fields if ends > moment and record_ends > moment else None

    def _sweep(self) -> float:
        """Now and then forget what has ended; the present moment. Call with the lock held."""
        moment = self._now().timestamp()
        if moment >= self._next_sweep:
            self._next_sweep = moment + _SWEEP_SECONDS
            self._records = {key: entry for key, entry in self._records.items() if entry[0] > moment}
            self._aliases = {key: entry for key, entry in self._aliases.items() if entry[0] > moment}
            self._windows = {key: entry for key, entry in self._windows.items() if entry[0] > moment}
        return moment
