"""A certificate named again after its proof: enough of it, as JSON, to ask whether it was revoked since."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec

from connectors.ports import CertificateKind
from idp.errors import Reason, Refusal
from idp.events.outbox import JSON
from idp.jpki.profile import Device
from idp.jpki.revocation import NoEvidence
from idp.jpki.verify import VerifiedCertificate
from idp.keys.sealing import Place
from idp.revocation.check import SerialAlone
from idp.tenants.tenancy import Tenant

_ENCODER = msgspec.json.Encoder()


@dataclass(frozen=True, slots=True)
class SealedName:
    """A certificate's name as it is stored, and where."""

    place: Place
    sealed: bytes = field(repr=False)


def members(certificate: VerifiedCertificate) -> dict[str, JSON]:
    """The certificate's name: personal data, for sealed places alone."""
    point = _point(certificate)
    return {
        "kind": str(certificate.kind),
        "anchor": certificate.anchor.spki_sha256.hex(),
        "serial": f"{certificate.serial:x}",
        "point": None if point is None else base64.b64encode(point).decode(),
        "device": str(certificate.device),
    }


def subject(tenant: Tenant, named: Mapping[str, JSON]) -> SerialAlone:
    """The certificate. Raises Refusal with CERTIFICATE_UNTRUSTED when its issuer is trusted no longer."""
    kind, spki = CertificateKind(str(named["kind"])), bytes.fromhex(str(named["anchor"]))
    for anchor in tenant.anchors:
        if anchor.kind is kind and anchor.spki_sha256 == spki:
            point, serial = named["point"], int(str(named["serial"]), 16)
            return SerialAlone(anchor, serial, None if point is None else base64.b64decode(str(point)))
    raise Refusal(Reason.CERTIFICATE_UNTRUSTED, "the issuer is trusted no longer")


def device(named: Mapping[str, JSON]) -> Device:
    """Whether it is a card's or a phone's."""
    return Device(str(named["device"]))


def seal(tenant: Tenant, session_digest: bytes, certificate: VerifiedCertificate) -> bytes:
    """For the session that its proof founded."""
    return seal_members(tenant, session_digest, members(certificate))


def seal_members(tenant: Tenant, session_digest: bytes, name: Mapping[str, JSON]) -> bytes:
    """The same of a name as `members` writes it. A member `by` says that the certificate itself did not sign."""
    return tenant.keys.seal(session_place(session_digest), _ENCODER.encode(name))


def signed_in(named: Mapping[str, JSON]) -> bool:
    """Whether the certificate itself has signed in the session, and not what was bound by it."""
    return "by" not in named


def sealed_again(tenant: Tenant, name: SealedName, place: Place) -> bytes:
    """The same name for another place. Raises SealBroken."""
    return tenant.keys.seal(place, tenant.keys.open(name.place, name.sealed))


def opened(tenant: Tenant, name: SealedName) -> Mapping[str, JSON]:
    """Undo `seal`. Raises SealBroken."""
    named: Mapping[str, JSON] = msgspec.json.decode(tenant.keys.open(name.place, name.sealed))
    return named


def index(tenant: Tenant, name: SealedName) -> bytes:
    """The keyed index of the certificate's row. Raises SealBroken."""
    named = opened(tenant, name)
    kind, spki = CertificateKind(str(named["kind"])), bytes.fromhex(str(named["anchor"]))
    return tenant.keys.cert_index(kind, spki, int(str(named["serial"]), 16))


def session_place(session_digest: bytes) -> Place:
    """Where the name of a session's certificate is sealed."""
    return Place("session", session_digest, "certificate")


def _point(certificate: VerifiedCertificate) -> bytes | None:
    try:
        return certificate.crl_point
    except NoEvidence:  # several points: no list of one of them speaks for it
        return None
