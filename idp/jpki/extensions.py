"""What stands in a certificate's extensions. Nothing here says that it can be trusted.

But for the subject key identifier, a user certificate's extensions are its authority's words, octet for octet the
same in thousands of certificates: those of a certificate that was verified are known again by their octets, and
not parsed anew. What may name a holder, or comes from a stranger, is parsed for each certificate and forgotten
with it.
"""

from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar

from cryptography import x509

from idp.jpki import crl_scope
from idp.jpki.octets import bounds, element, elements

_Extension = TypeVar("_Extension", bound=x509.ExtensionType)
_Words = tuple[bytes, ...]

_EXTENSIONS = 0xA3  # the tag of the last element of tbsCertificate, where there are any (RFC 5280 section 4.1)
_KEY_ID = bytes.fromhex("301d0603551d0e04160414")
"""How a subject key identifier of 20 octets begins, not critical. The 20 are all that follows."""
_OF_AUTHORITY = frozenset(
    {
        x509.KeyUsage,
        x509.ExtendedKeyUsage,
        x509.CertificatePolicies,
        x509.IssuerAlternativeName,
        x509.CRLDistributionPoints,
        x509.AuthorityInformationAccess,
        x509.AuthorityKeyIdentifier,
    }
)
"""Extensions that name no holder: with others beside them, nothing is remembered."""
_MOST_REMEMBERED, _LONGEST_REMEMBERED = 2048, 2048
"""JPKI's words take some 700 bytes, and there is a distribution point for every municipality."""


@dataclass(frozen=True)
class Said:
    """What all of a certificate's extensions say but its subject key identifier, which nobody asks for.

    `by_type`: under the classes of their values (of those unknown to the parser: one). `critical`: the classes of
    the critical ones, the subject key identifier's too. `words`: its octets, where they may be remembered.
    """

    by_type: Mapping[type[x509.ExtensionType], x509.ExtensionType]
    critical: Set[type[x509.ExtensionType]]
    words: _Words = field(default=(), repr=False)

    def find(self, kind: type[_Extension]) -> _Extension | None:
        """The value of the extension of that class, if there."""
        value = self.by_type.get(kind)
        return value if isinstance(value, kind) else None

    @cached_property
    def issuer_key_id(self) -> bytes | None:
        """The key identifier of the authority key identifier, if any."""
        value = self.find(x509.AuthorityKeyIdentifier)
        return value.key_identifier if value is not None else None

    @cached_property
    def purposes(self) -> bytes | None:
        """The value of extKeyUsage in DER, if it is there."""
        value = self.find(x509.ExtendedKeyUsage)
        return value.public_bytes() if value is not None else None

    @cached_property
    def key_usage(self) -> bytes | None:
        """The value of keyUsage in DER, if it is there: two are the same if their octets are."""
        value = self.find(x509.KeyUsage)
        return value.public_bytes() if value is not None else None

    @cached_property
    def policies(self) -> tuple[str, ...]:
        """The policies, in the order in which they stand there."""
        return tuple(
            policy.policy_identifier.dotted_string for policy in self.find(x509.CertificatePolicies) or ()
        )

    @cached_property
    def crl_point(self) -> bytes | None:
        """DER Name of the CRL distribution point, or None. Raises NoEvidence when there is more than one."""
        return crl_scope.point_of(self.find(x509.CRLDistributionPoints))


_known: dict[_Words, Said] = {}


def parse(certificate: x509.Certificate, der: bytes) -> Said:
    """The extensions of a certificate that was parsed from this DER. Raises what the parser raises.

    It raises for an extension that does not parse or stands twice.
    """
    words = _words(der)
    known = _known.get(words)
    return _parsed(certificate, words) if known is None else known


def _words(der: bytes) -> _Words:
    """The octets of every extension, of the subject key identifier without those that are the holder's."""
    tbs, end = element(der, element(der, 0)[0])
    at = bounds(der, tbs, end)[-2]  # of the last element
    if der[at] != _EXTENSIONS:
        return ()
    begin, end = element(der, element(der, at)[0])
    found = elements(der, begin, end)
    return tuple([_KEY_ID if octets.startswith(_KEY_ID) else octets for octets in found])


def _parsed(certificate: x509.Certificate, words: _Words) -> Said:
    by_type = {type(extension.value): extension.value for extension in certificate.extensions}
    critical = {type(extension.value) for extension in certificate.extensions if extension.critical}
    of_holder = by_type.keys() - _OF_AUTHORITY
    if _KEY_ID in words:  # without the octets that are the holder's
        of_holder.discard(x509.SubjectKeyIdentifier)
    by_type.pop(x509.SubjectKeyIdentifier, None)
    short = sum(map(len, words)) <= _LONGEST_REMEMBERED
    return Said(by_type, critical, words if short and not of_holder else ())


def remember(said: Said) -> None:
    """Know these words again. Only those of a verified certificate: strangers' would fill the memory."""
    if not said.words or said.words in _known:
        return
    if len(_known) >= _MOST_REMEMBERED:
        _known.clear()  # those that count come again
    _known[said.words] = said
