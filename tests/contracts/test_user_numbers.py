"""The link registry on SQLite and on a real PostgreSQL alike: rows, races, isolation, and what a dump shows."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from components.town import town
from components.user_numbers import library
from sqlalchemy import inspect

from idp.keys.sealing import digest
from idp.store import schema, user_numbers
from idp.store.engine import WriteConflict
from idp.tenants.tenancy import Client, Tenant
from idp.user_numbers.history import KEPT, Ending

CANARY = "CANARY-0001"
PEOPLE = ("hanako", "ichiro", "yoko", "jun")


@pytest.fixture(params=["sqlite", "postgresql"])
def shelf(request, tmp_path, founded_world):
    """A library in a town on one of the two databases."""
    more = {}
    if request.param == "postgresql":
        database = request.getfixturevalue("postgres").database()
        more = {"environment": database.environment, "owner_url": database.owner_url}
    with town(tmp_path, founded_world, **more) as made:
        yield library(made)


def known(shelf) -> tuple[Tenant, Client]:
    """The library as the product knows it."""
    tenant = shelf.town.product.directory.tenant("aoba")
    return tenant, tenant.clients[shelf.service.client_id]


def write(shelf, tenant_id="aoba"):
    """A transaction of a tenant."""
    return shelf.town.product.store.for_tenant(tenant_id).write()


def at_once(shelf, bodies):
    """All requests to /set at the same moment; their statuses."""
    barrier = threading.Barrier(len(bodies))

    def send(body):
        barrier.wait()
        return shelf.call("set", body).status_code

    with ThreadPoolExecutor(len(bodies)) as pool:
        return list(pool.map(send, bodies))


def test_a_list_is_linked_one_by_one(shelf):
    """Taken on once, linked, replaced, told in pages, taken back."""
    listed = [{"user_number": f"{number:06}"} for number in range(1200)]
    assert shelf.done("import", {"user_numbers": listed}) == {"added": 1200, "known": 0}
    assert shelf.done("import", {"user_numbers": listed}) == {"added": 0, "known": 1200}
    shelf.set("hanako", "000007")
    shelf.set("hanako", "000008", replace=True)
    assert shelf.done("report") == {"linked": 1, "unlinked": 1198, "claimable": 0}
    assert len(shelf.done("export", {})["user_numbers"]) == 1199
    assert shelf.done("delete", {"unlinked": True}) == {"deleted": 1198}


@pytest.mark.parametrize("listed", [False, True], ids=["new", "listed"])
def test_of_two_people_one_gets_the_number(shelf, listed):
    """Four at once for one number: one is linked, three are told; nothing is half done."""
    subs = [shelf.sub(who) for who in PEOPLE]
    if listed:
        shelf.done("import", {"user_numbers": [{"user_number": "1"}, {"user_number": "2"}]})
    statuses = at_once(shelf, [{"sub": sub, "user_number": "1"} for sub in subs])
    assert sorted(statuses) == [200, 409, 409, 409]
    assert shelf.done("find", {"user_number": "1"})["sub"] == subs[statuses.index(200)]
    assert shelf.done("report")["linked"] == 1


@pytest.mark.parametrize("listed", [False, True], ids=["new", "listed"])
def test_of_two_numbers_one_is_the_persons(shelf, listed):
    """Four at once for one person: one is linked, the others stay nobody's, or are not there."""
    sub, numbers = shelf.sub(), ["1", "2", "3", "4"]
    if listed:
        shelf.done("import", {"user_numbers": [{"user_number": number} for number in numbers]})
    statuses = at_once(shelf, [{"sub": sub, "user_number": number} for number in numbers])
    assert sorted(statuses) == [200, 409, 409, 409]
    assert shelf.done("find", {"sub": sub})["user_number"] == numbers[statuses.index(200)]
    assert shelf.done("report") == {"linked": 1, "unlinked": 3 if listed else 0, "claimable": 0}


def test_the_same_wish_many_times_at_once(shelf):
    """Once linked, otherwise unchanged; never an error."""
    assert set(at_once(shelf, [{"sub": shelf.sub(), "user_number": "1"}] * 6)) == {200}
    assert shelf.done("report")["linked"] == 1


def test_replacing_at_once_leaves_one_number(shelf):
    """Whoever is last: the person has one number, and each that was given up has its history."""
    sub = shelf.sub()
    shelf.done("set", {"sub": sub, "user_number": "0"})
    bodies = [{"sub": sub, "user_number": str(number), "replace": True} for number in range(1, 5)]
    assert set(at_once(shelf, bodies)) == {200}
    assert shelf.done("report")["linked"] == 1
    assert ended(shelf, "0") == [Ending.REPLACED]


def test_lists_at_once_are_taken_on_once(shelf):
    """The same hundred numbers in four requests: a hundred rows, and as many added in all."""
    listed = {"user_numbers": [{"user_number": str(number)} for number in range(100)]}
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: shelf.done("import", listed), range(4)))
    assert sum(answer["added"] for answer in answers) == 100
    assert shelf.done("report")["unlinked"] == 100


def ended(shelf, number):
    """How a number's links ended."""
    with write(shelf) as tx:
        return [one.ending for one in shelf.town.product.numbers.history.of(tx, *known(shelf), number)]


def test_links_that_ended_are_remembered_for_a_year(shelf):
    """By number; then they are forgotten."""
    shelf.set("hanako", "1")
    shelf.set("hanako", "2", replace=True)
    shelf.done("delete", {"user_number": "2"})
    assert (ended(shelf, "1"), ended(shelf, "2")) == ([Ending.REPLACED], [Ending.DELETED])
    numbers, clock = shelf.town.product.numbers, shelf.town.clock
    with write(shelf) as tx:
        assert user_numbers.forget_ended(tx, today=clock().date()) == 0
        assert user_numbers.forget_ended(tx, today=clock().date() + KEPT + timedelta(days=1)) == 2
    numbers.forget()
    assert ended(shelf, "1") == []


def test_a_link_ends_with_its_grant(shelf):
    """In the transaction that ends it; the number is free then, and remembered."""
    sub = shelf.sub()
    shelf.done("set", {"sub": sub, "user_number": "1"})
    tenant, client = known(shelf)
    registry = shelf.town.product.numbers.registry
    with write(shelf) as tx:
        seen = user_numbers.pair_of(tx, digest(sub), client.client_id)
        assert registry.stop(tx, tenant, client.client_id, seen.pair_id)
        assert not registry.stop(tx, tenant, client.client_id, seen.pair_id)
    assert ended(shelf, "1") == [Ending.STOPPED]
    assert shelf.set("ichiro", "1") == {"state": "linked"}


def test_a_link_moves_to_another_pair_of_the_same_person(shelf):
    """As when two records of one person are merged; not onto a pair that has a number."""
    one, other = shelf.sub("hanako"), shelf.sub("ichiro")
    shelf.done("set", {"sub": one, "user_number": "1"})
    _, client = known(shelf)
    with write(shelf) as tx:
        first, second = (user_numbers.pair_of(tx, digest(sub), client.client_id).pair_id for sub in (one, other))
        assert user_numbers.move(tx, client.client_id, first, second)
        assert not user_numbers.move(tx, client.client_id, first, second)
    assert shelf.done("find", {"user_number": "1"})["sub"] == other
    shelf.done("set", {"sub": one, "user_number": "2"})
    with pytest.raises(WriteConflict), write(shelf) as tx:
        user_numbers.move(tx, client.client_id, first, second)


def test_services_do_not_see_each_others_numbers(shelf):
    """Not in one sector with the same PPID either; equal numbers of two services are no collision."""
    family = {"sector_id": "shared", "sector_purpose": "同じ手続のため"}
    one, other = library(shelf.town, "one", **family), library(shelf.town, "other", **family)
    sub = one.sub()
    assert sub == other.sub()
    one.done("set", {"sub": sub, "user_number": CANARY})
    assert other.refused("find", {"sub": sub}) == (404, "not_found")
    assert other.refused("find", {"user_number": CANARY}) == (404, "not_found")
    assert other.refused("delete", {"user_number": CANARY}) == (404, "not_found")
    assert other.refused("delete", {"sub": sub}) == (404, "not_found")
    assert other.done("report")["linked"] == 0
    assert other.done("export", {}) == {"user_numbers": []}
    assert other.set("ichiro", CANARY) == {"state": "linked"}
    assert one.done("find", {"user_number": CANARY})["sub"] == sub


def test_no_tenant_sees_anothers(shelf):
    """Its client's id does not help; a number of another tenant's client cannot be stored."""
    shelf.set("hanako", CANARY)
    shelf.done("import", {"user_numbers": [{"user_number": "2"}]})
    client_id = shelf.service.client_id
    with write(shelf) as tx:
        rows = user_numbers.page(tx, client_id, linked=None, after=b"", count=10)
    with write(shelf, "wakaba") as tx:
        assert user_numbers.page(tx, client_id, linked=None, after=b"", count=10) == []
        assert user_numbers.by_number(tx, client_id, rows[0].number_index) is None
        assert user_numbers.remove_unlinked(tx, client_id) == 0
        assert not any(user_numbers.remove(tx, row) for row in rows)
    new = user_numbers.NewNumber(
        number_id=b"n" * 16, client_id=client_id, number_index=b"i" * 32, sealed_number=b""
    )
    with pytest.raises(WriteConflict), write(shelf, "wakaba") as tx:
        user_numbers.add(tx, new, created=rows[0].created)
    assert shelf.done("report") == {"linked": 1, "unlinked": 1, "claimable": 0}


def test_a_number_goes_with_a_grant_of_its_own_service(shelf):
    """The table itself refuses a pair on which the service has none."""
    shelf.town.sign_in(shelf.town.parking)
    tenant, client = known(shelf)
    sub = shelf.town.sign_in(shelf.town.library)["sub"]
    with write(shelf) as tx:
        library_id = shelf.town.library.client_id
        theirs = user_numbers.pair_of(tx, digest(sub), library_id).pair_id
    new = user_numbers.NewNumber(
        number_id=b"n" * 16,
        client_id=client.client_id,
        number_index=b"i" * 32,
        sealed_number=b"",
        pair_id=theirs,
    )
    with pytest.raises(WriteConflict), write(shelf) as tx:
        user_numbers.add(tx, new, created=tenant.created)


def test_nothing_of_a_number_stands_in_the_database(shelf):
    """No table of it holds the number, the claim code, or a value that two services' equal numbers share."""
    other = library(shelf.town, "other")
    listed = {"user_numbers": [{"user_number": CANARY, "claim_code": "CLAIM-CANARY"}]}
    for service in (shelf, other):
        service.done("import", listed)
        service.set("hanako", CANARY, claim_code="CLAIM-CANARY")
        service.set("hanako", "0", replace=True)
        service.done("import", listed)
    values: dict[str, set[bytes]] = {}
    with write(shelf) as tx:
        for table in schema.metadata.tables.values():
            for row in tx.connection.execute(table.select()).mappings():
                mine = [value for value in row.values() if isinstance(value, bytes | str)]
                raw = [value.encode() if isinstance(value, str) else bytes(value) for value in mine]
                for secret in (CANARY, "CLAIM-CANARY", "CLAIMCANARY", digest(CANARY).hex()):
                    assert not any(secret.encode() in value for value in raw), table.name
                    assert not any(digest(CANARY) in value for value in raw), table.name
                if table.name.startswith("user_number"):
                    kept = {bytes(v) for v in row.values() if isinstance(v, bytes) and len(v) == 32}
                    values.setdefault(row["client_id"], set()).update(kept)
    one, two = values.values()
    assert one
    assert not one & two
    lengths = set()
    with write(shelf) as tx:
        for row in tx.connection.execute(schema.user_number.select()):
            lengths.add(len(row.sealed_number))
    assert len(lengths) == 1


def test_indexes_are_as_the_schema_says(shelf):
    """The migration makes the uniqueness that the registry stands on."""
    inspector = inspect(shelf.town.product.store.engine)
    unique = {tuple(u["column_names"]) for u in inspector.get_unique_constraints("user_number")}
    assert {("tenant_id", "client_id", "number_index"), ("tenant_id", "client_id", "pair_id")} <= unique
