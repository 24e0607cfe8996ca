"""Whether the card on the reader is a genuine My Number Card: a port, and what stands behind it here.

The real software for use without PIN (かざし利用) talks to the card in commands that are not public. Whoever has
it puts it behind this port; what is here looks at nothing, and says so wherever a card is held over.
"""

from typing import Protocol

from connectors.card.card import Card


class Genuineness(Protocol):
    """A check of the card itself. It never raises a level: the protocol gives kazashi the lowest in any case."""

    @property
    def statement(self) -> str:
        """What staff are told of the check, in Japanese, whenever a card is held over."""
        ...

    def check(self, card: Card) -> None:
        """Raises CardError for a card that is not genuine, or that went away."""
        ...


class NotChecked:
    """A `Genuineness` that checks nothing: anybody can copy a certificate, which is why the staff must look."""

    @property
    def statement(self) -> str:
        """See `Genuineness`."""
        return (
            "この端末は、カードが本物かどうかを調べていません。"
            "カードの顔写真とご本人を、職員が見て確かめてください。"
        )

    def check(self, card: Card) -> None:
        """See `Genuineness`."""
