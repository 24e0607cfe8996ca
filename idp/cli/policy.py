"""Revocation policy on the command line: `idp tenant settings`, `idp service policy`, `idp service create`."""

from typing import Annotated

import typer

from idp.cli.moments import read_moment
from idp.cli.output import CommandFailed, Exit
from idp.revocation.policy import Order

RevocationOrder = Annotated[Order | None, typer.Option("--revocation", help="Which method speaks first.")]
EvidenceMaxAge = Annotated[
    int | None, typer.Option("--evidence-max-age", min=1, help="Greatest age of revocation evidence, in seconds.")
]
DeferUntil = Annotated[
    str | None,
    typer.Option(
        "--defer-until",
        help="Accept now, verify later, until this time (2026-12-01T09:00+09:00), one level lower.",
    ),
]
VerifyWithin = Annotated[
    int, typer.Option("--verify-within", min=60, help="How soon such a login must be verified, in seconds.")
]
VERIFY_WITHIN = 24 * 60 * 60
Default = Annotated[
    list[str] | None,
    typer.Option("--default", help="Go back to the default for: revocation, evidence-max-age, defer."),
]
_MEMBERS = {"revocation": "order", "evidence-max-age": "max_age_seconds", "defer": "defer"}


def stated(
    order: Order | None,
    max_age: int | None,
    *,
    defer_until: str | None = None,
    verify_within: int = VERIFY_WITHIN,
    default: list[str] | None = None,
) -> dict[str, object]:
    """The members that the options state, as a policy is stored; None for a member that goes back.

    Raises CommandFailed for a time or a name that is none.
    """
    members: dict[str, object] = {}
    for name in default or ():
        if name not in _MEMBERS:
            raise CommandFailed(f"--default takes {', '.join(_MEMBERS)}", Exit.USAGE)
        members[_MEMBERS[name]] = None
    if order is not None:
        members["order"] = str(order)
    if max_age is not None:
        members["max_age_seconds"] = max_age
    if defer_until is not None:
        until = read_moment(defer_until, "--defer-until")
        members["defer"] = {"until": int(until.timestamp()), "within_seconds": verify_within}
    return members
