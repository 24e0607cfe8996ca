"""Signature certificates of the sandbox's CA with whatever words in them, in a resident's name."""

from dataclasses import dataclass, replace
from datetime import date

from asn1crypto.core import UTF8String
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa

from connectors.ports import CertificateKind
from connectors.sandbox import desk, files
from connectors.sandbox.basic4 import Basic4
from connectors.sandbox.founding import newest
from connectors.sandbox.state import Slot

ARC = "1.2.392.200149.8.5.5"
ORDINARY = {
    "1": "見本　花子",
    "4": "319850615",
    "3": "2",
    "5": "見本県青葉市１－２",
    "2": "00000",
    "6": "000000000",
}


@dataclass(frozen=True)
class Words:
    """Stands in a certificate as the Basic 4: pairs of the last part of a type and its octets, in order."""

    pairs: tuple[tuple[str, bytes], ...]
    birth: date = date(1985, 6, 15)

    def extension(self):
        """The subjectAltName."""
        named = [x509.OtherName(x509.ObjectIdentifier(f"{ARC}.{last}"), octets) for last, octets in self.pairs]
        return x509.SubjectAlternativeName(named)


def words(**changes):
    """The ordinary ones but for `changes`, by `n` and the last part of the type; None leaves one out."""
    texts = {**ORDINARY, **{name.removeprefix("n"): text for name, text in changes.items()}}
    return Words(tuple((last, UTF8String(text).dump()) for last, text in texts.items() if text is not None))


def reissued(town, resident, held):
    """That resident's card holds a new signature certificate with these words; the old one stays as it was."""
    now, key = town.clock(), rsa.generate_private_key(65537, 2048)
    issuer = newest(town.world.authorities, CertificateKind.SIGNATURE, now)
    person = next(p for p in town.world.state.people if p.id == resident)
    made = []

    def transition(state):
        basic4: Basic4 = held
        state, certificate = desk.issue(
            state, issuer, replace(person, basic4=basic4), Slot.SIGN, key.public_key(), now
        )
        made.append(certificate)
        return state

    town.world.change(transition)
    where = town.world.files_of(person)
    files.write_key(where.key(Slot.SIGN), key)
    files.write_certificate(where.certificate(Slot.SIGN), made[0])
    return made[0]
