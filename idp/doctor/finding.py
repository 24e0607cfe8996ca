"""What the doctor says about one thing."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """How it is."""

    OK = "ok"
    WARN = "warn"
    """It works, and should not stay so."""
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """One sentence about one thing. `remedy`: what to do, empty when nothing. `unreachable`: nobody answered."""

    check: str
    state: State
    sentence: str
    remedy: str = ""
    unreachable: bool = False


def ok(check: str, sentence: str) -> Finding:
    """It is as it should be."""
    return Finding(check, State.OK, sentence)


def warn(check: str, sentence: str, remedy: str) -> Finding:
    """It works, and somebody should look at it before it does not."""
    return Finding(check, State.WARN, sentence, remedy)


def fail(check: str, sentence: str, remedy: str, *, unreachable: bool = False) -> Finding:
    """It does not work, or not safely."""
    return Finding(check, State.FAIL, sentence, remedy, unreachable)


def worst(findings: Iterable[Finding]) -> State:
    """The worst state among them."""
    states = {finding.state for finding in findings}
    return next(state for state in (State.FAIL, State.WARN, State.OK) if state in states or state is State.OK)
