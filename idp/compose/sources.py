"""The table of all sources of the Basic 4: which a product has, behind which port, and whose word each is."""

from dataclasses import dataclass

from idp.compose import jlis
from idp.compose.ground import Ground
from idp.compose.judges import Judges
from idp.sources.card_file import CardFile
from idp.sources.latest_information import LatestInformation, Standing
from idp.sources.port import Basic4Source
from idp.sources.record import Source
from idp.sources.signature_certificate import SignatureCertificate, SignedBy


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """One row for each. `consenting`: the certificate that signs the consent for ten years, at that login."""

    own_reading: Basic4Source[bytes]
    terminal: Basic4Source[bytes]
    signature: Basic4Source[SignedBy]
    consenting: Basic4Source[SignedBy]
    latest: Basic4Source[Standing]


def sources_of(ground: Ground, judges: Judges) -> Sources:
    """All of them."""
    return Sources(
        own_reading=CardFile(Source.SELF),
        terminal=CardFile(Source.TERMINAL),
        signature=SignatureCertificate(Source.SIGNATURE),
        consenting=SignatureCertificate(Source.LATEST),
        latest=LatestInformation(
            j_lis=jlis.latest_of(ground.settings), revocation=judges.revocation, now=ground.now
        ),
    )
