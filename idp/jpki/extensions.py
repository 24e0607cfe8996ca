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
from idp.jpki.octets import bounds, element

_Extension = TypeVar("_Extension", bound=x509.ExtensionType)
_Words = tuple[bytes, bytes]
"""What stands before the octets that name the holder, and behind them."""

_EXTENSIONS = 0xA3  # the tag of the last element of tbsCertificate, where there are any (RFC 5280 section 4.1)
_KEY_ID = bytes.fromhex("301d0603551d0e04160414")
"""How a subject key identifier of 20 octets begins, not critical. The 20 are all that follows."""
_KEY_ID_OCTETS = 20
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
    the critical ones, the subject key identifier's too. `words`: its octets, None where nobody may remember them.
    """

    by_type: Mapping[type[x509.ExtensionType], x509.ExtensionType]
    critical: Set[type[x509.ExtensionType]]
    words: _Words | None = field(default=None, repr=False)

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
    """The octets of all extensions: up to where a subject key identifier names the holder, and from there on.

    Everything is before it where there is none.
    """
    tbs, end = element(der, element(der, 0)[0])
    at = bounds(der, tbs, end)[-2]  # of the last element
    if der[at] != _EXTENSIONS:
        return b"", b""
    before, begun, after = der[at:end].partition(_KEY_ID)
    return before + begun, after[_KEY_ID_OCTETS:]


def _parsed(certificate: x509.Certificate, words: _Words) -> Said:
    by_type = {type(extension.value): extension.value for extension in certificate.extensions}
    critical = {type(extension.value) for extension in certificate.extensions if extension.critical}
    words_of_authority = words if _is_of_authority(by_type.keys(), words) else None
    by_type.pop(x509.SubjectKeyIdentifier, None)
    return Said(by_type, critical, words_of_authority)


def _is_of_authority(types: Set[type[x509.ExtensionType]], words: _Words) -> bool:
    """Whether these words say nothing of the holder, and are short enough to be remembered."""
    before, after = words
    if len(before) + len(after) > _LONGEST_REMEMBERED:
        return False
    if not before.endswith(_KEY_ID):
        return types <= _OF_AUTHORITY
    cut = len(before) - len(_KEY_ID)
    begin, _ = element(before, element(before, 0)[0])
    is_whole = bounds(before, begin, cut)[-1] == cut  # and not something inside of another extension
    return is_whole and types - {x509.SubjectKeyIdentifier} <= _OF_AUTHORITY


def remember(said: Said) -> None:
    """Know these words again. Only those of a verified certificate: strangers' would fill the memory."""
    if said.words is None or said.words in _known:
        return
    if len(_known) >= _MOST_REMEMBERED:
        _known.clear()  # those that count come again
    _known[said.words] = said
