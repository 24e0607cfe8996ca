"""EF 0002 of the card's input-support application, read by the resident's own device or by a counter terminal.

Nobody signed these bytes in a way that can be checked here: the proof of the login binds them. No card holds a
name's reading.
"""

from dataclasses import dataclass

from idp.items import ADDRESS, BIRTHDATE, GENDER, NAME
from idp.jpki.attributes import parse_attributes
from idp.sources.normal import Wanted, told
from idp.sources.record import Read, Source


@dataclass(frozen=True, slots=True)
class CardFile:
    """See Basic4Source; the evidence is the file's bytes. `source`: whose reading it is."""

    source: Source

    def read(self, evidence: bytes, wanted: Wanted) -> Read | None:
        """See Basic4Source."""
        if not wanted.items:
            return None
        card = parse_attributes(evidence)
        held = {NAME: card.name, ADDRESS: card.address, BIRTHDATE: card.birth_date, GENDER: card.gender}
        return Read(self.source, told(held, wanted), at=wanted.at)
