"""A card that is spoken to by commands: what is in a reader. Each call is one connection, begun by selecting."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass

from connectors.card import pcsc
from connectors.card.cardfile import Device
from connectors.card.errors import CertificateAbsent
from connectors.card.input_support import InputSupport
from connectors.card.jpki_application import JpkiApplication, Token
from connectors.card.pin import PinKind, normal
from connectors.card.transport import Transport
from connectors.ports import CertificateKind

PHONES = frozenset({Token.ANDROID, Token.IPHONE})


@dataclass(frozen=True, slots=True)
class Overview:
    """What a card tells about itself without any PIN: no name, no number, no certificate."""

    token: Token
    tries_left: Mapping[CertificateKind, int]
    """By the kinds of which the card holds a certificate."""


@dataclass(frozen=True, slots=True)
class CommandCard:
    """A `Card`. `connect` opens a way to it, for one call each; between two calls the card remembers no PIN."""

    connect: Callable[[], AbstractContextManager[Transport]]

    @property
    def device(self) -> Device:
        """`phone` for a phone's chip that was put on the reader, `card` otherwise."""
        return "phone" if self.token() in PHONES else "card"

    def token(self) -> Token:
        """The kind of card. Raises NotThisCard."""
        with self.connect() as transport:
            return JpkiApplication.select(transport).token()

    def overview(self) -> Overview:
        """Kind, certificates present and tries left. Raises CardError, PinAbsent among them."""
        with self.connect() as transport:
            application = JpkiApplication.select(transport)
            held = [kind for kind in CertificateKind if application.holds(kind)]
            return Overview(application.token(), {kind: application.tries_left(kind) for kind in held})

    def certificate(self, kind: CertificateKind, pin: str | None = None) -> bytes:
        """See `Card`."""
        checked = None if pin is None else normal(PinKind.of(kind), pin)
        with self.connect() as transport:
            application = JpkiApplication.select(transport)
            _require(application, kind)
            if checked is not None:
                application.verify(kind, checked)
            return application.certificate(kind)

    def tries_left(self, kind: CertificateKind) -> int:
        """See `Card`."""
        with self.connect() as transport:
            application = JpkiApplication.select(transport)
            _require(application, kind)
            return application.tries_left(kind)

    def sign(self, kind: CertificateKind, pin: str, message: bytes) -> bytes:
        """See `Card`."""
        checked = normal(PinKind.of(kind), pin)
        with self.connect() as transport:
            application = JpkiApplication.select(transport)
            _require(application, kind)
            application.verify(kind, checked)
            return application.sign(kind, message)

    def attributes_tries_left(self, kind: PinKind) -> int:
        """See `Card`."""
        with self.connect() as transport:
            return InputSupport.select(transport).tries_left(kind)

    def attributes(self, kind: PinKind, pin: str) -> bytes:
        """See `Card`."""
        checked = normal(kind, pin)
        with self.connect() as transport:
            application = InputSupport.select(transport)
            application.verify(kind, checked)
            return application.attributes(kind)


def in_reader(reader: str) -> CommandCard:
    """The card on a PC/SC reader of that name."""
    return CommandCard(lambda: pcsc.connection(reader))


def _require(application: JpkiApplication, kind: CertificateKind) -> None:
    if not application.holds(kind):
        raise CertificateAbsent(kind)
