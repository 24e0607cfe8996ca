"""Unlinkability of the verification API: two services pool their answers about one person, and share nothing."""

import json

import pytest
from components.town import town
from components.verifier import VERIFIES, Verifier
from isolation.received import WINDOW

RESIDENTS = ("hanako", "ichiro")
QUARTER = 15 * 60


@pytest.fixture(scope="module")
def pool(tmp_path_factory, founded_world):
    """(resident, service) -> the values that this service received of that person."""
    with town(tmp_path_factory.mktemp("verifiers"), founded_world) as made:
        into = made.clock().timestamp() % QUARTER
        made.control(do="clock", seconds=made.clock.offset + QUARTER - into + 120)
        made_for = {"desk": "aoba", "hall": "aoba", "abroad": "wakaba"}
        services = {
            name: Verifier(made, made.register(tenant_id, name, **VERIFIES))
            for name, tenant_id in made_for.items()
        }
        family = {"sector_id": "shared", "sector_purpose": "同じ手続のため"}
        for name in ("one", "two"):
            services[name] = Verifier(made, made.register("aoba", name, **VERIFIES, **family))
        yield {
            (resident, name): received(service.authenticate(resident))
            for resident in RESIDENTS
            for name, service in services.items()
        }


def received(answer):
    """Every leaf of the answer and every header, but the count of the service's own requests, which it knows."""
    assert answer.status_code == 200, answer.text
    leaves, queue = [value for name, value in answer.headers if name != "RateLimit"], [answer.json]
    while queue:
        value = queue.pop()
        if isinstance(value, dict):
            queue += value.values()
        else:
            leaves.append(value if isinstance(value, str) else json.dumps(value))
    return set(leaves)


def windows(values):
    """All runs of bytes that do not agree by chance."""
    return {value.encode()[at : at + WINDOW] for value in values for at in range(len(value.encode()) - WINDOW + 1)}


def joins(pool, one, other, seen_as):
    """What both received of the first resident, and not of everybody."""
    first, second = RESIDENTS
    mine = seen_as(pool[first, one]) & seen_as(pool[first, other])
    return mine - (seen_as(pool[second, one]) & seen_as(pool[second, other]))


@pytest.mark.parametrize(("one", "other"), [("desk", "hall"), ("desk", "abroad"), ("hall", "one")])
@pytest.mark.parametrize("seen_as", [set, windows], ids=["values", "bytes"])
def test_two_services_share_nothing_of_a_person(pool, one, other, seen_as):
    """Neither a value nor eight bytes in a row, at one tenant and at two."""
    assert joins(pool, one, other, seen_as) == set()


def test_the_search_finds_what_joins_a_shared_sector(pool):
    """The number of both: the tests above are not blind."""
    found = joins(pool, "one", "two", set)
    assert len(found) == 1
    assert len(next(iter(found))) == 43
