"""Evidence from indexed lists: what those in use say of a certificate, or of a serial number alone."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from idp.jpki.crl_reasons import BY_SEVERITY
from idp.jpki.crl_refused import CrlRefused
from idp.jpki.revocation import Evidence, Method, NoEvidence, require_fresh, revoked
from idp.jpki.trust import Anchor
from idp.store.crl_index.catalogue import Catalogue
from idp.store.crl_index.index import Index
from idp.store.crl_index.layout import Facts

MAX_AGE = timedelta(hours=48)
"""JPKI lists are issued daily; the day before's list may still be the one in use."""


class Status(StrEnum):
    """What lists say of a serial number alone. There is no *valid*: a list proves neither issue nor time."""

    REVOKED = "revoked"
    NOT_LISTED = "not_listed"
    EVIDENCE_MISSING = "evidence_missing"
    """In no list that we have, but a list that would have to be asked is missing or too old."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """A status; `reason` (CRLReason name) accompanies REVOKED."""

    status: Status
    reason: str | None = None


_REVOKED = {reason: Verdict(Status.REVOKED, reason) for reason in BY_SEVERITY}


class IndexedLists:
    """The lists in use. Certificates are asked about one at a time, serial numbers by the hundred thousand."""

    def __init__(self, catalogue: Catalogue, now: Callable[[], datetime]) -> None:
        self._catalogue = catalogue
        self._now = now

    def evidence_for(self, anchor: Anchor, serial: int, *, point: bytes | None = None) -> Evidence:
        """Evidence that `serial` of `anchor` stands in no list that covers it.

        `point`: the DER Name of the certificate's distribution point (`crl_scope.point_of`). Raises Refusal with
        CERTIFICATE_REVOKED for an entry, even in an old list: revocation is not undone; NoEvidence when no list
        of this anchor covers the certificate, and NoEvidence (stale) when every one that does is too old.
        """
        covering = self._catalogue.covering(anchor, point)
        for index in covering:
            reason = index.reason_of(serial)
            if reason is not None:
                said = index.facts
                found = Evidence(Method.CRL, self._now(), said.this_update, said.next_update, said.digest)
                raise revoked(reason, evidence=found)
        if not covering:
            raise NoEvidence("no CRL covers the certificate")
        now = self._now()
        facts = covering[0].facts
        if len(covering) > 1:
            facts = max((index.facts for index in covering), key=lambda one: (is_fresh(one, now), one.this_update))
        next_update = require_fresh(facts.this_update, facts.next_update, now=now, max_age=MAX_AGE)
        return Evidence(Method.CRL, now, facts.this_update, next_update, facts.digest)

    def covers(self, anchor: Anchor, point: bytes | None) -> bool:
        """Whether a fresh list in use speaks for the certificates of `anchor` with that distribution point."""
        try:
            now = self._now()
            return any(is_fresh(index.facts, now) for index in self._catalogue.covering(anchor, point))
        except CrlRefused:
            return False

    def verdicts(self, anchor: Anchor, serials: Sequence[int], *, point: bytes | None = None) -> list[Verdict]:
        """What all lists of `anchor` say of each serial number, in the same order.

        Without a point nobody knows which shard a serial number belongs to: it is *not listed* only by a fresh
        list of the whole CA. Raises CrlRefused for an index that cannot be used.
        """
        now = self._now()
        covering = self._catalogue.covering(anchor, point)
        covered = any(is_fresh(index.facts, now) for index in covering)
        absent = Verdict(Status.NOT_LISTED if covered else Status.EVIDENCE_MISSING)
        asked = self._catalogue.of_anchor(anchor) if point is None else covering
        answers = [absent] * len(serials)
        for index in asked:
            _add_revoked(answers, index, serials)
        return answers


def _add_revoked(answers: list[Verdict], index: Index, serials: Sequence[int]) -> None:
    for place, reason in enumerate(index.reasons_of(serials)):
        if reason is not None:
            answers[place] = _REVOKED[reason]


def is_fresh(facts: Facts, now: datetime) -> bool:
    """Whether a list is young enough to prove that a serial number does not stand in it."""
    try:
        require_fresh(facts.this_update, facts.next_update, now=now, max_age=MAX_AGE)
    except NoEvidence:
        return False
    return True
