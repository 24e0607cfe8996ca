"""Transfer codes, references, the question, certificates: alive at one tenant, nothing at another."""

import pytest
from components.residents import sub_of
from isolation.strangers import at, cookie_of, last_segment, made_up, seen

from idp.registration import NotAllowed


def tenant_of(town, tenant_id):
    """The tenant as of now."""
    return town.product.directory.tenant(tenant_id)


def reference(town, service, sub):
    """A reference to the person whom the service knows by `sub`."""
    tenant = tenant_of(town, service.tenant_id)
    with town.product.store.for_tenant(service.tenant_id).write() as tx:
        return town.product.people.references.to_person(tx, tenant, tenant.clients[service.client_id], sub)


def test_a_reference_is_nothing_to_another_tenant(neighbours):
    """Read at the neighbour it is as one that nobody gave out; so is a number of a neighbour's service."""
    number = sub_of(neighbours, neighbours.library, "hanako")
    given = reference(neighbours, neighbours.library, number)
    with (
        neighbours.product.store.for_tenant("wakaba").read() as tx,
        pytest.raises(NotAllowed, match="no such reference"),
    ):
        neighbours.product.people.references.read(tx, tenant_of(neighbours, "wakaba"), given)
    with pytest.raises(NotAllowed):
        reference(neighbours, neighbours.parking, number)


def test_a_transfer_code_is_nothing_to_another_tenant(neighbours):
    """Typed at the neighbour it is as a made-up one, and at home it still counts."""
    people, home = neighbours.product.people, tenant_of(neighbours, "aoba")
    given = reference(neighbours, neighbours.library, sub_of(neighbours, neighbours.library, "hanako"))
    with neighbours.product.store.for_tenant("aoba").write() as tx:
        code = people.transfer_codes.make(tx, home, people.references.read(tx, home, given).body)
    with neighbours.product.store.for_tenant("wakaba").write() as tx:
        assert people.transfer_codes.spend(tx, tenant_of(neighbours, "wakaba"), code) is None
    with neighbours.product.store.for_tenant("aoba").write() as tx:
        assert people.transfer_codes.spend(tx, home, code) is not None


@pytest.mark.parametrize("page", ["/person", "/person/code", "/person/other?by=x"])
def test_a_question_is_nothing_to_another_tenant(neighbours, page):
    """Its id and cookie under the neighbour's address and cookie names: as a page that never was."""
    neighbours.control(do="lineage", mode="unobtainable")
    try:
        login = neighbours.begin(neighbours.library)
        url = neighbours.get(login.browser, neighbours.accept(login, "jun")).headers["Location"]
    finally:
        neighbours.control(do="lineage", mode="up")
    assert url.endswith("/person")

    def answer(transaction_id):
        browser = neighbours.browser()
        browser.set_cookie(f"wakaba-tx-{transaction_id}", cookie_of(login, "-tx-"), domain="localhost")
        return neighbours.get(browser, at("wakaba", f"/login/{transaction_id}{page}"))

    live = last_segment(login.page_url)
    fake = made_up(live)
    assert seen(answer(live), live) == seen(answer(fake), fake)
    assert neighbours.get(login.browser, url).status_code == 200


def test_one_resident_is_two_people_at_two_tenants(neighbours):
    """The same card at both: other rows, other handles, other numbers; J-LIS is asked by each."""
    home, away = sub_of(neighbours, neighbours.library, "ichiro"), sub_of(neighbours, neighbours.parking, "ichiro")
    assert home != away
    with neighbours.product.store.engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT tenant_id, cert_index, key_index FROM certificate").all()
    by_tenant = {t: {row[1:] for row in rows if row[0] == t} for t in ("aoba", "wakaba")}
    assert by_tenant["aoba"].isdisjoint(by_tenant["wakaba"])
