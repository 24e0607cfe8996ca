"""What the stand-in for J-LIS knows of certificates that belong to one person: pure, a state in, an answer out.

The rules are our own, because the real service's are under non-disclosure; only its kinds of answers are public.
Certificates are linked within one kind. A card's certificate is linked to the one that it follows if it was issued
before that one's papers were thrown away; a phone's to the card with which it was enrolled. A certificate of which
`unlinked` is set has lost its papers: nothing is found of it, and it is found of no other. The two kinds are tied
where they stand on one card or phone.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from connectors.ports import CertificateName, Lineage, LineageAnswer, TieAnswer, Ties
from connectors.sandbox.authority import Authority
from connectors.sandbox.profile import Device
from connectors.sandbox.state import Issued, LinkageMode, State

KEPT = timedelta(days=5 * 365)
"""How long after a certificate's end its papers are kept."""


def answer(state: State, authorities: Sequence[Authority], asked: CertificateName) -> Lineage | None:
    """Which other certificates belong to the holder of `asked`; None when it was never issued.

    Where earlier certificates are out of reach it is UNOBTAINABLE; what is linked all the same is named.
    """
    certificate = find(state, authorities, asked)
    if certificate is None:
        return None
    if certificate.unlinked or state.linkage_mode is LinkageMode.UNOBTAINABLE:
        return Lineage(LineageAnswer.UNOBTAINABLE)
    of_person = [c for c in state.certificates if c.resident == certificate.resident and _kin(c, certificate)]
    groups = list(_groups([c for c in of_person if not c.unlinked]))
    group = next(group for group in groups if certificate in group)
    others = tuple(name_of(authorities, c) for c in group if c is not certificate)
    if group is not groups[0]:
        return Lineage(LineageAnswer.UNOBTAINABLE, others)
    return Lineage(LineageAnswer.LINKED if others else LineageAnswer.FIRST, others)


def ties(state: State, authorities: Sequence[Authority], asked: CertificateName) -> Ties | None:
    """The holder's certificates of the other kind on the same card or phone; None when it was never issued."""
    certificate = find(state, authorities, asked)
    if certificate is None:
        return None
    if certificate.unlinked or state.linkage_mode is LinkageMode.UNOBTAINABLE:
        return Ties(TieAnswer.UNOBTAINABLE)
    beside = [c for c in reversed(state.certificates) if _stands_beside(c, certificate)]
    if not beside:
        return Ties(TieAnswer.NONE)
    names = tuple(name_of(authorities, c) for c in beside if not c.unlinked)
    return Ties(TieAnswer.TIED, names) if names else Ties(TieAnswer.UNOBTAINABLE)


def _groups(of_person: Sequence[Issued]) -> Iterator[list[Issued]]:
    """A person's certificates of one kind, in order of issue, cut wherever the papers were thrown away."""
    group: list[Issued] = []
    card: Issued | None = None
    for certificate in of_person:
        if certificate.slot.device is Device.CARD:
            if card is not None and _is_too_late(certificate, after=card):
                yield group
                group = []
            card = certificate
        group.append(certificate)
    yield group


def _is_too_late(certificate: Issued, *, after: Issued) -> bool:
    if certificate.issued_at is None:  # in a sandbox of before that was remembered
        return False
    return certificate.issued_at > _end(after) + KEPT


def _end(certificate: Issued) -> datetime:
    if certificate.revocation is None:
        return certificate.not_after
    return min(certificate.not_after, certificate.revocation.at)


def _kin(one: Issued, other: Issued) -> bool:
    return one.slot.kind is other.slot.kind


def _stands_beside(one: Issued, other: Issued) -> bool:
    same_holder = (one.resident, one.slot.device) == (other.resident, other.slot.device)
    return same_holder and not _kin(one, other)


def find(state: State, authorities: Sequence[Authority], asked: CertificateName) -> Issued | None:
    """The certificate of that name, if it was ever issued."""
    for authority in authorities:
        if authority.kind is asked.kind and authority.key_id == asked.issuer_key_id:
            return state.find(asked.kind, authority.generation, asked.serial)
    return None


def name_of(authorities: Sequence[Authority], certificate: Issued) -> CertificateName:
    """As the services of J-LIS name it."""
    kind, generation = certificate.slot.kind, certificate.generation
    issuer = next(a for a in authorities if (a.kind, a.generation) == (kind, generation))
    return CertificateName(kind, issuer.key_id, certificate.serial)
