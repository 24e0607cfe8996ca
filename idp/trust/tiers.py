"""Revocation tier by tier: where a list or an answer will do, and what a verdict names as its evidence."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from cryptography import x509
from cryptography.x509 import ocsp

from idp.jpki.path import gate, lists, responses
from idp.jpki.path.limits import Budget
from idp.jpki.path.policy import Revocation
from idp.jpki.path.reasons import PathReason, PathRefusal
from idp.jpki.path.status import Judge
from idp.jpki.revocation import Method

_Item = TypeVar("_Item")
_NO_EVIDENCE = (PathReason.EVIDENCE_MISSING, PathReason.EVIDENCE_TOO_OLD)


@dataclass(frozen=True, slots=True, kw_only=True)
class TierEvidence:
    """One list or answer about one certificate of a path; `tier` counts from the leaf, 0.

    `sha256`: of the list or the response in DER, by which it can be found again.
    """

    tier: int
    method: Method
    this_update: datetime
    next_update: datetime
    sha256: bytes


def without_list(path: Sequence[bytes], crls: Iterable[bytes], at: datetime) -> list[int]:
    """The tiers for which no fresh list speaks. Raises PathRefusal with REVOKED for one that any list names."""
    missing = []
    for tier in _from_the_top(path):
        try:
            require_good(path, tier, crls, (), at, Revocation.CRL)
        except PathRefusal as refusal:
            if refusal.reason not in _NO_EVIDENCE:
                raise
            missing.append(tier)
    return missing


def require_answers(path: Sequence[bytes], only: Iterable[int], answers: Sequence[bytes], at: datetime) -> None:
    """These tiers must each have a good answer. Raises PathRefusal: REVOKED, STATUS_UNKNOWN, EVIDENCE_*."""
    for tier in only:
        require_good(path, tier, (), answers, at, Revocation.OCSP)


def lists_of(path: Sequence[bytes], crls: Iterable[bytes]) -> tuple[bytes, ...]:
    """The lists that bear the name of one of the path's authorities."""
    issuers = {x509.load_der_x509_certificate(der).subject for der in path[1:]}
    return tuple(der for der in crls if x509.load_der_x509_crl(der).issuer in issuers)


def evidence_of(
    path: Sequence[bytes], crls: Iterable[bytes], answers: Iterable[bytes]
) -> tuple[TierEvidence, ...]:
    """What speaks about each tier of a path that was found good: its issuer's lists, answers about its serial."""
    certificates = [x509.load_der_x509_certificate(der) for der in path]
    found: list[TierEvidence] = []
    for tier, certificate in enumerate(certificates[:-1]):
        found += _of_lists(tier, certificate, crls)
        found += _of_answers(tier, certificate, answers)
    return tuple(found)


def _of_lists(tier: int, certificate: x509.Certificate, crls: Iterable[bytes]) -> Iterator[TierEvidence]:
    for der in crls:
        crl = x509.load_der_x509_crl(der)
        if crl.issuer == certificate.issuer and crl.next_update_utc is not None:
            yield _evidence(tier, Method.CRL, crl.last_update_utc, crl.next_update_utc, der)


def _of_answers(tier: int, certificate: x509.Certificate, answers: Iterable[bytes]) -> Iterator[TierEvidence]:
    for der in answers:
        with suppress(ValueError):  # an unsuccessful answer, which the engine left out
            for single in ocsp.load_der_ocsp_response(der).responses:
                if single.serial_number == certificate.serial_number and single.next_update_utc is not None:
                    yield _evidence(tier, Method.OCSP, single.this_update_utc, single.next_update_utc, der)


def _evidence(tier: int, method: Method, this_update: datetime, next_update: datetime, der: bytes) -> TierEvidence:
    digest = hashlib.sha256(der).digest()
    return TierEvidence(tier=tier, method=method, this_update=this_update, next_update=next_update, sha256=digest)


def _from_the_top(path: Sequence[bytes]) -> range:
    """The anchor's own issue first; the anchor itself is never judged."""
    return range(len(path) - 2, -1, -1)


def require_good(
    path: Sequence[bytes],
    tier: int,
    crls: Iterable[bytes],
    answers: Iterable[bytes],
    at: datetime,
    revocation: Revocation,
) -> None:
    """Judge one certificate by its issuer's own lists and answers: lists of other signers do not count here.

    Raises PathRefusal: REVOKED, STATUS_UNKNOWN, EVIDENCE_*.
    """
    budget = Budget()
    judge = Judge(
        lists=list(_passing(lists_of(path[tier : tier + 2], crls), lists.read_list, budget)),
        answers=list(_passing(answers, responses.read_response, budget)),
        certificates=[],
        signer_paths=lambda _signer, _anchor: iter(()),
        indirect_covers=False,
        now=at,
        budget=budget,
    )
    judge.require_good([gate.read(path[tier], budget), gate.read(path[tier + 1], budget)], revocation)


def _passing(items: Iterable[bytes], read: Callable[[bytes, Budget], _Item], budget: Budget) -> Iterator[_Item]:
    for item in items:
        try:
            yield read(item, budget)
        except PathRefusal:
            if budget.is_overdrawn:  # what is unread may say *revoked*
                raise
