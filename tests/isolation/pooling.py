"""What two services find when they pool all that they received of everybody: values, and orders of arrival.

They do not know who is who; the comparison does, and asks what would have told them.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from isolation.received import Received

T = TypeVar("T", str, bytes)
QUARTER = 15 * 60
ROUNDED = ("checked_at", "this_update", "next_update")
"""Times in claims that may be equal for whoever came in one quarter of an hour."""


def joins(pool, residents: Iterable[str], one: str, other: str, seen_as: Callable[[Received], set[T]]) -> set[T]:
    """What both services received of some resident, and not of everybody."""
    common = [seen_as(pool[who, one]) & seen_as(pool[who, other]) for who in residents]
    return set.union(*common) - set.intersection(*common)


def without_rounded_times(received: Received) -> Received:
    """The rest, the rounded times being what they should be. Raises AssertionError for one that is not rounded."""
    rounded = {name for name in received.values if name.rpartition(" ")[2] in ROUNDED}
    assert all(int(received.values[name]) % QUARTER == 0 for name in rounded)
    return Received(
        {name: value for name, value in received.values.items() if name not in rounded},
        {name: part for name, part in received.parts.items() if name not in rounded},
    )


def same_place(one: Sequence[str], other: Sequence[str]) -> int:
    """How many residents come at the same place of both orders: the n-th taken for the n-th."""
    return sum(a == b for a, b in zip(one, other, strict=True))


def nearest(one: Sequence[tuple[float, str]], other: Sequence[tuple[float, str]]) -> int:
    """How many are found by taking whoever came nearest in time at the other service."""
    return sum(min(other, key=lambda there: abs(there[0] - at))[1] == who for at, who in one)


def rank_correlation(one: Sequence[str], other: Sequence[str]) -> float:
    """Spearman's coefficient of two orders of the same residents."""
    place = {who: at for at, who in enumerate(other)}
    differences = sum((at - place[who]) ** 2 for at, who in enumerate(one))
    return 1 - 6 * differences / (len(one) * (len(one) ** 2 - 1))
