"""User numbers when two people turn out to be one: a number goes along, unless there is one where it would go."""

import pytest
from components.user_numbers import library

from idp.keys.sealing import Place, digest
from idp.people.record import By
from idp.store import pair_life


@pytest.fixture
def shelf(aoba):
    """A library where two people have signed in."""
    made = library(aoba)
    made.sub("hanako")
    made.sub("ichiro")
    return made


def merge(shelf, keep, other):
    """Let the second person of these PPIDs be the first."""
    product = shelf.town.product
    tenant = product.directory.tenant("aoba")
    with product.store.for_tenant("aoba").write() as tx:
        handles = [
            tenant.keys.open(Place("pair", pair.pair_id, "handle"), pair.sealed_handle)
            for pair in (pair_life.by_digest(tx, digest(sub)) for sub in (keep, other))
        ]
        product.people.merging.run(tx, tenant, *handles, By.LINEAGE)


def test_a_number_goes_along_to_the_number_that_stays(shelf):
    """The service finds it under the PPID that is the person's from then on."""
    keep, other = shelf.sub("hanako"), shelf.sub("ichiro")
    shelf.done("set", {"sub": other, "user_number": "1"})
    merge(shelf, keep, other)
    assert shelf.sub("ichiro") == keep
    assert shelf.done("find", {"user_number": "1"})["sub"] == keep
    assert shelf.refused("find", {"sub": other}) == (404, "not_found")
    assert shelf.post("/residents/status", {"sub": other}).json["state"] == "ended"
    assert shelf.post("/residents/status", {"sub": keep}).json["user_number"] == "1"


def test_of_two_numbers_the_one_that_was_there_stays(shelf):
    """The other is nobody's any more: the service may link it anew."""
    keep, other = shelf.sub("hanako"), shelf.sub("ichiro")
    shelf.done("set", {"sub": keep, "user_number": "1"})
    shelf.done("set", {"sub": other, "user_number": "2"})
    merge(shelf, keep, other)
    assert shelf.done("find", {"sub": keep})["user_number"] == "1"
    assert shelf.refused("find", {"user_number": "2"}) == (404, "not_found")
    assert shelf.done("set", {"sub": keep, "user_number": "2", "replace": True}) == {"state": "linked"}
    assert shelf.done("find", {"user_number": "2"})["sub"] == keep
