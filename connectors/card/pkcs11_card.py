"""A card behind a PKCS #11 module (OpenSC's): for computers whose readers only such a module reaches.

The module offers no input-support application, and tells of the tries left no more than PKCS #11's flags do.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from connectors.card.cardfile import Device
from connectors.card.errors import (
    AttributesUnreadable,
    CardAbsent,
    CardError,
    CardGarbled,
    CardRemoved,
    CertificateAbsent,
    DriverAbsent,
    PinBlocked,
    PinIncorrect,
    PinRequired,
    ReaderBusy,
)
from connectors.card.pin import FULL_TRIES, PinKind, normal
from connectors.ports import CertificateKind

if TYPE_CHECKING:
    import pkcs11

MODULES = (
    "/usr/lib/x86_64-linux-gnu/opensc-pkcs11.so",
    "/usr/lib/aarch64-linux-gnu/opensc-pkcs11.so",
    "/usr/lib64/opensc-pkcs11.so",
    "/usr/lib/opensc-pkcs11.so",
    "/Library/OpenSC/lib/opensc-pkcs11.so",
    "C:/Program Files/OpenSC Project/OpenSC/pkcs11/opensc-pkcs11.dll",
)
"""Where OpenSC's installers put the module."""
_IDS: Mapping[CertificateKind, bytes] = {CertificateKind.USER: b"\x01", CertificateKind.SIGNATURE: b"\x02"}
"""CKA_ID of certificate and key, as OpenSC's driver for this card gives them."""


def opensc_module() -> Path:
    """OpenSC's module on this computer. Raises DriverAbsent."""
    for place in MODULES:
        if Path(place).is_file():
            return Path(place)
    raise DriverAbsent("OpenSC is not installed")


@dataclass(frozen=True, slots=True)
class Pkcs11Card:
    """A `Card` behind `module`. The first token that holds what is asked for is taken."""

    module: Path

    @property
    def device(self) -> Device:
        """Always `card`: the module does not read the token information."""
        return "card"

    def certificate(self, kind: CertificateKind, pin: str | None = None) -> bytes:
        """See `Card`; the signature certificate wants its PIN."""
        if kind is CertificateKind.SIGNATURE and pin is None:
            raise PinRequired
        with self._session(kind, pin) as session:
            from pkcs11 import Attribute, ObjectClass

            wanted = {Attribute.CLASS: ObjectClass.CERTIFICATE, Attribute.ID: _IDS[kind]}
            for found in session.get_objects(wanted):
                return bytes(found[Attribute.VALUE])
        raise CertificateAbsent(kind)

    def tries_left(self, kind: CertificateKind) -> int:
        """See `Card`: full, or a lower bound from the token's flags."""
        with _translated(kind):
            return _tries_left(self._token(kind), kind)

    def sign(self, kind: CertificateKind, pin: str, message: bytes) -> bytes:
        """See `Card`. The module hashes and builds the DigestInfo (CKM_SHA256_RSA_PKCS)."""
        with self._session(kind, normal(PinKind.of(kind), pin)) as session:
            from pkcs11 import Attribute, Mechanism, ObjectClass
            from pkcs11.types import SignMixin

            wanted = {Attribute.CLASS: ObjectClass.PRIVATE_KEY, Attribute.ID: _IDS[kind]}
            for key in session.get_objects(wanted):
                if isinstance(key, SignMixin):
                    return bytes(key.sign(message, mechanism=Mechanism.SHA256_RSA_PKCS))
        raise CertificateAbsent(kind)

    def attributes_tries_left(self, kind: PinKind) -> int:
        """Raises AttributesUnreadable."""
        raise AttributesUnreadable

    def attributes(self, kind: PinKind, pin: str) -> bytes:
        """Raises AttributesUnreadable."""
        raise AttributesUnreadable

    @contextmanager
    def _session(self, kind: CertificateKind, pin: str | None) -> Iterator["pkcs11.Session"]:
        """A session, logged in where a PIN is given."""
        with _translated(kind):
            token = self._token(kind)
            if pin is not None and _tries_left(token, kind) == 0:
                raise PinBlocked(kind)
            try:
                session = token.open(user_pin=pin)
            except _exceptions().PinIncorrect as error:
                left = _tries_left(self._token(kind), kind)
                raise (PinIncorrect(left, kind) if left else PinBlocked(kind)) from error
            with session:
                yield session

    def _token(self, kind: CertificateKind) -> "pkcs11.Token":
        """The token of this kind's PIN: OpenSC shows the card as two. Raises CardAbsent, CertificateAbsent."""
        tokens: list[pkcs11.Token] = [
            slot.get_token() for slot in _library(self.module).get_slots(token_present=True)
        ]
        jpki = [token for token in tokens if token.label.startswith("JPKI")]
        if not jpki:
            raise CardAbsent
        for token in jpki:
            if ("Signature" in token.label) == (kind is CertificateKind.SIGNATURE):
                return token
        raise CertificateAbsent(kind)


def _library(module: Path) -> Any:  # the class has a function's name in that package
    """The module, loaded once in a process; each call sees readers and cards as they are now."""
    try:
        import pkcs11
    except ImportError as error:
        raise DriverAbsent("the Python package python-pkcs11 is not installed") from error
    try:
        library = pkcs11.lib(str(module))
    except (RuntimeError, pkcs11.exceptions.PKCS11Error) as error:
        raise DriverAbsent("the PKCS #11 module cannot be loaded") from error
    library.reinitialize()
    return library


def _tries_left(token: "pkcs11.Token", kind: CertificateKind) -> int:
    from pkcs11 import TokenFlag

    if token.flags & TokenFlag.USER_PIN_LOCKED:
        return 0
    if token.flags & TokenFlag.USER_PIN_FINAL_TRY:
        return 1
    return 2 if token.flags & TokenFlag.USER_PIN_COUNT_LOW else FULL_TRIES[PinKind.of(kind)]


def _exceptions() -> ModuleType:
    from pkcs11 import exceptions

    return exceptions


@contextmanager
def _translated(kind: CertificateKind) -> Iterator[None]:
    """PKCS #11's errors as this product's."""
    try:
        yield
    except CardError:
        raise
    except Exception as error:
        raise _translation(error, kind) from error


def _translation(error: Exception, kind: CertificateKind) -> CardError:
    exceptions = _exceptions()
    told: tuple[tuple[str, Callable[[], CardError]], ...] = (
        ("PinLocked", lambda: PinBlocked(kind)),
        ("DeviceRemoved", CardRemoved),
        ("TokenNotPresent", CardRemoved),
        ("TokenNotRecognised", CardAbsent),
        ("UserNotLoggedIn", PinRequired),
        ("UserAlreadyLoggedIn", ReaderBusy),
    )
    for name, ours in told:
        if isinstance(error, getattr(exceptions, name)):
            return ours()
    return CardGarbled(f"the PKCS #11 module reports {type(error).__name__}")
