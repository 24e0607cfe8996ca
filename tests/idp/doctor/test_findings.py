"""The doctor's judgements that need no installation: one case for each thing it can say."""

from datetime import UTC, datetime

import pytest

from connectors.errors import Garbled, Refused, Unreachable
from idp.doctor import evidence, ground
from idp.doctor.evidence import Responder
from idp.doctor.finding import Finding, State, fail, ok, warn, worst
from idp.store.outbox import Counts
from idp.store.posture import Posture

NOW = datetime(2026, 11, 25, tzinfo=UTC)
AT = int(NOW.timestamp())


class Source:
    """A responder, or custody, that does as it is told."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error

    def ask(self, request: bytes) -> bytes:
        """An answer, or the error."""
        if self.error is not None:
            raise self.error
        return request

    def ping(self) -> None:
        """Nothing, or the error."""
        self.ask(b"")


@pytest.mark.parametrize(
    ("ahead", "state"),
    [
        (0.0, State.OK),
        (5.0, State.OK),
        (-5.1, State.WARN),
        (60.0, State.WARN),
        (60.1, State.FAIL),
        (-99, State.FAIL),
    ],
)
def test_clocks_may_be_five_seconds_apart(ahead, state):
    """A minute is what evidence is judged with."""
    assert ground.clock(ahead).state is state


@pytest.mark.parametrize(
    ("found", "state"),
    [
        (Posture((), above_rules=False, seconds=0), State.OK),
        (Posture((), above_rules=True, seconds=0), State.FAIL),
        (Posture(("pair",), above_rules=False, seconds=0), State.FAIL),
    ],
)
def test_postgresql_must_keep_tenants_apart_by_itself(found, state):
    """Every table, and no role above them."""
    assert ground.guarded(found).state is state


@pytest.mark.parametrize(
    ("error", "state", "unreachable"),
    [
        (None, State.OK, False),
        (Unreachable("x"), State.FAIL, True),
        (Refused("x"), State.FAIL, False),
        (Garbled("x"), State.FAIL, False),
    ],
)
def test_silence_is_told_from_refusal(error, state, unreachable):
    """Of the custody, and of a responder."""
    custody = ground.custody(Source(error))
    (asked,) = evidence.responders([Responder("it", Source(error))], b"question")
    for finding in (custody, asked):
        assert (finding.state, finding.unreachable) == (state, unreachable)


def test_nobody_is_asked_without_a_question():
    """And having nobody to ask is a finding, too."""
    assert [f.state for f in evidence.responders([Responder("it", Source(Unreachable("x")))], None)] == [
        State.WARN
    ]
    assert [f.state for f in evidence.responders([], b"question")] == [State.WARN]


@pytest.mark.parametrize(
    ("counts", "state"),
    [
        (Counts(pending=0, oldest_due=None, dead=0), State.OK),
        (Counts(pending=9, oldest_due=AT - 300, dead=0), State.OK),
        (Counts(pending=9, oldest_due=AT - 301, dead=0), State.FAIL),
        (Counts(pending=0, oldest_due=None, dead=1), State.WARN),
    ],
)
def test_a_job_may_be_late_for_five_minutes(counts, state):
    """After that nobody works."""
    assert evidence.outbox(counts, NOW).state is state


@pytest.mark.parametrize(
    ("findings", "state"),
    [
        ([], State.OK),
        ([ok("a", "")], State.OK),
        ([ok("a", ""), warn("b", "", "")], State.WARN),
        ([warn("b", "", ""), fail("c", "", ""), ok("a", "")], State.FAIL),
    ],
)
def test_the_worst_finding_counts(findings: list[Finding], state):
    """For the exit code."""
    assert worst(findings) is state
