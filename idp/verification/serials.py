"""Serial numbers alone: what responders and lists say of a number that no certificate came with.

A number is one generation's, but which one is not always known: then every live generation of its kind is asked.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from idp.errors import Reason, Refusal
from idp.jpki.crl_refused import CrlRefused
from idp.jpki.revocation import Evidence, Method, revoked
from idp.jpki.trust import Anchor
from idp.revocation.check import RevocationCheck, SerialAlone
from idp.revocation.policy import RevocationPolicy
from idp.revocation.serials import SerialLists, by_lists
from idp.revocation.tally import Tally
from idp.store.crl_index import lists as in_lists
from idp.verification.verdict import Status, Verdict, bad, good

_MISSING = in_lists.Verdict(in_lists.Status.EVIDENCE_MISSING)
_Asked = tuple[Evidence | Refusal, Method | None]


@dataclass(frozen=True, slots=True)
class WhateverCanBeRead:
    """Lists of which an index that cannot be used proves nothing, instead of ending the call."""

    lists: SerialLists

    def verdicts(self, anchor: Anchor, serials: Sequence[int]) -> list[in_lists.Verdict]:
        """See SerialLists."""
        try:
            return self.lists.verdicts(anchor, serials)
        except CrlRefused:
            return [_MISSING] * len(serials)


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
        if len(unknown) < len(answers):
            (found,) = by_lists(self.lists, anchors, [serial])
            if found.status is in_lists.Status.REVOKED:
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
        return answer, tally.last_method
