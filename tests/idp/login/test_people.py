"""Whose a certificate is: one person through renewal, phones, moves and losses, as J-LIS links certificates."""

from dataclasses import fields, replace

import pytest
from components.town import Town, id_token_claims

from connectors.sandbox import desk, files
from connectors.sandbox.founding import new_key
from connectors.sandbox.state import Slot, State
from connectors.sandbox.world import World


def sub(town: Town, service=None, resident: str = "hanako", device: str = "card") -> str:
    """The number that a service receives after a whole login with that resident's card or phone."""
    service = service or town.library
    if device == "card":
        return town.sign_in(service, resident)["sub"]
    person = town.resident(resident)
    login = town.begin(service)
    town.challenge(login)
    proof = town.sign(login, files=(person.phone_certificate, person.phone_key), device="phone")
    answer = town.prove(login, proof)
    assert answer.status_code == 200, answer.text
    return id_token_claims(town.redeem(*town.finish(login, answer.json["return_url"])).json["id_token"])["sub"]


def people(town: Town) -> int:
    """How many people aoba knows."""
    return town.rows("person WHERE tenant_id = 'aoba'")


def test_a_life_keeps_its_numbers(aoba):
    """Renewal, phone, move, loss and a new card: the same number at every service, by card and by phone."""
    services = (aoba.library, aoba.childcare, aoba.parking)
    before = [sub(aoba, service) for service in services]
    for instructions in (
        [{"do": "renew"}],
        [{"do": "add-phone"}],
        [{"do": "move"}],
        [{"do": "renew"}, {"do": "renew"}],
        [{"do": "add-phone"}],
        [{"do": "lose"}, {"do": "renew"}, {"do": "add-phone"}],
    ):
        for instruction in instructions:
            aoba.control(resident="hanako", **instruction)
        aoba.control(do="tick")
        assert [sub(aoba, service) for service in services] == before, instructions
        if aoba.resident("hanako").phone_card:
            assert [sub(aoba, service, device="phone") for service in services] == before, instructions
    assert people(aoba) == 1


def test_a_phone_that_comes_first_is_the_card_s_person(aoba):
    """Whichever of the two is used first, the other is known by it: J-LIS is not asked again."""
    number = sub(aoba, resident="midori", device="phone")
    aoba.control(do="lineage", mode="down")
    assert sub(aoba, resident="midori") == number


def test_a_known_certificate_needs_no_linkage(aoba):
    """J-LIS's linkage is asked once in a certificate's life."""
    number = sub(aoba)
    aoba.control(do="lineage", mode="down")
    assert sub(aoba) == number


def test_an_unreachable_linkage_makes_nobody(aoba):
    """503 for a certificate that is not known, and no second person when it is back."""
    number = sub(aoba)
    aoba.control(do="renew", resident="hanako")
    aoba.control(do="lineage", mode="down")
    login = aoba.begin(aoba.library)
    aoba.challenge(login)
    answer = aoba.prove(login, aoba.sign(login))
    assert (answer.status_code, answer.json["code"]) == (503, "lineage_unavailable")
    aoba.control(do="lineage", mode="up")
    assert sub(aoba) == number
    assert people(aoba) == 1


def test_twins_at_one_address_are_two_people(aoba):
    """Equal in everything that a register could compare; only their cards differ."""

    def twin(state):
        mine = next(person for person in state.people if person.id == "hanako")
        same = [replace(p, basic4=mine.basic4, municipality=mine.municipality) for p in state.people]
        return replace(state, people=tuple(p if p.id != "yoko" else same[at] for at, p in enumerate(state.people)))

    aoba.world.change(twin)
    for resident in ("hanako", "yoko"):
        aoba.control(do="renew", resident=resident)
    assert sub(aoba) != sub(aoba, resident="yoko")
    assert people(aoba) == 2


def test_a_serial_number_counts_within_its_generation(aoba):
    """The same number under another generation of the CA is another person's certificate."""
    number = sub(aoba)
    serial = aoba.world.state.current("hanako", Slot.AUTH).serial
    issue(aoba.world, "ichiro", serial, generation=2, now=aoba.clock())
    assert sub(aoba, resident="ichiro") != number
    assert sub(aoba) == number


def test_another_key_under_the_same_number_is_a_conflict(aoba):
    """A serial number used twice by one generation is nobody's twin: refused, also where J-LIS only named it."""
    sub(aoba, resident="midori", device="phone")  # which has J-LIS name the card
    serial = aoba.world.state.current("midori", Slot.AUTH).serial
    assert sub(aoba, resident="midori") is not None
    issue(aoba.world, "hanako", serial, generation=3, now=aoba.clock())
    login = aoba.begin(aoba.library)
    aoba.challenge(login)
    answer = aoba.prove(login, aoba.sign(login))
    assert (answer.status_code, answer.json["code"]) == (403, "certificate_conflict")


def test_a_named_certificate_has_not_signed_in(aoba):
    """Being named by J-LIS is no PIN login: the row has no key until its card has signed."""
    sub(aoba, resident="midori", device="phone")
    assert aoba.rows("certificate WHERE length(key_index) = 0") == 1
    sub(aoba, resident="midori")
    assert aoba.rows("certificate WHERE length(key_index) = 0") == 0


def test_two_people_whom_a_link_joins_are_one_from_then_on(aoba):
    """Card and phone came as two while J-LIS knew no link; the next card is linked to both. The older stays."""
    numbers = []
    for device in ("card", "phone"):
        numbers.append(as_strangers(aoba, device))
        aoba.control(do="clock", seconds=24 * 3600)
    assert numbers[0] != numbers[1]
    aoba.control(do="renew", resident="midori")
    aoba.control(do="tick")
    assert sub(aoba, resident="midori") == numbers[0]
    assert sub(aoba, resident="midori", device="phone") == numbers[0]
    assert aoba.rows("ledger WHERE operation = 'person.merged'") == 1
    assert aoba.rows("pair WHERE state = 'merged'") == 1


@pytest.fixture
def aoba_without_old_anchors(aoba):
    """The municipality trusts the newest generation alone."""
    with aoba.product.store.for_tenant("aoba").write() as tx:
        for anchor in aoba.product.directory.tenant("aoba").anchors:
            if anchor.certificate.not_valid_before_utc != newest(aoba.world, anchor.kind):
                tx.connection.exec_driver_sql(
                    "DELETE FROM trust_anchor WHERE spki_sha256 = ?", (anchor.spki_sha256,)
                )
        tx.connection.exec_driver_sql("UPDATE tenant SET config_version = config_version + 1")
    aoba.product.directory.refresh()
    return aoba


def test_a_link_to_a_generation_without_anchor_makes_nobody_new(aoba_without_old_anchors):
    """Somebody who signed in with it could not be found: the link counts as one that cannot be obtained."""
    town = aoba_without_old_anchors
    town.control(do="renew", resident="ichiro")  # whose first card is of the second generation
    login = town.begin(town.library)
    town.challenge(login)
    assert town.world.state.current("ichiro", Slot.AUTH).generation == 3
    return_url = town.accept(login, "ichiro")
    assert town.get(login.browser, return_url).headers["Location"].endswith("/person")
    assert people(town) == 0


def newest(world: World, kind):
    """When the newest generation of that CA begins."""
    return max(a.certificate.not_valid_before_utc for a in world.authorities if a.kind is kind)


def as_strangers(town: Town, device: str) -> str:
    """Sign in while J-LIS says `first`, as if it knew no link: a linkage that is simply wrong."""
    hidden = [c for c in town.world.state.certificates if c.resident == "midori" and c.slot.kind == "user"]
    other = Slot.PHONE if device == "card" else Slot.AUTH
    town.world.change(
        lambda state: replace(
            state,
            certificates=tuple(
                replace(c, resident="nobody") if c in hidden and c.slot is other else c for c in state.certificates
            ),
        )
    )
    number = sub(town, resident="midori", device=device)
    town.world.change(
        lambda state: replace(
            state,
            certificates=tuple(
                replace(c, resident="midori") if c.resident == "nobody" else c for c in state.certificates
            ),
        )
    )
    return number


class Recycling(State):
    """A state of which the next certificate has one certain serial number."""

    serial = 0

    def next_serial(self, kind):
        """See State."""
        return self, Recycling.serial


def issue(world: World, resident: str, serial: int, *, generation: int, now) -> None:
    """Issue a user certificate with that very serial number, and put it on the resident's card."""
    key, person = new_key(), next(p for p in world.state.people if p.id == resident)
    issuer = next(a for a in world.authorities if (a.kind, a.generation) == ("user", generation))
    Recycling.serial = serial

    def transition(state):
        recycling = Recycling(**{field.name: getattr(state, field.name) for field in fields(state)})
        made, certificate = desk.issue(recycling, issuer, person, Slot.AUTH, key.public_key(), now)
        files.write_key(world.files_of(person).key(Slot.AUTH), key)
        files.write_certificate(world.files_of(person).certificate(Slot.AUTH), certificate)
        return State(**{field.name: getattr(made, field.name) for field in fields(made)})

    world.change(transition)
