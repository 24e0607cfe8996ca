"""The ring of signing keys, decided without a database: every ring that time or an operator can meet."""

import pytest

from idp.custody.ring import (
    JWKS_SECONDS,
    KNOWN_SECONDS,
    PUBLISHED_SECONDS,
    Ring,
    RingKey,
    RingRefused,
    RingRule,
    aged,
    rotated,
    stepped,
    without,
)

NOW = 1_000_000
RULE = RingRule(("ES256",), rotate_seconds=50_000, kept_seconds=20_000)


def ring(*keys: tuple[str, str, int], alg: str = "ES256") -> Ring:
    """A ring from (id, state, how long it is in that state)."""
    return tuple(RingKey(kid, alg, state, NOW - age) for kid, state, age in keys)


def shape(found: Ring) -> set[tuple[str, str, int]]:
    """What is in a ring, as `ring` takes it; its order says nothing."""
    return {(key.kid, key.state, NOW - key.since) for key in found}


AGED = {
    "an empty ring gets a next key, which does not sign yet": ([], [("", "next", 0)]),
    "a ring without next gets one": ([("c", "current", 9)], [("c", "current", 9), ("", "next", 0)]),
    "young keys stay": (
        [("c", "current", 49_999), ("n", "next", 49_999)],
        [("c", "current", 49_999), ("n", "next", 49_999)],
    ),
    "an old key gives way to one that everybody knows": (
        [("c", "current", 50_000), ("n", "next", PUBLISHED_SECONDS)],
        [("c", "retired", 0), ("n", "current", 0), ("", "next", 0)],
    ),
    "however old, it waits for the next one to be known": (
        [("c", "current", 900_000), ("n", "next", PUBLISHED_SECONDS - 1)],
        [("c", "current", 900_000), ("n", "next", PUBLISHED_SECONDS - 1)],
    ),
    "an old key without a next one goes on signing": (
        [("c", "current", 900_000)],
        [("c", "current", 900_000), ("", "next", 0)],
    ),
    "the first key of an algorithm signs once it is known": (
        [("n", "next", PUBLISHED_SECONDS)],
        [("n", "current", 0), ("", "next", 0)],
    ),
    "and not before": ([("n", "next", PUBLISHED_SECONDS - 1)], [("n", "next", PUBLISHED_SECONDS - 1)]),
    "a retired key stays while it may be needed": (
        [("r", "retired", 19_999), ("c", "current", 9), ("n", "next", 9)],
        [("r", "retired", 19_999), ("c", "current", 9), ("n", "next", 9)],
    ),
    "and goes when it is not": (
        [("r", "retired", 20_000), ("c", "current", 9), ("n", "next", 9)],
        [("c", "current", 9), ("n", "next", 9)],
    ),
    "a clock that was set back turns nothing": (
        [("r", "retired", -5), ("c", "current", -5), ("n", "next", -5)],
        [("r", "retired", -5), ("c", "current", -5), ("n", "next", -5)],
    ),
}


@pytest.mark.parametrize("case", AGED)
def test_time_turns_the_ring(case):
    """One row of the table: a ring, and the ring that follows."""
    before, after = AGED[case]
    assert shape(aged(ring(*before), NOW, RULE)) == set(after)


@pytest.mark.parametrize("case", AGED)
def test_time_turns_it_once(case):
    """What has been turned is not turned again at the same moment, once its keys are made."""
    once = tuple(
        RingKey(key.kid or "made", key.alg, key.state, key.since) for key in aged(ring(*AGED[case][0]), NOW, RULE)
    )
    assert aged(once, NOW, RULE) == once


def test_an_algorithm_turns_by_itself():
    """What is due for one leaves the other alone, and one that is offered no more keeps its keys."""
    old = ring(("c", "current", 60_000), ("n", "next", 60_000), alg="RS256")
    young = ring(("e", "current", 1), ("f", "next", 1))
    gone = ring(("g", "current", 60_000), alg="RS1024")
    after = aged(old + young + gone, NOW, RingRule(("RS256", "ES256"), 50_000, 20_000))
    assert {key for key in after if key.alg != "RS256"} == {*young, *gone}
    assert shape(tuple(key for key in after if key.alg == "RS256")) == {
        ("c", "retired", 0),
        ("n", "current", 0),
        ("", "next", 0),
    }


def test_a_next_key_is_published_for_longer_than_any_key_set_is_kept():
    """The wait covers the cache header and the moment until every process publishes the key."""
    assert PUBLISHED_SECONDS >= JWKS_SECONDS + KNOWN_SECONDS > 300


def test_an_operator_rotates_a_known_key():
    """However young the current key is."""
    before = ring(("c", "current", 400), ("n", "next", 400), ("r", "retired", 5))
    assert shape(rotated(before, NOW, ["ES256"])) == {
        ("r", "retired", 5),
        ("c", "retired", 0),
        ("n", "current", 0),
        ("", "next", 0),
    }


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ([("c", "current", 900)], "no next key"),
        ([("c", "current", 900), ("n", "next", 10)], "wait 300 s"),
    ],
)
def test_an_operator_cannot_rotate_to_a_key_that_is_not_known(keys, words):
    """The sentence says how long to wait."""
    with pytest.raises(RingRefused, match=words):
        rotated(ring(*keys), NOW, ["ES256"])


WITHOUT = {
    "a current key gives way to the next, however young": (
        [("c", "current", 9), ("n", "next", 1)],
        "c",
        [("n", "current", 0), ("", "next", 0)],
    ),
    "or to a new one": ([("c", "current", 9)], "c", [("", "current", 0), ("", "next", 0)]),
    "a next key is followed by another": (
        [("c", "current", 9), ("n", "next", 9)],
        "n",
        [("c", "current", 9), ("", "next", 0)],
    ),
    "a retired key is followed by none": (
        [("c", "current", 9), ("n", "next", 9), ("r", "retired", 9)],
        "r",
        [("c", "current", 9), ("n", "next", 9)],
    ),
}


@pytest.mark.parametrize("case", WITHOUT)
def test_a_key_is_taken_out_at_once(case):
    """The ring has one key of each kind afterwards, and not the one that was taken out."""
    before, kid, after = WITHOUT[case]
    found = without(ring(*before), NOW, [kid])
    assert shape(found) == set(after)
    assert len(found) == len(after)


def test_one_step_retires_a_current_key_and_takes_out_any_other():
    """By hand, one key at a time; a current key keeps its signatures good."""
    before = ring(("c", "current", 400), ("n", "next", 400), ("r", "retired", 9))
    assert stepped(before, NOW, "c") == rotated(before, NOW, ["ES256"])
    assert stepped(before, NOW, "n") == without(before, NOW, ["n"])
    assert stepped(before, NOW, "r") == without(before, NOW, ["r"])


@pytest.mark.parametrize("kid", ["x", ""])
def test_a_key_that_is_not_in_the_ring_is_refused(kid):
    """Somebody else was quicker, or it never was there."""
    before = ring(("c", "current", 400))
    for act in (lambda: without(before, NOW, [kid]), lambda: stepped(before, NOW, kid)):
        with pytest.raises(RingRefused, match="no such key"):
            act()
