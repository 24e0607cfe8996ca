"""`idp collect verify`: open what collectors wrote, and ask the lists about all of it at once."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from idp.cli.context import build, tenant_of
from idp.cli.options import AsJson, Data, TenantId
from idp.cli.output import CommandFailed, Exit, errors_as_exit_codes, show
from idp.jpki.crl_refused import CrlRefused
from idp.shelter.opening import FileUnreadable, Opening, open_files
from idp.shelter.verification import Result, Summary, summary, write_csv

_SHOWN = 20
"""So many broken lines and gaps are named; the summary counts all."""
_Shown = Callable[[int, int], None]


def verify(
    files: Annotated[list[Path], typer.Argument(help="Collectors' files, NAME.jwel.")],
    tenant: TenantId,
    out: Annotated[Path | None, typer.Option(help="Write the result there, as CSV.")] = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Verify all records in bulk; exit code 1 unless all are in no list, and no line is broken or missing."""
    with errors_as_exit_codes(as_json=as_json):
        product = build(data)
        of = tenant_of(product, tenant)
        verification = product.offline.verification
        if verification is None:
            raise CommandFailed("IDP_CRL_DIRECTORY is not set: there is no place for lists", Exit.USAGE)
        private_keys = product.offline.collection_keys.private_keys(of)
        try:
            with _bar("opening", quiet=as_json) as shown:
                opening = open_files(files, private_keys, shown)
            with _bar("verifying", quiet=as_json) as shown:
                total = len(opening.entries)
                results = verification.run(of, opening, lambda done: shown(done, total))
        except FileUnreadable as error:
            raise CommandFailed(str(error), Exit.USAGE) from error
        except CrlRefused as refused:
            raise CommandFailed(str(refused), Exit.REFUSED) from refused
        if out is not None:
            _write(out, results)
        counts = summary(opening, results)
        show(asdict(counts) | _details(opening), as_json=as_json)
        if not _is_clean(counts):
            raise typer.Exit(int(Exit.REFUSED))


def _is_clean(counts: Summary) -> bool:
    return counts.records == counts.not_listed and not (
        counts.broken_lines or counts.missing_lines or counts.conflicting_lines
    )


def _details(opening: Opening) -> dict[str, list[str]]:
    broken = [f"{one.file} line {one.line}: {one.problem}" for one in opening.broken[:_SHOWN]]
    missing = [f"{gap.file_id} {gap.first}-{gap.last}" for gap in opening.missing()[:_SHOWN]]
    return {"broken": broken, "missing": missing}


def _write(out: Path, results: list[Result]) -> None:
    """The CSV says who was where: for its owner's eyes alone."""
    beside = out.with_name(out.name + ".new")
    try:
        beside.unlink(missing_ok=True)
        beside.touch(0o600, exist_ok=False)
        with beside.open("w", encoding="utf-8", newline="") as file:
            write_csv(results, file)
        beside.replace(out)
    except OSError as error:
        raise CommandFailed(f"the result cannot be written: {error.strerror}", Exit.USAGE) from error


@contextmanager
def _bar(name: str, *, quiet: bool) -> Iterator[_Shown]:
    """A progress bar on standard error, for a person who waits there."""
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=quiet or not console.is_terminal) as bar:
        task = bar.add_task(name, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
