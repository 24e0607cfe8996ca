"""Two people joined by mistake and parted, with a service's own numbers, on SQLite and PostgreSQL alike."""

import pytest
from components.residents import Office
from components.user_numbers import library
from sqlalchemy import select

from idp.store import schema

PEOPLE = ("hanako", "yoko")


@pytest.fixture
def office(either):
    """Two officers of a fresh town."""
    return Office(either)


@pytest.fixture
def shelves(either):
    """A service with numbers of its own."""
    return library(either)


def merge(office, shelves, keep="hanako", other="yoko"):
    """Join two whom the service knows; the operation's number."""
    return office.merge(*(office.refer(shelves.service, shelves.sub(resident)) for resident in (keep, other)))


def number(shelves, resident):
    """The service's number for whoever signs in with that card, found by `sub`; None for none."""
    answer = shelves.call("find", {"sub": shelves.sub(resident)})
    return answer.json["user_number"] if answer.status_code == 200 else None


def all_of(shelves):
    """Every number of the service's with the `sub` that has it."""
    rows = shelves.done("export", {})["user_numbers"]
    return {row["user_number"]: row.get("sub") for row in rows}


def stop(office, shelves, resident):
    """The resident stops the service."""
    named = office.read(office.refer(shelves.service, shelves.sub(resident)))
    town = office.town
    with town.product.store.for_tenant("aoba").write() as tx:
        client = office.tenant.clients[shelves.service.client_id]
        town.product.people.ending.run(tx, office.tenant, client, named.body)


@pytest.mark.parametrize("numbered", [PEOPLE, PEOPLE[:1], PEOPLE[1:]])
@pytest.mark.parametrize("keep", PEOPLE)
def test_both_have_back_what_they_had(either, office, shelves, keep, numbered):
    """Whoever survived, and whoever had a number: none is lost, and each is one person's."""
    (other,) = set(PEOPLE) - {keep}
    subs = {resident: shelves.sub(resident) for resident in PEOPLE}
    for resident in numbered:
        shelves.set(resident, f"no-{resident}", new=True)
    before = all_of(shelves)
    operation = merge(office, shelves, keep, other)
    assert number(shelves, keep) == number(shelves, other) is not None
    office.split(operation)
    assert {resident: shelves.sub(resident) for resident in PEOPLE} == subs
    assert all_of(shelves) == before == {f"no-{resident}": subs[resident] for resident in numbered}
    for resident in PEOPLE:
        assert number(shelves, resident) == (f"no-{resident}" if resident in numbered else None)


def test_a_number_linked_since_goes_with_the_pair_that_its_card_made(either, office, shelves):
    """Both new here, one by mistake: two services' numbers, each with whose card had made the pair."""
    elsewhere = {resident: either.sign_in(either.library, resident)["sub"] for resident in PEOPLE}
    operation = office.merge(*(office.refer(either.library, elsewhere[resident]) for resident in PEOPLE))
    rooms = library(either, "rooms")
    shelves.set("yoko", "0007", new=True)
    rooms.set("hanako", "0008", new=True)
    office.split(operation)
    assert (number(shelves, "yoko"), number(shelves, "hanako")) == ("0007", None)
    assert (number(rooms, "hanako"), number(rooms, "yoko")) == ("0008", None)
    shelves.set("hanako", "0009", new=True)
    assert shelves.refused("set", {"sub": shelves.sub("hanako"), "user_number": "0007", "replace": True}) == (
        409,
        "user_number_in_use",
    )


def test_a_number_that_another_service_of_the_sector_linked_since_is_not_lost(either, office):
    """Only one of two services of a sector knew her: what the other linked while they were one is hers."""
    shared = {"sector_id": "counters", "sector_purpose": "窓口のため"}
    desk, room = (library(either, name, **shared) for name in ("desk", "room"))
    desk.sub("hanako")
    room.sub("yoko")
    operation = office.merge(
        office.refer(desk.service, desk.sub("hanako")), office.refer(room.service, room.sub("yoko"))
    )
    room.set("yoko", "0007", new=True)
    office.split(operation)
    assert number(room, "yoko") == "0007"
    assert number(room, "hanako") is None


def test_generations_and_tombstones_survive_the_round_trip(either, office, shelves):
    """Stopped before, between and after: a number that ended is never issued again, whoever comes."""
    seen = []
    for resident in PEOPLE:
        seen.append(shelves.sub(resident))
        stop(office, shelves, resident)
    seen += [shelves.sub(resident) for resident in PEOPLE]
    operation = merge(office, shelves)
    stop(office, shelves, "yoko")
    seen.append(shelves.sub("yoko"))
    shelves.set("yoko", "0007", new=True)
    office.split(operation)
    assert shelves.sub("yoko") == seen[-1]
    assert number(shelves, "yoko") == "0007"
    seen.append(shelves.sub("hanako"))
    for resident in PEOPLE:
        stop(office, shelves, resident)
        seen.append(shelves.sub(resident))
    with either.product.store.for_tenant("aoba").read() as tx:
        states = tx.connection.execute(select(schema.pair.c.state)).scalars().all()
    assert len(set(seen)) == len(seen) == len(states)
    assert states.count("live") == 2
    assert all_of(shelves) == {}
