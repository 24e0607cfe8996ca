"""A JPKI test hierarchy at a fixed moment: authorities, a card's key and a stranger's; no town, no socket."""

import datetime as dt
from dataclasses import dataclass

from components.forgery import forge, new_key
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding

from connectors.ports import CertificateKind
from connectors.sandbox.authority import Authority, root_certificate
from idp.jpki.trust import Anchor, read_anchor

NOW = dt.datetime(2026, 4, 1, 3, 0, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
SERIAL = 0x7E000001


@dataclass(frozen=True, slots=True)
class Hierarchy:
    """Two generations of the user CA and one of the signature CA; the first of each kind's share one name."""

    user: Authority
    newer: Authority
    signature: Authority
    card_key: rsa.RSAPrivateKey
    stranger_key: rsa.RSAPrivateKey

    @property
    def anchors(self) -> tuple[Anchor, ...]:
        """All of them as the product trusts them."""
        return tuple(anchor_of(each) for each in (self.signature, self.newer, self.user))

    @property
    def anchor(self) -> Anchor:
        """The user CA's generation that issues by default."""
        return anchor_of(self.user)

    def clock(self) -> dt.datetime:
        """The one moment of this hierarchy."""
        return NOW

    def certificate(self, key: rsa.RSAPrivateKey | None = None, **deviation: object) -> x509.Certificate:
        """A user certificate in profile but for the deviations that `forge` knows."""
        return forge(self, key or self.card_key, **{"issuer": self.user, **deviation})

    def der(self, **deviation: object) -> bytes:
        """The same as bytes."""
        return self.certificate(**deviation).public_bytes(Encoding.DER)


def anchor_of(authority: Authority) -> Anchor:
    """That authority as an anchor of its kind."""
    return read_anchor(authority.kind, authority.certificate.public_bytes(Encoding.DER))


def found_hierarchy() -> Hierarchy:
    """Make the keys and the roots."""
    roots = {}
    for kind, generation in (
        (CertificateKind.USER, 2),
        (CertificateKind.USER, 3),
        (CertificateKind.SIGNATURE, 2),
    ):
        roots[kind, generation] = found_authority(kind, generation, new_key(), new_key())
    return Hierarchy(
        user=roots[CertificateKind.USER, 2],
        newer=roots[CertificateKind.USER, 3],
        signature=roots[CertificateKind.SIGNATURE, 2],
        card_key=new_key(),
        stranger_key=new_key(),
    )


def found_authority(
    kind: CertificateKind,
    generation: int,
    key: rsa.RSAPrivateKey,
    responder_key: rsa.RSAPrivateKey,
    *,
    lifetime: tuple[dt.datetime, dt.datetime] = (NOW - 1000 * DAY, NOW + 2000 * DAY),
) -> Authority:
    """A root of the sandbox's own form."""
    root = root_certificate(kind, key, serial=generation, not_before=lifetime[0], not_after=lifetime[1])
    return Authority(kind, generation, root, key, responder_key)
