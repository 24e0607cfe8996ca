"""`idp audit verify|list`: whether a tenant's audit trail holds, and what stands in it."""

from typing import Annotated, Any

import typer

from idp.cli.context import build, tenant_of
from idp.cli.moments import read_beginning, written
from idp.cli.options import AsJson, Data, TenantId
from idp.cli.output import CommandFailed, Exit, errors_as_exit_codes, show
from idp.oversight import audit, trail

app = typer.Typer(name="audit", help="The audit trail.", no_args_is_help=True)
_COLUMNS = ("sequence", "at", "event", "outcome", "details", "problem")
_MOST = 100_000
"""More entries than that are listed span by span."""


@app.command()
def verify(
    tenant: TenantId,
    head: Annotated[
        str | None, typer.Option(help="SEQUENCE:CHAIN as an earlier run printed it, kept elsewhere.")
    ] = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Check every link, every entry's MAC and every signed head; exit 1 names the first place that fails.

    Keep the printed head outside the database: with it a later run finds that the end of the trail was cut off.
    """
    with errors_as_exit_codes(as_json=as_json):
        product = build(data)
        of = tenant_of(product, tenant)
        with product.store.for_tenant(tenant).read() as tx:
            result = audit.verify(tx, of, now=product.now(), kept=_kept(head))
        problems = [f"{finding.sequence}: {finding.problem}" for finding in result.findings]
        show(_verified(tenant, result, problems), as_json=as_json)
        if problems:
            raise CommandFailed(f"the trail does not hold at entry {problems[0]}", Exit.REFUSED)
        if not as_json:
            print("The trail holds: every entry, every link and every signed head is as it was written.")


def _verified(tenant: str, result: audit.Verified, problems: list[str]) -> dict[str, Any]:
    first, last = map(written, result.span) if result.span else (None, None)
    newest = f"{result.newest.sequence}:{result.newest.chain.hex()}" if result.newest else ""
    return {
        "tenant": tenant,
        "links": result.links,
        "first_at": first,
        "last_at": last,
        "head": newest,
        "findings": problems,
    }


@app.command("list")
def list_(
    tenant: TenantId,
    since: Annotated[
        str | None, typer.Option(help="From then on: 2026-12-01T09:00+09:00, or a day in Japan, 2026-12-01.")
    ] = None,
    until: Annotated[str | None, typer.Option(help="Before then; a day is its beginning.")] = None,
    event: Annotated[
        list[str] | None,
        typer.Option(help="login.refused, or a family of events, login; may be given many times."),
    ] = None,
    last: Annotated[int, typer.Option(min=1, max=_MOST, help="How many, the newest of them.")] = 100,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """List what stands in the trail, the oldest first; exit code 1 when an entry was altered.

    Entries name nobody: `person` is a tag that means something within one service and one month. What was taken
    away does not show here, but in `verify`; an entry has a sequence number once it is linked, within seconds.
    """
    with errors_as_exit_codes(as_json=as_json):
        product = build(data)
        of = tenant_of(product, tenant)
        with product.store.for_tenant(tenant).read() as tx:
            lines = trail.lines(
                tx,
                of.keys,
                since=None if since is None else read_beginning(since, "--since"),
                until=None if until is None else read_beginning(until, "--until"),
                events=_events(event or []),
                count=last,
            )
        show([_row(line) for line in lines], as_json=as_json, columns=_COLUMNS)
        if any(line.problem for line in lines):
            raise typer.Exit(int(Exit.REFUSED))


def _row(line: trail.Line) -> dict[str, Any]:
    return {
        "sequence": line.sequence,
        "at": written(line.at_milliseconds),
        "event": line.event,
        "outcome": line.outcome,
        "details": line.details,
        "problem": line.problem,
    }


def _events(words: list[str]) -> list[audit.Action]:
    try:
        return trail.named(words)
    except ValueError as error:
        families = sorted({action.partition(".")[0] for action in audit.Action})
        raise CommandFailed(
            f"--event: there is no event {error}; families are {', '.join(families)}", Exit.USAGE
        ) from error


def _kept(head: str | None) -> audit.Head | None:
    if head is None:
        return None
    sequence, _, chain = head.partition(":")
    try:
        return audit.Head(int(sequence), bytes.fromhex(chain))
    except ValueError as error:
        raise CommandFailed("--head is SEQUENCE:CHAIN as this command prints it", Exit.USAGE) from error
