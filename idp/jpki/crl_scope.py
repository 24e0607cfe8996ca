"""Which certificates a list speaks for: issuingDistributionPoint (RFC 5280 section 5.2.5) and its counterpart.

A list without a distribution point speaks for the whole CA; one with, for the certificates that name it.
"""

from dataclasses import dataclass

from cryptography import x509

from idp.jpki import crl_der as der
from idp.jpki.crl_names import name_key
from idp.jpki.crl_refused import CrlReason, CrlRefused, Garbled

_POINT, _USER, _CA, _REASONS, _INDIRECT, _ATTRIBUTE = 0xA0, 0x81, 0x82, 0x83, 0x84, 0x85
_FULL_NAME, _DIRECTORY_NAME = 0xA0, 0xA4
_REFUSED = {
    _CA: "a list of CA certificates only",
    _REASONS: "a list of some reasons only",
    _INDIRECT: "an indirect list",
    _ATTRIBUTE: "a list of attribute certificates",
}


@dataclass(frozen=True, slots=True)
class Scope:
    """What a list covers: the whole CA (`point` None), or one distribution point (DER Name)."""

    point: bytes | None = None

    @property
    def shard(self) -> str:
        """The scope as a part of a file name: `whole`, or 32 hexadecimal digits of the point's name."""
        return shard_of(self.point)


WHOLE = Scope()


def shard_of(point: bytes | None) -> str:
    """The shard that a certificate with that distribution point (DER Name) belongs to; Garbled for no name."""
    return "whole" if point is None else name_key(point).hex()[:32]


def read_scope(value: bytes) -> Scope:
    """Read the value of an issuingDistributionPoint.

    Raises CrlRefused with SCOPE for everything but one directory name as full name and onlyContainsUserCerts.
    """
    whole = der.Reader(value)
    reader = whole.inside(der.SEQUENCE, "issuingDistributionPoint")
    whole.finish("issuingDistributionPoint")
    point = None
    if reader.next_tag() == _POINT:
        point = _directory_name(reader.inside(_POINT, "distribution point"))
    if reader.next_tag() == _USER:
        der.boolean_true(reader.content(_USER, "onlyContainsUserCerts"), "onlyContainsUserCerts")
    following = reader.next_tag()
    if following in _REFUSED:
        raise CrlRefused(CrlReason.SCOPE, _REFUSED[following])
    reader.finish("issuingDistributionPoint")
    return Scope(point)


def _directory_name(choice: der.Reader) -> bytes:
    if choice.next_tag() != _FULL_NAME:
        raise CrlRefused(CrlReason.SCOPE, "a distribution point relative to its issuer")
    names = choice.inside(_FULL_NAME, "full name")
    choice.finish("distribution point")
    if names.next_tag() != _DIRECTORY_NAME:
        raise CrlRefused(CrlReason.SCOPE, "a distribution point without directory name")
    name = names.content(_DIRECTORY_NAME, "directory name")
    if names.next_tag() is not None:
        raise CrlRefused(CrlReason.SCOPE, "a distribution point of several names")
    name_key(name)
    return name


def point_of(points: x509.CRLDistributionPoints | None) -> bytes | None:
    """The directory name (DER) of a certificate's one distribution point; None when it names none.

    Raises Garbled when there are several, or one for some reasons or of another list issuer: a single list cannot
    speak for such a certificate.
    """
    names = [
        name for point in points or () for name in point.full_name or () if isinstance(name, x509.DirectoryName)
    ]
    if not points or not names:
        return None
    if len(points) != 1 or len(names) != 1 or points[0].reasons is not None or points[0].crl_issuer is not None:
        raise Garbled("a certificate of several distribution points")
    return names[0].value.public_bytes()
