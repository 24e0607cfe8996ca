"""How long a try of a password takes says nothing of whether there is such an ID."""

import statistics
import time

from components.passwords import begin, by_staff, enter, switch_on, weak_service

ROUNDS = 12
MOST = 1.15
"""Between the two, of what a try computes: the hash is most of it."""


def test_an_unknown_id_takes_as_long_as_a_known_one(aoba):
    """In turns, each ID once, so that no count of tries ends one early."""
    switch_on(aoba, "password")
    service = weak_service(aoba)
    known = [by_staff(aoba)[0] for _ in range(ROUNDS)]
    unknown = [f"{number:04d}-{number:04d}" for number in range(2222, 2222 + ROUNDS)]
    took = {"known": [], "unknown": []}
    for pair in zip(known, unknown, strict=True):
        for kind, sign_in_id in zip(took, pair, strict=True):
            login = begin(aoba, service)
            begun = time.thread_time()
            answer = enter(aoba, login, sign_in_id, "not the right password")
            took[kind].append(time.thread_time() - begun)
            assert answer.status_code == 403
    known_time, unknown_time = (statistics.median(sorted(times)[: ROUNDS // 2]) for times in took.values())
    assert 1 / MOST < unknown_time / known_time < MOST, took
