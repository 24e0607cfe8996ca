"""Wrong credentials: an answer that differed by what was wrong would tell which services exist (O22, P11)."""

import statistics
import time
from itertools import pairwise

import pytest
from components.scale import against, scaled
from components.town import BASE_URL

ENDPOINTS = ("/token", "/par", "/introspect", "/revoke")
ROUNDS = scaled(150, 5000)


@pytest.fixture
def wrong(shared_town):
    """Name -> credentials that are wrong in one way each."""
    library, parking = shared_town.library, shared_town.parking
    return {
        "unknown service": (library.client_id[:-1] + "~", library.client_secret),
        "another tenant's service": (parking.client_id, parking.client_secret),
        "wrong secret": (library.client_id, "x" * len(library.client_secret)),
        "another service's secret": (library.client_id, parking.client_secret),
    }


def ask(town, endpoint, credentials):
    """One request by these credentials."""
    form = {"grant_type": "authorization_code", "code": "x", "token": "x", "redirect_uri": "x"}
    return town.post(town.browser(), f"{BASE_URL}/t/aoba{endpoint}", data=form, auth=credentials)


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_all_that_is_wrong_looks_alike(shared_town, wrong, endpoint):
    """Status, headers and every octet of the body."""
    answers = [ask(shared_town, endpoint, credentials) for credentials in wrong.values()]
    seen = {(got.status_code, got.data, tuple(sorted(got.headers.items()))) for got in answers}
    assert len(seen) == 1
    assert answers[0].status_code == 401


def test_all_that_is_wrong_takes_the_same_time(shared_town, wrong):
    """Medians over interleaved rounds of CPU, which others' load leaves alone, lie within a millisecond."""
    took = {name: [] for name in wrong}
    for _ in range(ROUNDS):
        for name, credentials in wrong.items():
            began = time.thread_time()
            ask(shared_town, "/token", credentials)
            took[name].append(time.thread_time() - began)
    medians = sorted(statistics.median(times) * 1000 for times in took.values())
    against("greatest difference of medians", max(b - a for a, b in pairwise(medians)), 1.0, "ms")
