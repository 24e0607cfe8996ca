"""The certificate with which a resident signed that they agree: its issuer vouches for what it says.

A certificate cannot hold every character: where another stands in the place of one, the item is marked.
"""

from dataclasses import dataclass, field

from idp.items import ADDRESS, BIRTHDATE, GENDER, KANA, NAME
from idp.jpki.certificate import parse
from idp.jpki.profile import Profile
from idp.jpki.signature_attributes import read_attributes
from idp.sources.normal import Wanted, checked, told
from idp.sources.record import Read, Source


@dataclass(frozen=True, slots=True)
class SignedBy:
    """A signature certificate that has been verified. `der`: it names its holder; `profile`: of the tenant."""

    der: bytes = field(repr=False)
    profile: Profile


@dataclass(frozen=True, slots=True)
class SignatureCertificate:
    """See Basic4Source. `source`: what it counts as; the one that signs a consent for years says the latest."""

    source: Source = Source.SIGNATURE

    def read(self, evidence: SignedBy, wanted: Wanted) -> Read | None:
        """See Basic4Source."""
        if not wanted.items:
            return None
        found = read_attributes(parse(evidence.der), kana=evidence.profile.kana)
        held = {NAME: found.name, ADDRESS: found.address, BIRTHDATE: found.birth_date, GENDER: found.gender}
        reading = checked({KANA: found.kana}) if found.kana else {}
        marked = {NAME: found.name_substituted, ADDRESS: found.address_substituted}
        substituted = tuple(name for name, is_so in marked.items() if is_so and name in wanted.items)
        return Read(self.source, told(held | reading, wanted), substituted, wanted.at)
