"""A certificate named again after its proof: enough of it, as JSON, to ask whether it was revoked since."""

import base64
import json
from collections.abc import Mapping

from connectors.ports import CertificateKind
from idp.errors import Reason, Refusal
from idp.jpki.profile import Device
from idp.jpki.revocation import NoEvidence
from idp.jpki.verify import VerifiedCertificate
from idp.outbox import JSON
from idp.revocation.check import SerialAlone
from idp.sealing import Place
from idp.tenancy import Tenant


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
    return tenant.keys.seal(_place(session_digest), json.dumps(members(certificate)).encode())


def opened(tenant: Tenant, session_digest: bytes, sealed: bytes) -> Mapping[str, JSON]:
    """Undo `seal`. Raises SealBroken."""
    named: Mapping[str, JSON] = json.loads(tenant.keys.open(_place(session_digest), sealed))
    return named


def _place(session_digest: bytes) -> Place:
    return Place("session", session_digest, "certificate")


def _point(certificate: VerifiedCertificate) -> bytes | None:
    try:
        return certificate.crl_point
    except NoEvidence:  # several points: no list of one of them speaks for it
        return None
