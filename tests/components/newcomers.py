"""More residents than the sandbox's cast: invented people, each with a card whose certificate is a month old."""

import secrets
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from connectors.ports import CertificateKind
from connectors.sandbox import cards, desk, files, publication
from connectors.sandbox.basic4 import Basic4
from connectors.sandbox.founding import new_key, newest
from connectors.sandbox.profile import Device
from connectors.sandbox.state import Case, Person, Slot, State
from connectors.sandbox.world import World

CITY = "99001"
AGE = timedelta(days=30)
SERIAL_BYTES = 15


@dataclass(frozen=True, slots=True)
class Newcomer:
    """`id`: among the world's residents; `serial`: of the user certificate, as long as a canary must be."""

    id: str
    name: str
    address: str
    serial: int


def settle(world: World, now: datetime, names: Sequence[tuple[str, str]]) -> list[Newcomer]:
    """Let people of these names and addresses move in; what J-LIS knows of them is published at once.

    Their certificates have serial numbers of 15 random bytes that rise from one to the next.
    """
    with ThreadPoolExecutor(2) as pool:
        keys = list(pool.map(lambda _: new_key(), names))
    first = int.from_bytes(secrets.token_bytes(SERIAL_BYTES), "big") >> 2 | 1 << (8 * SERIAL_BYTES - 3)
    world.change(lambda state: replace(state, last_serials=_from(state.last_serials, first)))
    settled = []
    for number, ((name, address), key) in enumerate(zip(names, keys, strict=True)):
        basic4 = Basic4(name, address, date(1970, 1, 1) + timedelta(days=number), "1")
        person = Person(f"newcomer-{number:03}", name, Case.ORDINARY, basic4, CITY, "1234", None)
        issuer = newest(world.authorities, Slot.AUTH.kind, now - AGE)
        state, certificate = desk.issue(world.state, issuer, person, Slot.AUTH, key.public_key(), now - AGE)
        where = world.files_of(person)
        files.write_key(where.key(Slot.AUTH), key)
        files.write_certificate(where.certificate(Slot.AUTH), certificate)
        cards.hand_out(person, where, Device.CARD)
        world.change(_moved_in(state, person))
        settled.append(Newcomer(person.id, name, address, certificate.serial_number))
    world.change(lambda state: publication.at_once(state, now))
    return settled


def _from(serials: Mapping[CertificateKind, int], first: int) -> dict[CertificateKind, int]:
    return {**serials, CertificateKind.USER: first, CertificateKind.SIGNATURE: first + (1 << 96)}


def _moved_in(state: State, person: Person):
    return lambda _: replace(state, people=(*state.people, person))
