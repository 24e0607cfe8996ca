"""Serial numbers alone: what responders and lists say of a number that no certificate came with.

A number is one generation's, but which one is not always known: then every live generation of its kind is asked.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from connectors.ports import CertificateKind
from idp.errors import Reason, Refusal
from idp.jpki.crl_refused import CrlRefused
from idp.jpki.revocation import Evidence, Method, revoked
from idp.jpki.trust import Anchor
from idp.revocation.check import RevocationCheck, SerialAlone
from idp.revocation.policy import RevocationPolicy
from idp.revocation.tally import Tally
from idp.store.crl_index import lists
from idp.tenancy import Tenant
from idp.verification.verdict import Status, Verdict, bad, good

_Asked = tuple[Evidence | Refusal, Method | None]
_MISSING = lists.Verdict(lists.Status.EVIDENCE_MISSING)


class SerialLists(Protocol):
    """The lists in use, for serial numbers by the thousand."""

    def verdicts(self, anchor: Anchor, serials: Sequence[int]) -> list[lists.Verdict]:
        """What all lists of `anchor` say of each. Raises CrlRefused for an index that cannot be used."""
        ...


def generations(tenant: Tenant, kind: CertificateKind, key_id: str | None, *, now: datetime) -> list[Anchor]:
    """The anchors that may have issued such a certificate: the one named, or every live one of the kind.

    Empty when nobody whom this tenant trusts did.
    """
    of_kind = [anchor for anchor in tenant.anchors if anchor.kind is kind]
    if key_id is not None:
        return [anchor for anchor in of_kind if anchor.key_id.hex() == key_id]
    return [
        anchor
        for anchor in of_kind
        if anchor.certificate.not_valid_before_utc <= now <= anchor.certificate.not_valid_after_utc
    ]


def by_lists(in_use: SerialLists, anchors: Sequence[Anchor], serials: Sequence[int]) -> list[lists.Verdict]:
    """What the lists of all these anchors together say of each number.

    Revoked if any says so; not listed only if every generation's lists prove it; else the evidence is missing.
    """
    found = [_MISSING] * len(serials)
    for position, anchor in enumerate(anchors):
        try:
            said = in_use.verdicts(anchor, serials)
        except CrlRefused:  # an index that cannot be used proves nothing
            said = [_MISSING] * len(serials)
        found = said if position == 0 else [_graver(one, other) for one, other in zip(found, said, strict=True)]
    return found


_GRAVITY = (lists.Status.NOT_LISTED, lists.Status.EVIDENCE_MISSING, lists.Status.REVOKED)


def _graver(one: lists.Verdict, other: lists.Verdict) -> lists.Verdict:
    return max(one, other, key=lambda verdict: _GRAVITY.index(verdict.status))


@dataclass(frozen=True, slots=True, kw_only=True)
class SerialCheck:
    """The check of one serial number, with evidence."""

    revocation: RevocationCheck
    lists: SerialLists
    now: Callable[[], datetime]

    def verdict(self, anchors: Sequence[Anchor], serial: int, policy: RevocationPolicy, tally: Tally) -> Verdict:
        """What is known of the number at these generations, asked as the policy orders.

        One that says *revoked* decides, then one whose responder says *good*. Unknown to every one is UNKNOWN.
        """
        if not anchors:
            return bad(Refusal(Reason.CERTIFICATE_UNTRUSTED), method=None, now=self.now())
        answers = [self._ask(anchor, serial, policy, tally) for anchor in anchors]
        for answer, method in answers:
            if isinstance(answer, Refusal) and answer.reason is Reason.CERTIFICATE_REVOKED:
                return bad(answer, method=method, now=self.now())
        for answer, _ in answers:
            if isinstance(answer, Evidence) and answer.method is not Method.CRL:
                return good(Status.VALID, answer)
        return self._of_lists(anchors, serial, answers)

    def _of_lists(self, anchors: Sequence[Anchor], serial: int, answers: Sequence[_Asked]) -> Verdict:
        """No responder has spoken for the number: what is left are lists, all of them together."""
        refusals = [(answer, method) for answer, method in answers if isinstance(answer, Refusal)]
        unknown = [one for one in refusals if one[0].reason is Reason.CERTIFICATE_STATUS_UNKNOWN]
        if (
            len(unknown) < len(answers)
            and (found := by_lists(self.lists, anchors, [serial])[0]).reason is not None
        ):
            return bad(revoked(found.reason), method=Method.CRL, now=self.now())
        for refusal, method in refusals:
            if refusal.reason is not Reason.CERTIFICATE_STATUS_UNKNOWN:
                return bad(refusal, method=method, now=self.now())
        evidence = [answer for answer, _ in answers if isinstance(answer, Evidence)]
        if evidence:
            return good(Status.NOT_LISTED, min(evidence, key=lambda one: one.this_update))
        refusal, method = unknown[0]
        return bad(refusal, method=method, now=self.now())

    def _ask(self, anchor: Anchor, serial: int, policy: RevocationPolicy, tally: Tally) -> _Asked:
        """What one generation's sources say, and the last method that was asked."""
        answer: Evidence | Refusal
        try:
            answer = self.revocation.evidence_for(SerialAlone(anchor, serial), policy, tally)
        except Refusal as refusal:
            answer = refusal
        return answer, tally.asked[-1].method if tally.asked else None
