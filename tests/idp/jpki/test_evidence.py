"""Revocation evidence: its age to the second, and what remains when no method told anything."""

import datetime as dt

import pytest
from components.hierarchy import NOW

from idp.errors import Reason
from idp.jpki.revocation import CLOCK_SKEW, NoEvidence, none_left, require_fresh, revoked

SECOND = dt.timedelta(seconds=1)
AGE = dt.timedelta(minutes=30)
LATER = NOW + dt.timedelta(hours=1)

FRESH = {
    "just made": (NOW, LATER),
    "their clock is ahead by the whole skew": (NOW + CLOCK_SKEW, LATER),
    "as old as it may be": (NOW - AGE, LATER),
    "its end passed within the skew": (NOW - AGE, NOW - CLOCK_SKEW + SECOND),
}
USELESS = {
    "from the future": (NOW + CLOCK_SKEW + SECOND, LATER, False),
    "without end": (NOW, None, False),
    "old and without end": (NOW - AGE - SECOND, None, False),
    "past its end": (NOW - AGE, NOW - CLOCK_SKEW, True),
    "too old, though its end is far": (NOW - AGE - SECOND, LATER, True),
}


@pytest.mark.parametrize("name", FRESH)
def test_fresh_evidence_lives_to_its_next_update(name):
    """The end is handed on as it was signed."""
    this_update, next_update = FRESH[name]
    assert next_update == require_fresh(this_update, next_update, now=NOW, max_age=AGE)


@pytest.mark.parametrize("name", USELESS)
def test_useless_evidence_is_stale_or_never_was_any(name):
    """Only authentic evidence that was good once counts as stale."""
    this_update, next_update, stale = USELESS[name]
    with pytest.raises(NoEvidence) as none:
        require_fresh(this_update, next_update, now=NOW, max_age=AGE)
    assert stale is none.value.stale


OLD, NONE = NoEvidence("list of last week", stale=True), NoEvidence("no answer")
LEFT = {
    "nobody answered": ([NONE, NONE], Reason.REVOCATION_UNAVAILABLE),
    "nobody was asked": ([], Reason.REVOCATION_UNAVAILABLE),
    "one was old": ([NONE, OLD], Reason.EVIDENCE_TOO_OLD),
    "the first was old": ([OLD, NONE], Reason.EVIDENCE_TOO_OLD),
    "all were old": ([OLD, OLD], Reason.EVIDENCE_TOO_OLD),
}


@pytest.mark.parametrize("name", LEFT)
def test_when_no_method_is_left(name):
    """Too old is another person's business than unavailable; each failure is in the operator's detail."""
    failures, reason = LEFT[name]
    refusal = none_left(failures)
    assert (reason, "; ".join(map(str, failures))) == (refusal.reason, refusal.detail)


@pytest.mark.parametrize(
    ("told", "reason"),
    [("keyCompromise", "keyCompromise"), ("certificateHold", "certificateHold"), (None, "unspecified")],
)
def test_revoked_is_revoked_whatever_the_reason(told, reason):
    """A hold too, and no reason at all."""
    refusal = revoked(told)
    assert (Reason.CERTIFICATE_REVOKED, reason) == (refusal.reason, refusal.revocation_reason)
