"""The stand-in for J-LIS's latest-information service: who agreed to what, and what has changed. Pure.

The rules are those that are public. A consent is signed with a signature certificate that is good; it counts until
it is taken back, for ten years that are reckoned from the following day. Nothing is told before a newer signature
certificate was issued than the one that the service knows, and then only the items that were agreed to.
"""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from connectors.ports import CertificateKind, CertificateName, Latest, LatestConsent
from connectors.sandbox.authority import Authority
from connectors.sandbox.basic4 import Basic4
from connectors.sandbox.linkage import find, name_of
from connectors.sandbox.state import AgreedLatest, Issued, State

YEARS = 10
_JAPAN = timedelta(hours=9)


class LatestRefused(Exception):
    """Not signed as it should be, or nothing was agreed to that counts."""


def agreed(state: State, authorities: Sequence[Authority], consent: LatestConsent, now: datetime) -> State:
    """The same with that consent. Raises LatestRefused."""
    signer = _signer(state, authorities, consent, now)
    kept = AgreedLatest(signer.resident, consent.service, consent.items, _today(now))
    others = tuple(one for one in state.latest if (one.resident, one.service) != (kept.resident, kept.service))
    return replace(state, latest=(*others, kept))


def withdrawn(
    state: State,
    authorities: Sequence[Authority],
    asked: CertificateName,
    service: str,
    items: Collection[str] = (),
) -> State:
    """The same without these items of a consent of the certificate's holder to that service; all where none is
    named.
    """
    known = find(state, authorities, asked)
    resident = None if known is None else known.resident
    kept = []
    for one in state.latest:
        left = tuple(item for item in one.items if items and item not in items)
        if (one.resident, one.service) != (resident, service):
            kept.append(one)
        elif left:
            kept.append(replace(one, items=left))
    return state if tuple(kept) == state.latest else replace(state, latest=tuple(kept))


def answer(
    state: State, authorities: Sequence[Authority], asked: CertificateName, service: str, now: datetime
) -> Latest:
    """What has changed since the certificate that the service knows. Raises LatestRefused."""
    known = find(state, authorities, asked)
    if known is None or known.slot.kind is not CertificateKind.SIGNATURE:
        raise LatestRefused("no such signature certificate was ever issued")
    consent = next((one for one in state.latest if (one.resident, one.service) == (known.resident, service)), None)
    if consent is None or _today(now) >= _end(consent):
        raise LatestRefused("the holder agrees to nothing here")
    newest = _newest(state, known)
    if newest == known or not _is_good(newest, now):
        return Latest()
    person = next(person for person in state.people if person.id == known.resident)
    values = _values(person.basic4)
    return Latest(name_of(authorities, newest), {item: values[item] for item in consent.items if values[item]})


def _signer(state: State, authorities: Sequence[Authority], consent: LatestConsent, now: datetime) -> Issued:
    """The certificate that has signed the consent."""
    if not consent.message.endswith(hashlib.sha256(consent.statement.encode()).digest()):
        raise LatestRefused("something else was signed than this statement")
    try:
        certificate = x509.load_der_x509_certificate(consent.certificate)
        key = certificate.public_key()
        if not isinstance(key, rsa.RSAPublicKey):
            raise LatestRefused("a key of another kind")
        key.verify(consent.signature, consent.message, padding.PKCS1v15(), hashes.SHA256())
    except (ValueError, InvalidSignature) as error:
        raise LatestRefused("no signature of this certificate") from error
    for authority in authorities:
        if authority.kind is CertificateKind.SIGNATURE and _has_issued(authority, certificate):
            issued = state.find(authority.kind, authority.generation, certificate.serial_number)
            if issued is not None and _is_good(issued, now):
                return issued
    raise LatestRefused("no good signature certificate")


def _has_issued(authority: Authority, certificate: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(authority.certificate)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _is_good(issued: Issued, now: datetime) -> bool:
    return issued.revocation is None and now < issued.not_after


def _newest(state: State, known: Issued) -> Issued:
    """The holder's newest signature certificate on that device: itself, if there is no newer one."""
    return state.current(known.resident, known.slot) or known


def _today(now: datetime) -> date:
    return (now + _JAPAN).date()


def _end(consent: AgreedLatest) -> date:
    """The first day on which it counts no more."""
    first = consent.agreed_on + timedelta(days=1)
    try:
        return first.replace(year=first.year + YEARS)
    except ValueError:  # 29 February
        return date(first.year + YEARS, 3, 1)


def _values(basic4: Basic4) -> Mapping[str, str]:
    return {
        "name": basic4.name,
        "kana": basic4.kana,
        "address": basic4.address,
        "birthdate": f"{basic4.birth:%Y%m%d}",
        "gender": basic4.gender,
    }
