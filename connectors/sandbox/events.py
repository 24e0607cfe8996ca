"""What happens to residents: each event revokes or issues certificates, as JPKI's rules say.

Keys, certificates and cards are written before the state is: a crash in between leaves a card that J-LIS does
not know, which the next renewal heals.
"""

from dataclasses import replace
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509 import ReasonFlags

from connectors.sandbox import cards, desk, files
from connectors.sandbox.cast import address_in
from connectors.sandbox.founding import new_key, newest
from connectors.sandbox.names import MUNICIPALITIES
from connectors.sandbox.state import Issued, Person, Slot, State
from connectors.sandbox.world import World


class EventRefused(Exception):
    """This cannot happen to this resident; the message says why."""


class UnknownResident(EventRefused):
    """No sample resident has that id."""


def revoke(world: World, resident: str, slot: Slot, now: datetime) -> None:
    """The holder has one certificate revoked (cessationOfOperation)."""

    def transition(state: State) -> State:
        certificate = _held(state, resident, slot)
        return state.revoked(certificate, ReasonFlags.cessation_of_operation, now)

    world.change(transition)


def renew(world: World, resident: str, slot: Slot, now: datetime) -> None:
    """A new certificate takes the place of the old one, which is superseded; the card has all tries again."""
    key = new_key()

    def transition(state: State) -> State:
        person = _person(state, resident)
        if slot is Slot.SIGN and person.sign_pin is None:
            raise EventRefused("a child gets no signature certificate")
        _held(state, resident, slot)
        state = _replaced(world, state, person, slot, key, now)
        cards.hand_out(person, world.files_of(person), slot.device)
        return state

    world.change(transition)


def move(world: World, resident: str, now: datetime) -> None:
    """The address changes: signature certificates are revoked (affiliationChanged), user ones stay."""

    def transition(state: State) -> State:
        person = _person(state, resident)
        elsewhere = next(code for code in MUNICIPALITIES if code != person.municipality)
        basic4 = replace(person.basic4, address=address_in(elsewhere))
        moved = replace(person, municipality=elsewhere, basic4=basic4)
        state = replace(state, people=tuple(moved if p is person else p for p in state.people))
        signatures = (Slot.SIGN, Slot.PHONE_SIGN)
        return _revoke_all(state, resident, signatures, ReasonFlags.affiliation_changed, now)

    world.change(transition)


def add_phone(world: World, resident: str, now: datetime) -> None:
    """The resident enrols a phone; an earlier one's certificates are superseded.

    The phone gets a signature certificate only if the card has a live one.
    """
    user_key, signature_key = new_key(), new_key()

    def transition(state: State) -> State:
        person = _person(state, resident)
        signature = state.current(resident, Slot.SIGN)
        state = _replaced(world, state, person, Slot.PHONE, user_key, now)
        if signature is not None and signature.revocation is None and signature.not_after > now:
            state = _replaced(world, state, person, Slot.PHONE_SIGN, signature_key, now)
        else:
            state = _withdrawn(world, state, person, Slot.PHONE_SIGN, now)
        cards.hand_out(person, world.files_of(person), Slot.PHONE.device)
        return state

    world.change(transition)


def unlink(world: World, resident: str, slot: Slot, _now: datetime) -> None:
    """The papers of one certificate are lost: J-LIS can link it to no other any more."""

    def transition(state: State) -> State:
        return state.without_link(_held(state, resident, slot))

    world.change(transition)


def lose(world: World, resident: str, now: datetime) -> None:
    """Card and phone are reported lost: a hold on every certificate, which JPKI never lifts."""
    _end(world, resident, ReasonFlags.certificate_hold, now)


def die(world: World, resident: str, now: datetime) -> None:
    """The resident dies: every certificate is revoked (cessationOfOperation)."""
    _end(world, resident, ReasonFlags.cessation_of_operation, now)


def _end(world: World, resident: str, reason: ReasonFlags, now: datetime) -> None:
    def transition(state: State) -> State:
        return _revoke_all(state, _person(state, resident).id, tuple(Slot), reason, now)

    world.change(transition)


def _revoke_all(state: State, resident: str, slots: tuple[Slot, ...], reason: ReasonFlags, now: datetime) -> State:
    for certificate in state.certificates:
        if certificate.resident == resident and certificate.slot in slots:
            state = state.revoked(certificate, reason, now)
    return state


def _replaced(
    world: World, state: State, person: Person, slot: Slot, key: rsa.RSAPrivateKey, now: datetime
) -> State:
    """Supersede what `slot` holds, issue anew, and write the PEM pair."""
    old, where = state.current(person.id, slot), world.files_of(person)
    issuer = newest(world.authorities, slot.kind, now)
    if issuer is None:
        raise EventRefused("no generation of the CA issues at this time")
    try:
        state, certificate = desk.issue(state, issuer, person, slot, key.public_key(), now)
    except desk.NotIssued as error:
        raise EventRefused(str(error)) from error
    files.write_key(where.key(slot), key)
    files.write_certificate(where.certificate(slot), certificate)
    return state.revoked(old, ReasonFlags.superseded, now) if old else state


def _withdrawn(world: World, state: State, person: Person, slot: Slot, now: datetime) -> State:
    """Supersede what `slot` holds without issuing anew, and remove the PEM pair."""
    old, where = state.current(person.id, slot), world.files_of(person)
    where.certificate(slot).unlink(missing_ok=True)
    where.key(slot).unlink(missing_ok=True)
    return state.revoked(old, ReasonFlags.superseded, now) if old else state


def _person(state: State, resident: str) -> Person:
    person = next((p for p in state.people if p.id == resident), None)
    if person is None:
        raise UnknownResident("no such resident")
    return person


def _held(state: State, resident: str, slot: Slot) -> Issued:
    _person(state, resident)
    certificate = state.current(resident, slot)
    if certificate is None:
        raise EventRefused("the resident has no such certificate")
    return certificate
