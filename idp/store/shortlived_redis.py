"""Short-lived state in Redis or Valkey: one node or a failover pair that many processes share.

A record is a hash, an alias a string that holds the record's key; both end by Redis's own clock. The scripts
reach a record through an alias, a key that the caller cannot name beforehand, which Redis Cluster forbids.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from idp.store.shortlived import Change, Changed, Fields, Spent, StateUnavailable

SECONDS_TO_ANSWER = 1.0
_ANY_TEXT = "surrogatepass"
"""JSON may bring half of a surrogate pair, which the in-memory store keeps too."""
_PRESENT = b""
"""A nameless field that every record has: Redis forgets a hash without fields."""

_READ = """
local name = redis.call("GET", "idp:alias:" .. KEYS[1]) or KEYS[1]
return redis.call("HGETALL", "idp:record:" .. name)
"""

_CHANGE = """
local name = redis.call("GET", "idp:alias:" .. KEYS[1]) or KEYS[1]
local record = "idp:record:" .. name
local before = redis.call("HGETALL", record)
if #before == 0 then return {0, before} end

local now = {}
for i = 1, #before, 2 do now[before[i]] = before[i + 1] end
local expected, written = tonumber(ARGV[1]), tonumber(ARGV[2])
local puts = 3 + 2 * expected
local counts = puts + 2 * written

for i = 3, puts - 1, 2 do
  if (now[ARGV[i]] or "") ~= ARGV[i + 1] then return {0, before} end
end
for i = counts, #ARGV, 2 do
  if tonumber(now[ARGV[i]] or "0") >= tonumber(ARGV[i + 1]) then return {0, before} end
end

for i = puts, counts - 1, 2 do
  if ARGV[i + 1] == "" then redis.call("HDEL", record, ARGV[i])
  else redis.call("HSET", record, ARGV[i], ARGV[i + 1]) end
end
for i = counts, #ARGV, 2 do redis.call("HINCRBY", record, ARGV[i], 1) end
return {1, before}
"""
"""ARGV: how many names are in `expect` and in `put`, then name and value of each `expect`, `put`, `count`."""


_SPEND = """
local window = "idp:window:" .. KEYS[1]
local amount, limit, seconds = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local used, left = tonumber(redis.call("GET", window) or "0"), redis.call("PTTL", window)
if left <= 0 then used, left = 0, seconds * 1000 end
if used + amount > limit then return {0, used, math.ceil(left / 1000)} end
used = math.max(0, used + amount)
redis.call("SET", window, used, "PX", left)
return {1, used, math.ceil(left / 1000)}
"""


class InRedis:
    """The `ShortLived` port on the server at `url` (`redis://`, `rediss://` or `unix://`), safe for threads.

    Every call is one round trip on a kept connection. None is sent twice: a change whose answer was lost may
    have been applied.
    """

    def __init__(self, url: str, *, password: str | None = None, seconds: float = SECONDS_TO_ANSWER) -> None:
        self._redis = Redis.from_url(
            url,
            password=password,
            socket_connect_timeout=seconds,
            socket_timeout=seconds,
            retry=Retry(NoBackoff(), 0),
            decode_responses=True,
            encoding_errors=_ANY_TEXT,
        )
        self._read = self._redis.register_script(_READ)
        self._change = self._redis.register_script(_CHANGE)
        self._spend = self._redis.register_script(_SPEND)

    def create(self, key: str, fields: Mapping[str, str], *, seconds: int, aliases: Iterable[str] = ()) -> None:
        """See ShortLived."""
        record = _bytes(f"idp:record:{key}")
        with _answering(), self._redis.pipeline(transaction=True) as step:
            step.delete(record)
            step.hset(record, _PRESENT, b"1", items=_flat(fields))
            step.expire(record, seconds)
            for alias in aliases:
                step.set(_bytes(f"idp:alias:{alias}"), _bytes(key), ex=seconds)
            step.execute()

    def alias(self, key: str, alias: str, *, seconds: int) -> None:
        """See ShortLived."""
        with _answering():
            self._redis.set(_bytes(f"idp:alias:{alias}"), _bytes(key), ex=seconds)

    def prolong(self, key: str, *, seconds: int, aliases: Iterable[str] = ()) -> None:
        """See ShortLived."""
        with _answering(), self._redis.pipeline(transaction=True) as step:
            step.expire(_bytes(f"idp:record:{key}"), seconds)
            for alias in aliases:
                step.expire(_bytes(f"idp:alias:{alias}"), seconds)
            step.execute()

    def read(self, key: str) -> Fields | None:
        """See ShortLived."""
        with _answering():
            return _fields(self._read(keys=[_bytes(key)]))

    def change(self, key: str, change: Change) -> Changed | None:
        """See ShortLived."""
        sizes = _bytes(len(change.expect)), _bytes(len(change.put))
        parts = *_flat(change.expect), *_flat(change.put), *_flat(change.count)
        with _answering():
            applied, pairs = self._change(keys=[_bytes(key)], args=[*sizes, *parts])
        before = _fields(pairs)
        return None if before is None else Changed(bool(applied), before)

    def spend(self, key: str, amount: int, *, limit: int, seconds: int) -> Spent:
        """See ShortLived."""
        with _answering():
            within, used, left = self._spend(keys=[_bytes(key)], args=[amount, limit, seconds])
        return Spent(bool(within), int(used), int(left))


@contextmanager
def _answering() -> Iterator[None]:
    try:
        yield
    except RedisError as error:
        raise StateUnavailable("the store of short-lived state does not answer") from error


def _bytes(word: str | int) -> bytes:
    return str(word).encode("utf-8", _ANY_TEXT)


def _flat(values: Mapping[str, str] | Mapping[str, int]) -> list[bytes]:
    return [_bytes(word) for pair in values.items() for word in pair]


def _fields(pairs: list[Any]) -> Fields | None:
    """The fields in Redis's flat list of names and values; None for a record that is not there."""
    fields = dict(zip(pairs[::2], pairs[1::2], strict=True))
    fields.pop(_PRESENT.decode(), None)
    return fields if pairs else None
