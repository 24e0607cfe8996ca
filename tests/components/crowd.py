"""More residents than the sandbox's cast: invented people with a card, whose certificates the test CA numbered."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date, timedelta

from components.town import Town

from connectors.sandbox import desk, files, publication
from connectors.sandbox.basic4 import Basic4
from connectors.sandbox.founding import new_key, newest
from connectors.sandbox.state import Case, Person, Slot

AGE = timedelta(days=30)
CITY = "99001"


@dataclass(frozen=True, slots=True)
class Neighbour:
    """`id`: among the world's residents; `serial`: of the user certificate."""

    id: str
    serial: int


def settle(town: Town, total: int) -> list[Neighbour]:
    """Let so many people move in, each with a user certificate that is a month old."""
    with ThreadPoolExecutor(2) as pool:
        keys = list(pool.map(lambda _: new_key(), range(total)))
    world, begun = town.world, town.clock() - AGE
    issuer = newest(world.authorities, Slot.AUTH.kind, begun)
    crowd = []
    for number, key in enumerate(keys):
        basic4 = Basic4(f"見本　{number}", "見本県見本市", date(1970, 1, 1) + timedelta(days=number), "1")
        person = Person(f"neighbour-{number:03}", f"neighbour {number}", Case.ORDINARY, basic4, CITY, "1234", None)
        state, certificate = desk.issue(world.state, issuer, person, Slot.AUTH, key.public_key(), begun)
        where = world.files_of(person)
        files.write_key(where.key(Slot.AUTH), key)
        files.write_certificate(where.certificate(Slot.AUTH), certificate)
        settled = replace(state, people=(*state.people, person))
        world.change(lambda _, settled=settled: settled)
        crowd.append(Neighbour(person.id, certificate.serial_number))
    world.change(lambda state: publication.at_once(state, town.clock()))
    return crowd
