"""What the card program prints when it ends: the answer on standard output, a sentence on standard error."""

import json
import sys
from collections.abc import Iterable
from dataclasses import asdict
from enum import IntEnum
from typing import NoReturn

import typer

from connectors.card.agent import RefusedByServer
from connectors.card.conversation import Cancelled
from connectors.card.doctor import Finding
from connectors.card.errors import CardError, ServiceAbsent
from connectors.card.protocol import Acceptance
from connectors.card.terminal import both
from connectors.card.texts import CANCELLED, CODE, LINK_IS_OVER, explain
from connectors.errors import Unreachable


class Exit(IntEnum):
    """Exit codes."""

    REFUSED = 1
    USAGE = 2
    UNREACHABLE = 3
    """The provider, or this computer's smart card service."""


_OVER = frozenset({"not_found", "already_used", "expired", "declined"})
"""Refusals of a link by which nobody signs in any more."""


def signed(acceptance: Acceptance, *, as_json: bool) -> None:
    """The provider's answer. To a person, the code is not shown beside a return address."""
    answer = {"status": "accepted", "return_url": acceptance.return_url, "code": acceptance.code}
    if as_json:
        print_json({name: value for name, value in answer.items() if value is not None}, as_json=True)
    elif acceptance.return_url is None:
        print(f"{both(CODE)}:\n{acceptance.code}")
    else:
        print(f"Accepted. Go on in your browser:\n{acceptance.return_url}")


def fail_with(error: Exception, *, as_json: bool) -> NoReturn:
    """End with what went wrong: the program's sentence, and before it what it means to the person."""
    if isinstance(error, RefusedByServer):
        _refused(error, as_json=as_json)
    if isinstance(error, Cancelled):
        fail(both(CANCELLED), Exit.REFUSED, as_json=as_json)
    if isinstance(error, CardError):
        if not as_json:
            print(both(explain(error)), file=sys.stderr)
        code = Exit.UNREACHABLE if isinstance(error, ServiceAbsent) else Exit.REFUSED
        fail(f"Card: {error}.", code, as_json=as_json)
    if isinstance(error, Unreachable):
        fail(f"No answer: {error}.", Exit.UNREACHABLE, as_json=as_json)
    fail(f"Refused: {error}.", Exit.REFUSED, as_json=as_json)


def fail(sentence: str, code: Exit, *, as_json: bool) -> NoReturn:
    """End with one sentence and an exit code."""
    print(json.dumps({"error": sentence}) if as_json else sentence, file=sys.stderr)
    raise typer.Exit(code)


def print_json(record: object, *, as_json: bool) -> None:
    """One JSON value, on one line for programs."""
    print(json.dumps(record, ensure_ascii=False, indent=None if as_json else 2))


def print_findings(findings: Iterable[Finding], *, as_json: bool) -> None:
    """What the doctor found, one finding under the other, each with its remedy."""
    if as_json:
        print_json([asdict(finding) for finding in findings], as_json=True)
        return
    for finding in findings:
        print(f"{finding.name:<10} {finding.state}")
        if finding.remedy:
            print(f"{'':<10} -> {finding.remedy}")


def _refused(refusal: RefusedByServer, *, as_json: bool) -> NoReturn:
    if as_json:
        answer = {"status": refusal.status, "code": refusal.code, "reason": refusal.reason}
        print_json({name: value for name, value in answer.items() if value is not None}, as_json=True)
        raise typer.Exit(Exit.REFUSED)
    if refusal.code in _OVER:
        print(both(LINK_IS_OVER), file=sys.stderr)
    reason = f" ({refusal.reason})" if refusal.reason else ""
    fail(f"The provider refused: {refusal.code}{reason}.", Exit.REFUSED, as_json=False)
