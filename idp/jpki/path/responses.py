"""OCSP responses through the gate, and who may sign them (RFC 6960 sections 3.2 and 4.2.2)."""

import contextlib
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from idp.jpki.path import algorithms, der, gate, names, rules
from idp.jpki.path.algorithms import SignatureAlgorithm
from idp.jpki.path.gate import PARSE_ERRORS, Gated
from idp.jpki.path.limits import MAX_OCSP_BYTES, MAX_POOL_CERTIFICATES, Budget
from idp.jpki.path.policy import OCSP_SIGNING, PathPolicy
from idp.jpki.path.reasons import PathReason, PathRefusal

_SINGLE_EXTENSIONS = 0xA1
_HASHING, _DELEGATE = 5, 20
"""What two hashes, and a look at a possible delegate, cost in comparisons."""
CLOCK_SKEW = timedelta(seconds=60)
_HASHES = {"sha1": hashlib.sha1, "sha256": hashlib.sha256, "sha384": hashlib.sha384, "sha512": hashlib.sha512}
"""CertID hashes only find the certificate; nothing is believed because of them."""


@dataclass(frozen=True, slots=True)
class Single:
    """One answer: its CertID, and what it says when. `hash_name` is a key of the known hashes."""

    hash_name: str
    issuer_name_hash: bytes
    issuer_key_hash: bytes
    serial: int
    status: ocsp.OCSPCertStatus
    this_update: datetime
    next_update: datetime | None


@dataclass(frozen=True, slots=True, eq=False)
class GatedResponse:
    """A successful basic response of known shape. `certificates`: those sent along that passed the gate."""

    singles: tuple[Single, ...]
    tbs: bytes
    signature: bytes
    signed_with: SignatureAlgorithm
    responder_key_hash: bytes | None
    responder_name: names.RdnKeys | None
    certificates: tuple[Gated, ...]


def read_response(unverified_der: bytes, budget: Budget, *, weak_ok: bool = False) -> GatedResponse:
    """Pass one OCSPResponse through the gate.

    Raises PathRefusal: TOO_LARGE; ALGORITHM_REFUSED; MALFORMED for anything that is not one canonical, successful
    basic response, or that holds a critical extension.
    """
    if len(unverified_der) > MAX_OCSP_BYTES:
        raise PathRefusal(PathReason.TOO_LARGE, "OCSP response")
    budget.spend_elements(der.walk(unverified_der))
    basic = _basic(unverified_der)
    budget.spend_elements(der.walk(basic))
    parts = gate.signed_parts(basic)
    row = algorithms.signature_algorithm(parts.algorithm, weak_ok=weak_ok)
    try:
        response = ocsp.load_der_ocsp_response(unverified_der)
        critical = any(e.critical for e in response.extensions) or _has_critical_single(basic, parts.tbs_element)
        sent = response.certificates
        name = response.responder_name
        found = GatedResponse(
            singles=tuple(map(_single, response.responses)),
            tbs=parts.tbs,
            signature=parts.signature,
            signed_with=row,
            responder_key_hash=response.responder_key_hash,
            responder_name=None if name is None else names.rdn_keys(name.public_bytes(), budget),
            certificates=tuple(_passing(sent, budget, weak_ok=weak_ok)),
        )
    except PARSE_ERRORS as error:
        raise PathRefusal(PathReason.MALFORMED, f"OCSP: {type(error).__name__}") from error
    if critical:
        raise PathRefusal(PathReason.MALFORMED, "OCSP: critical extension that is not processed")
    return found


def _basic(data: bytes) -> bytes:
    """The BasicOCSPResponse inside: ENUMERATED successful, [0] { SEQUENCE { OID, OCTET STRING } }."""
    parts = der.children(data, der.whole(data))
    if len(parts) != 2 or data[parts[0].start : parts[0].end] != b"\x0a\x01\x00" or parts[1].tag != 0xA0:
        raise PathRefusal(PathReason.MALFORMED, "OCSP: not a successful response")
    outer = der.children(data, parts[1])
    inner = der.children(data, outer[0]) if [e.tag for e in outer] == [0x30] else []
    if [e.tag for e in inner] != [0x06, 0x04]:
        raise PathRefusal(PathReason.MALFORMED, "OCSP: not a basic response")
    return data[inner[1].content : inner[1].end]


def _has_critical_single(data: bytes, tbs: der.Element) -> bool:
    """Whether a SingleResponse holds a critical extension: its parser does not show them."""
    (responses,) = [e for e in der.children(data, tbs) if e.tag == 0x30]
    return any(
        data[member.start : member.end] == b"\x01\x01\xff"
        for single in der.children(data, responses)
        for tagged in der.children(data, single)[3:]
        if tagged.tag == _SINGLE_EXTENSIONS
        for listed in der.children(data, tagged)
        for extension in der.children(data, listed)
        for member in der.children(data, extension)
    )


def _passing(sent: list[x509.Certificate], budget: Budget, *, weak_ok: bool) -> Iterator[Gated]:
    for certificate in sent[:MAX_POOL_CERTIFICATES]:
        with contextlib.suppress(PathRefusal):
            yield gate.read(certificate.public_bytes(Encoding.DER), budget, weak_ok=weak_ok)


def _single(answer: ocsp.OCSPSingleResponse) -> Single:
    """Everything is read at the gate: some fields raise only when they are looked at."""
    return Single(
        answer.hash_algorithm.name,
        answer.issuer_name_hash,
        answer.issuer_key_hash,
        answer.serial_number,
        answer.certificate_status,
        answer.this_update_utc,
        answer.next_update_utc,
    )


def singles_for(response: GatedResponse, certificate: Gated, issuer: Gated, budget: Budget) -> list[Single]:
    """The answers whose CertID is this certificate's: hashes of issuer name and key, and the serial number.

    Raises PathRefusal with SEARCH_EXHAUSTED.
    """
    budget.spend_comparisons(len(response.singles))
    return [single for single in response.singles if _is_about(single, certificate, issuer, budget)]


def _is_about(single: Single, certificate: Gated, issuer: Gated, budget: Budget) -> bool:
    digest = _HASHES.get(single.hash_name)
    if digest is None or single.serial != certificate.serial:
        return False
    budget.spend_comparisons(_HASHING)
    return (
        single.issuer_name_hash == digest(certificate.issuer_der).digest()
        and single.issuer_key_hash == digest(issuer.key_bits).digest()
    )


def is_authorised(response: GatedResponse, issuer: Gated, now: datetime, budget: Budget) -> bool:
    """Whether the issuer signed the response itself, or a responder that it certified directly for that.

    A delegated responder asserts OCSPSigning and OCSPNoCheck (nobody could tell us that it was revoked), is no
    CA, may sign, and is inside its time.
    """
    candidates = [issuer, *(c for c in response.certificates if _is_delegate(c, issuer, now, budget))]
    return any(
        _is_named(response, candidate)
        and candidate.signed(response.signed_with, response.signature, response.tbs, budget)
        for candidate in candidates
    )


def _is_named(response: GatedResponse, candidate: Gated) -> bool:
    if response.responder_name is not None:
        return response.responder_name == candidate.subject
    return response.responder_key_hash == hashlib.sha1(candidate.key_bits, usedforsecurity=False).digest()


def _is_delegate(candidate: Gated, issuer: Gated, now: datetime, budget: Budget) -> bool:
    budget.spend_comparisons(_DELEGATE)
    purposes, usage = candidate.value(x509.ExtendedKeyUsage), candidate.value(x509.KeyUsage)
    try:
        rules.require_time(candidate, now)
        rules.require_shape(candidate, PathPolicy())
    except PathRefusal:
        return False
    return (
        candidate.issuer == issuer.subject
        and candidate.authority_key_id in (None, issuer.key_id)
        and not candidate.is_authority
        and purposes is not None
        and OCSP_SIGNING in {p.dotted_string for p in purposes}
        and (usage is None or usage.digital_signature)
        and candidate.find(x509.OCSPNoCheck) is not None
        and issuer.signed(candidate.signed_with, candidate.signature, candidate.tbs, budget)
    )
