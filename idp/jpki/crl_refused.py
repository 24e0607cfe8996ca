"""Why a certificate revocation list was not taken: a closed set of reasons under one root.

A refused list tells nothing about any certificate, so every refusal is `NoEvidence` too.
"""

from enum import StrEnum

from idp.jpki.revocation import NoEvidence


class CrlReason(StrEnum):
    """What is wrong with a list. Values are stable: commands print them and metrics count them."""

    GARBLED = "garbled"
    """Not the strict DER of exactly one CertificateList, or an entry list that does not chain."""
    TOO_LARGE = "too_large"
    VERSION = "version"
    ALGORITHM = "algorithm"
    """Not in the algorithm table, or outer and inner AlgorithmIdentifier differ."""
    NO_NEXT_UPDATE = "no_next_update"
    NOT_YET = "not_yet"
    """thisUpdate lies in the future: taken, it would keep out every true list until then."""
    UNKNOWN_ISSUER = "unknown_issuer"
    """No trust anchor has the list's authority key identifier, name and right to sign lists."""
    SIGNATURE = "signature"
    EXTENSION = "extension"
    """An unknown critical extension, of the list or of an entry."""
    DELTA = "delta"
    SCOPE = "scope"
    """An issuingDistributionPoint that we do not support: indirect, some reasons, other certificates."""
    INDIRECT_ENTRY = "indirect_entry"
    REMOVE_FROM_CRL = "remove_from_crl"
    ROLLBACK = "rollback"
    """Not newer than the list in use, by CRLNumber or by thisUpdate."""
    BUSY = "busy"
    """Another loader is at work in this folder."""
    DAMAGED = "damaged"
    """An index that is not what was written."""
    STORAGE = "storage"
    """Reading the list or writing the index failed."""


class CrlRefused(NoEvidence):
    """A list, or an index of one, that is not taken. `detail` holds no serial number.

    Of all these a list that is not newer than the one in use is authentic but old.
    """

    def __init__(self, reason: CrlReason, detail: str) -> None:
        super().__init__(f"{reason}: {detail}", stale=reason is CrlReason.ROLLBACK)
        self.reason = reason
        self.detail = detail


class UnknownIssuer(CrlRefused):
    """A list that no trust anchor answers for: what it says of its own issuer, unverified."""

    def __init__(self, detail: str, *, key_id: bytes = b"", name: bytes = b"") -> None:
        super().__init__(CrlReason.UNKNOWN_ISSUER, detail)
        self.unverified_key_id = key_id
        self.unverified_name = name


class Garbled(CrlRefused):
    """Bytes that are not the DER they should be."""

    def __init__(self, detail: str) -> None:
        super().__init__(CrlReason.GARBLED, detail)
