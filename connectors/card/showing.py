"""What a card holds, as a record: no PIN is asked for, no number is shown, and nobody's name unless asked for."""

from collections.abc import Iterable

from cryptography import x509
from cryptography.x509.oid import NameOID

from connectors.card.card import Card
from connectors.card.command_card import CommandCard
from connectors.card.errors import CardUnreadable, CertificateAbsent, PinAbsent, PinRequired
from connectors.card.softcard import SoftwareCard
from connectors.ports import CertificateKind


def record_of(card: CommandCard | SoftwareCard, *, personal: bool) -> dict[str, object]:
    """Kind, certificates present with validity (dates, UTC) and tries left.

    `personal` adds whose card it is, as far as that is told without a PIN: the certificate's common name, or
    the label of a software card. Raises CardError.
    """
    kind = "software card" if isinstance(card, SoftwareCard) else card.token().name.lower()
    certificates = {str(kind): _certificate(card, kind) for kind in _held(card)}
    record: dict[str, object] = {"kind": kind, "device": card.device, "certificates": certificates}
    if personal:
        record["holder"] = card.holder if isinstance(card, SoftwareCard) else _common_name(card)
    return record


def _held(card: Card) -> Iterable[CertificateKind]:
    for kind in CertificateKind:
        try:
            card.tries_left(kind)
        except CertificateAbsent:
            continue
        except PinAbsent:
            pass
        yield kind


def _certificate(card: Card, kind: CertificateKind) -> dict[str, object]:
    shown: dict[str, object] = {}
    try:
        shown["tries_left"] = card.tries_left(kind)
    except PinAbsent:
        shown["tries_left"] = None
    parsed = _parsed(card, kind)
    if parsed is not None:
        shown["valid_from"] = parsed.not_valid_before_utc.date().isoformat()
        shown["valid_until"] = parsed.not_valid_after_utc.date().isoformat()
    return shown


def _parsed(card: Card, kind: CertificateKind) -> x509.Certificate | None:
    """The certificate, None where a PIN guards it. Raises CardUnreadable for what is none."""
    try:
        return x509.load_der_x509_certificate(card.certificate(kind))
    except PinRequired:
        return None
    except ValueError as error:
        raise CardUnreadable("what lies in the place of a certificate is none") from error


def _common_name(card: Card) -> str | None:
    parsed = _parsed(card, CertificateKind.USER)
    names = parsed.subject.get_attributes_for_oid(NameOID.COMMON_NAME) if parsed else []
    return str(names[0].value) if names else None
