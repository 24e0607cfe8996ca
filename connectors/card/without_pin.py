"""What a card tells without a PIN: its user certificate. For collectors in shelters, where nobody types one."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from connectors.card.cardfile import read
from connectors.card.errors import CardUnreadable
from connectors.errors import Garbled
from connectors.ports import CertificateKind


@dataclass(frozen=True, slots=True)
class SoftwareCardFile:
    """A software card in a file."""

    path: Path

    def certificates(self) -> Iterable[bytes]:
        """The user certificate in DER; the signature certificate wants its PIN. Raises Garbled."""
        try:
            return (read(self.path).slots[CertificateKind.USER].certificate,)
        except CardUnreadable as error:
            raise Garbled(str(error)) from error
