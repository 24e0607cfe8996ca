"""Revocation evidence about a certificate that has expired: of the time when it was used, from before its end.

An authority need not list a certificate any more once it has expired (RFC 5280 section 3.3), so whatever it says
after that says nothing. What counts is a list or an OCSP answer signed before the certificate's end and made after
the moment in question or, at that moment, as young as evidence had to be. It may stand in the document itself: its
issuer signed it. Pure.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.x509 import ocsp

from idp.jpki.certificate import UNREADABLE
from idp.jpki.path.policy import Revocation
from idp.jpki.path.reasons import PathReason, PathRefusal
from idp.jpki.revocation import CLOCK_SKEW, Evidence, Method, NoEvidence
from idp.revocation.policy import RevocationPolicy
from idp.signatures.found import Enclosed
from idp.trust import tiers

_NEVER_GOOD = frozenset({"keyCompromise", "cACompromise"})
"""Reasons of revocation that no time stamp helps against: when the key was lost nobody knows."""


def was_good(stamped_at: datetime, revoked_at: datetime | None, reason: str | None) -> bool:
    """Whether a certificate was good at a stamp's moment, though it was revoked at `revoked_at`."""
    return revoked_at is not None and stamped_at < revoked_at and reason not in _NEVER_GOOD


@dataclass(frozen=True, slots=True)
class Covered:
    """What shows that a leaf was good then. `revoked_since`: it was revoked later, before its end."""

    evidence: Evidence
    revoked_since: bool


@dataclass(frozen=True, slots=True)
class Question:
    """`at`: the moment in question; `now`: of asking; `policy`: how old evidence might be at that moment."""

    at: datetime
    now: datetime
    policy: RevocationPolicy


@dataclass(frozen=True, slots=True)
class _Piece:
    """A list of the certificate's issuer, or an answer about its number. `revoked_at`, `reason`: if revoked."""

    method: Method
    der: bytes
    this_update: datetime
    next_update: datetime
    revoked_at: datetime | None
    reason: str | None


def covered(path: Sequence[bytes], enclosed: Enclosed, question: Question) -> Covered:
    """What shows that a path's leaf was good, once every tier above it was shown to be.

    `path`: from the leaf to the anchor. Raises PathRefusal: REVOKED for a tier that was revoked by the moment in
    question, EVIDENCE_MISSING for one of which nothing shows anything.
    """
    for tier in range(len(path) - 2, 0, -1):
        _tier(path, tier, enclosed, question)
    return _tier(path, 0, enclosed, question)


def _tier(path: Sequence[bytes], tier: int, enclosed: Enclosed, question: Question) -> Covered:
    """The youngest piece that shows it of one certificate of the path. Raises PathRefusal."""
    certificate = x509.load_der_x509_certificate(path[tier])
    good: list[Evidence] = []
    since = False
    for piece in _pieces(certificate, enclosed):
        if piece.this_update > question.now + CLOCK_SKEW:
            continue
        is_revoked = _says_revoked(path, tier, piece, max(question.at, piece.this_update))
        if is_revoked is None:
            continue
        if is_revoked and not was_good(question.at, piece.revoked_at, piece.reason):
            raise PathRefusal(PathReason.REVOKED, "by the time stamp's moment")
        since = since or is_revoked
        evidence = _evidence(piece, question)
        if evidence is not None and (is_revoked or piece.this_update <= certificate.not_valid_after_utc):
            good.append(evidence)
    if not good:
        raise PathRefusal(PathReason.EVIDENCE_MISSING, "nothing of the time before its end")
    return Covered(max(good, key=lambda one: one.this_update), since)


def _says_revoked(path: Sequence[bytes], tier: int, piece: _Piece, moment: datetime) -> bool | None:
    """What an authentic piece says that counted at that moment; None of any other."""
    try:
        if piece.method is Method.CRL:
            tiers.require_good(path, tier, (piece.der,), (), moment, Revocation.CRL)
        else:
            tiers.require_good(path, tier, (), (piece.der,), moment, Revocation.OCSP)
    except PathRefusal as refusal:
        return True if refusal.reason is PathReason.REVOKED else None
    return False


def _evidence(piece: _Piece, question: Question) -> Evidence | None:
    """The piece as evidence; None where it was too old at the moment in question."""
    digest = hashlib.sha256(piece.der).digest()
    evidence = Evidence(piece.method, question.now, piece.this_update, piece.next_update, digest)
    try:
        return question.policy.require_young(evidence, now=question.at)
    except NoEvidence:
        return None


def _pieces(certificate: x509.Certificate, enclosed: Enclosed) -> Iterator[_Piece]:
    yield from _readable(enclosed.lists, lambda der: _of_list(certificate, der))
    yield from _readable(enclosed.answers, lambda der: _of_answer(certificate, der))


def _readable(ders: Sequence[bytes], read: Callable[[bytes], list[_Piece]]) -> Iterator[_Piece]:
    for der in dict.fromkeys(ders):
        try:
            yield from read(der)
        except UNREADABLE:
            continue


def _of_list(certificate: x509.Certificate, der: bytes) -> list[_Piece]:
    crl = x509.load_der_x509_crl(der)
    if crl.issuer != certificate.issuer or crl.next_update_utc is None:
        return []
    entry = crl.get_revoked_certificate_by_serial_number(certificate.serial_number)
    revoked_at, reason = None, None
    if entry is not None:
        revoked_at = entry.revocation_date_utc
        stated = [one.value for one in entry.extensions if isinstance(one.value, x509.CRLReason)]
        reason = stated[0].reason.value if stated else None
    return [_Piece(Method.CRL, der, crl.last_update_utc, crl.next_update_utc, revoked_at, reason)]


def _of_answer(certificate: x509.Certificate, der: bytes) -> list[_Piece]:
    return [
        _Piece(
            Method.OCSP,
            der,
            one.this_update_utc,
            one.next_update_utc,
            one.revocation_time_utc,
            None if one.revocation_reason is None else one.revocation_reason.value,
        )
        for one in ocsp.load_der_ocsp_response(der).responses
        if one.serial_number == certificate.serial_number and one.next_update_utc is not None
    ]
