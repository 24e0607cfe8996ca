"""The municipal counter: issues a certificate to a resident. Pure but for the CA's signature."""

from dataclasses import replace
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa

from connectors.ports import CertificateKind
from connectors.sandbox import issuing, names, validity
from connectors.sandbox.authority import Authority
from connectors.sandbox.issuing import Order
from connectors.sandbox.state import Issued, Person, Slot, State


class NotIssued(Exception):
    """The rules of JPKI do not allow this certificate now."""


def issue(
    state: State,
    issuer: Authority,
    person: Person,
    slot: Slot,
    public_key: rsa.RSAPublicKey,
    issued_at: datetime,
) -> tuple[State, x509.Certificate]:
    """Issue a certificate for `slot` that begins at `issued_at`; the earlier one there is not touched.

    It ends on a birthday (see `validity`), and never after the card's user certificate. Raises NotIssued when
    that has ended already.
    """
    issued_at = issued_at.replace(microsecond=0)
    previous, card = state.current(person.id, slot), state.current(person.id, Slot.AUTH)
    end = validity.end_of_validity(issued_at, person.birth, replaces_end=previous.not_after if previous else None)
    if slot is not Slot.AUTH and card is not None:
        end = min(end, card.not_after)
    if end <= issued_at:
        raise NotIssued("the card's user certificate has ended")
    state, serial = state.next_serial(slot.kind)
    token = state.draw("common name", slot.kind, serial)
    municipality = names.MUNICIPALITIES[person.municipality]
    is_user = slot.kind is CertificateKind.USER
    common_name = (
        names.user_common_name(issued_at, municipality, token)
        if is_user
        else names.signature_common_name(issued_at, token)
    )
    order = Order(public_key, serial, common_name, municipality, slot.device, issued_at, end)
    certificate = (
        issuing.user_certificate(issuer, order)
        if is_user
        else issuing.signature_certificate(issuer, order, person.basic4)
    )
    issued = Issued(
        slot, person.id, issuer.generation, serial, end, municipality=municipality.code, issued_at=issued_at
    )
    return replace(state, certificates=(*state.certificates, issued)), certificate
