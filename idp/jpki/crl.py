"""Certificate revocation lists: the judgement of one whole-CA list (RFC 5280 section 5 and 6.3)."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from idp.jpki.certificate import UNREADABLE
from idp.jpki.revocation import Evidence, Method, NoEvidence, require_fresh, revoked
from idp.jpki.trust import Anchor

MAX_AGE = timedelta(hours=48)
"""JPKI lists are issued daily; the day before's list may still be the one in use."""
_UNDERSTOOD = {x509.AuthorityKeyIdentifier.oid, x509.CRLNumber.oid}
_ENTRY_UNDERSTOOD = {x509.CRLReason.oid, x509.InvalidityDate.oid}


@dataclass(frozen=True, slots=True)
class RevocationList:
    """A judged list as a lookup value: serial number -> CRLReason name."""

    this_update: datetime
    next_update: datetime | None
    digest: bytes
    reasons: Mapping[int, str]

    def evidence_for(self, serial: int, *, now: datetime) -> Evidence:
        """Evidence that `serial` does not stand in this list.

        Raises NoEvidence (stale) for a list that is too old, Refusal with CERTIFICATE_REVOKED for an entry.
        An entry counts even in an old list: revocation is not undone.
        """
        _require_not_listed(self.reasons, serial)
        next_update = require_fresh(self.this_update, self.next_update, now=now, max_age=MAX_AGE)
        return Evidence(Method.CRL, now, self.this_update, next_update, self.digest)


def _require_not_listed(reasons: Mapping[int, str], serial: int) -> None:
    if serial in reasons:
        raise revoked(reasons[serial])


def judge(unverified_der: bytes, anchor: Anchor) -> RevocationList:
    """Judge a CertificateList that should cover every user certificate of `anchor`.

    What is proven: it parses; issuer name, signature (SHA-256) and, where there is one, key
    identifier are the anchor's; it is complete (no
    delta, no distribution point narrowing its scope); nothing critical is ignored. Its age is judged at use.
    Raises NoEvidence otherwise.
    """
    try:
        crl = x509.load_der_x509_crl(unverified_der)
        if not isinstance(crl.signature_hash_algorithm, hashes.SHA256):
            raise NoEvidence("CRL is not signed with SHA-256")
        if crl.issuer != anchor.certificate.subject or not crl.is_signature_valid(anchor.public_key):
            raise NoEvidence("CRL is not signed by this anchor")
        _require_whole_list(crl.extensions, anchor)
        reasons = {entry.serial_number: _reason(entry) for entry in crl}
    except UNREADABLE as error:
        raise NoEvidence("CRL does not parse") from error
    digest = hashlib.sha256(unverified_der).digest()
    return RevocationList(crl.last_update_utc, crl.next_update_utc, digest, reasons)


def _require_whole_list(extensions: x509.Extensions, anchor: Anchor) -> None:
    for extension in extensions:
        value = extension.value
        if isinstance(value, x509.AuthorityKeyIdentifier) and value.key_identifier != anchor.key_id:
            raise NoEvidence("CRL of another generation")
        if isinstance(value, x509.IssuingDistributionPoint):
            raise NoEvidence("CRL of one distribution point instead of the whole list")
        if isinstance(value, x509.DeltaCRLIndicator):
            raise NoEvidence("delta CRL")
        if extension.critical and extension.oid not in _UNDERSTOOD:
            raise NoEvidence("unknown critical extension in the CRL")


def _reason(entry: x509.RevokedCertificate) -> str:
    for extension in entry.extensions:
        if extension.critical and extension.oid not in _ENTRY_UNDERSTOOD:
            raise NoEvidence("unknown critical extension in a CRL entry")
    try:
        return entry.extensions.get_extension_for_class(x509.CRLReason).value.reason.value
    except x509.ExtensionNotFound:
        return "unspecified"
