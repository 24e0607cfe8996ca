"""A service that its resident stops: its own user number for them ends with the grant, and does not come back."""

from components.user_numbers import library

from idp.keys.sealing import Place, digest
from idp.store import pair_life
from idp.user_numbers.history import Ending


def test_a_number_ends_with_its_grant_and_stays_away(aoba):
    """Though another service keeps the pair, and the resident signs in again with the same PPID."""
    family = {"sector_id": "shared", "sector_purpose": "同じ手続のため"}
    shelf, other = library(aoba, "shelf", **family), library(aoba, "other", **family)
    sub = shelf.sub()
    assert other.sub() == sub
    shelf.done("set", {"sub": sub, "user_number": "1"})
    other.done("set", {"sub": sub, "user_number": "1"})
    product, tenant = aoba.product, aoba.product.directory.tenant("aoba")
    client = tenant.clients[shelf.service.client_id]
    with product.store.for_tenant("aoba").write() as tx:
        pair = pair_life.by_digest(tx, digest(sub))
        handle = tenant.keys.open(Place("pair", pair.pair_id, "handle"), pair.sealed_handle)
        product.people.ending.run(tx, tenant, client, handle)
        ended = product.numbers.history.of(tx, tenant, client, "1")
    assert [one.ending for one in ended] == [Ending.STOPPED]
    assert shelf.refused("find", {"user_number": "1"}) == (404, "not_found")
    assert shelf.sub() == sub
    assert shelf.refused("find", {"sub": sub}) == (404, "not_found")
    assert other.done("find", {"sub": sub})["user_number"] == "1"
