"""Where a card may be: a file of the sandbox's, or a reader of this computer."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from connectors.card import pcsc
from connectors.card.card import Card
from connectors.card.command_card import CommandCard, in_reader
from connectors.card.errors import CardAbsent, CardError, NotThisCard, ReaderAbsent, ReaderAmbiguous
from connectors.card.pkcs11_card import Pkcs11Card

PATIENCE_SECONDS = 120.0
"""How long a person may look for the card; the login behind a button lives 5 minutes."""
_GLANCE_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class FilePlace:
    """A software card in a file, opened by `load`; it never goes away."""

    path: Path
    load: Callable[[Path], Card]

    def card(self) -> Card:
        """See `Place`."""
        return self.load(self.path)

    def await_card(self) -> bool:
        """See `Place`."""
        return True


@dataclass(frozen=True, slots=True)
class Pkcs11Place:
    """Behind a PKCS #11 module, which tells whether a card is there when it is used."""

    module: Path

    def card(self) -> Card:
        """See `Place`."""
        return Pkcs11Card(self.module)

    def await_card(self) -> bool:
        """See `Place`: PKCS #11 cannot be waited at in a way that every module supports."""
        return False


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderPlace:
    """A reader by (a part of) its name, or whichever holds a My Number Card. `monotonic` counts seconds."""

    name: str | None
    patience: float
    monotonic: Callable[[], float]

    def card(self) -> CommandCard:
        """See `Place`. Raises ReaderAmbiguous where more than one card could be meant."""
        candidates = self._readers()
        if not candidates:
            raise ReaderAbsent
        holding = set(pcsc.holding_a_card())
        occupied = [reader for reader in candidates if reader in holding]
        if not occupied:
            raise CardAbsent
        jpki = [card for card in map(in_reader, occupied) if _speaks_jpki(card)]
        if not jpki:
            raise NotThisCard
        if len(jpki) > 1:
            raise ReaderAmbiguous
        return jpki[0]

    def await_card(self) -> bool:
        """See `Place`: any candidate will do."""
        deadline = self.monotonic() + self.patience
        while self.monotonic() < deadline:
            candidates = self._readers()
            if not candidates:
                raise ReaderAbsent
            if set(candidates) & set(pcsc.holding_a_card()):
                return True
            pcsc.await_card(candidates[0], min(_GLANCE_SECONDS, self.patience))
        return False

    def _readers(self) -> Sequence[str]:
        """The readers of that name: the whole name, or else a part of it in any case."""
        names = pcsc.readers()
        if self.name is None:
            return names
        if self.name in names:
            return (self.name,)
        return tuple(name for name in names if self.name.casefold() in name.casefold())


def _speaks_jpki(card: CommandCard) -> bool:
    try:
        card.token()
    except NotThisCard:
        return False
    except CardError:
        return True  # it is one, or the person shall hear what is wrong with it
    return True
