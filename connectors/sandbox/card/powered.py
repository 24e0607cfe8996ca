"""A card in a reader: the pure chip over the card's file, which keeps the PINs when the power goes."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from connectors.card import cardfile
from connectors.card.errors import CardUnreadable
from connectors.ports import CertificateKind
from connectors.sandbox.card import commands, status
from connectors.sandbox.card.apdu import Response
from connectors.sandbox.card.chip import Session
from connectors.sandbox.card.image import Variant, chip_of, contents_after, issuers_of
from connectors.sandbox.card.record import Record


@dataclass(slots=True, kw_only=True)
class PoweredCard:
    """One card with its power on. `atr`: its answer to reset; `issuers`: CA certificates in DER."""

    path: Path
    atr: bytes
    issuers: Mapping[CertificateKind, bytes]
    variant: Variant
    record: Record
    token_bytes: Callable[[int], bytes] = field(repr=False)
    _session: Session = field(default_factory=Session, init=False, repr=False)

    def reset(self, event: str) -> None:
        """Power came, went, or the reader reset the card: whatever was shown or selected is forgotten."""
        self._session = Session()
        self.record.event(event)

    def transmit(self, unverified: bytes) -> bytes:
        """Answer a command APDU.

        The file is read anew for each, as a card program that reads the file itself does, and a PIN counter is
        written before the answer goes out: pulling the card early gains no try.
        """
        try:
            response, tripped = self._answer(unverified)
        except CardUnreadable:
            response, tripped = Response(status.FAILED), False
        self.record.note(unverified, response, tripped=tripped)
        return response.encoded()

    def _answer(self, unverified: bytes) -> tuple[Response, bool]:
        with cardfile.locked(self.path):
            contents = cardfile.read(self.path)
            chip = chip_of(contents, self.issuers, self.variant)
            step = commands.answer(chip, self._session, unverified, self.token_bytes)
            changed = contents_after(contents, chip, step.chip)
            if changed is not contents:
                cardfile.write(self.path, changed)
        self._session = step.session
        return step.response, step.tripped


def load(
    path: Path,
    directory: Path,
    atr: bytes,
    variant: Variant,
    authorities: Iterable[Path],
    token_bytes: Callable[[int], bytes],
) -> PoweredCard:
    """The card of that file, writing its records into `directory`; `authorities`: CA certificates in PEM.

    Raises CardUnreadable, for the card's file or for a CA certificate's.
    """
    contents = cardfile.read(path)
    try:
        roots = [x509.load_pem_x509_certificate(pem.read_bytes()) for pem in authorities]
    except (ValueError, OSError) as error:
        raise CardUnreadable("a CA certificate cannot be read") from error
    known = [root.public_bytes(Encoding.DER) for root in roots]
    issuers = issuers_of(contents, known)
    chip_of(contents, issuers, variant)  # a damaged file shows now, not at the first command
    record = Record(directory / "apdu.log", directory / "tripwire.log")
    return PoweredCard(
        path=path, atr=atr, issuers=issuers, variant=variant, record=record, token_bytes=token_bytes
    )
