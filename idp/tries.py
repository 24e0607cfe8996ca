"""Counting tries in windows that end by themselves: nothing is ever locked."""

from collections.abc import Iterable

from idp.store.shortlived import ShortLived

Count = tuple[str, tuple[int, int]]
"""A key of the short-lived state, and its window: (most, seconds)."""


def spend(state: ShortLived, counts: Iterable[Count]) -> int:
    """Take one try of every count; 0, or in how many seconds there is one again: nothing is taken then."""
    taken: list[Count] = []
    for key, (limit, seconds) in counts:
        spent = state.spend(key, 1, limit=limit, seconds=seconds)
        if not spent.within:
            give_back(state, taken)
            return max(1, spent.seconds)
        taken.append((key, (limit, seconds)))
    return 0


def give_back(state: ShortLived, counts: Iterable[Count]) -> None:
    """Undo `spend`: it was no try."""
    for key, (limit, seconds) in counts:
        state.spend(key, -1, limit=limit, seconds=seconds)
