"""`idp keys ceremony` and `idp keys restore`: secrets come from files, and go to their holders' files alone."""

import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from idp.cli.context import build, keys_of, tenant_of
from idp.cli.files import read_file, read_secret
from idp.cli.options import AsJson, Data
from idp.cli.output import CommandFailed, Exit, errors_as_exit_codes, show
from idp.custody import ceremony as ceremonies
from idp.custody import minutes as records
from idp.custody import shares as papers
from idp.custody.ceremony import NEEDED, TOTAL
from idp.custody.known_answers import WrongAnswer
from idp.custody.minutes import Minutes
from idp.custody.shares import Share

_HANDED_OUT = (
    "Shares were written. If `idp keys list` does not name this version as the PPID key in use, the ceremony did "
    "not come to its end: they are worthless then, and are destroyed."
)
MinutesFile = Annotated[Path, typer.Option("--minutes", help="The ceremony's minutes: written, or read.")]
ShareFiles = Annotated[
    list[Path] | None,
    typer.Option("--share", help="A file with a share; three of them, for a drill or a restore."),
]


def ceremony(
    minutes: MinutesFile,
    tenant: Annotated[str | None, typer.Option("--tenant", help="The tenant's id.")] = None,
    officer_token_file: Annotated[
        list[Path] | None, typer.Option(help="An officer's token; two of them, of different officers.")
    ] = None,
    share_to: Annotated[
        list[Path] | None, typer.Option(help="Where a share goes, on its holder's own medium; five of them.")
    ] = None,
    drill: Annotated[
        bool, typer.Option("--drill", help="Bring the key back from shares into an empty custody instead.")
    ] = False,
    share: ShareFiles = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Two officers make a PPID key whose backup is split 3 of 5; or drill its return."""
    with errors_as_exit_codes(as_json=as_json):
        if drill:
            show(_returned(minutes, share or [], data, into_empty=True), as_json=as_json)
            return
        tokens, places = officer_token_file or [], share_to or []
        if tenant is None or len(tokens) != 2 or len(places) != TOTAL:
            raise CommandFailed(
                f"a ceremony needs --tenant, two --officer-token-file and {TOTAL} --share-to", Exit.USAGE
            )
        show(_held(tenant, tokens, places, minutes, data), as_json=as_json)


def restore(minutes: MinutesFile, share: ShareFiles = None, data: Data = None, as_json: AsJson = False) -> None:
    """Bring a PPID key back from three of its shares, after the custody was lost; versions in their order.

    The shares hold no other key: those that open the database come back with a backup (`idp backup restore`).
    """
    with errors_as_exit_codes(as_json=as_json):
        show(_returned(minutes, share or [], data, into_empty=False), as_json=as_json)


def _held(tenant_id: str, tokens: Sequence[Path], places: Sequence[Path], file: Path, data: Path | None) -> Any:
    product = build(data)
    of = tenant_of(product, tenant_id)
    for place in (*places, file):
        if place.exists():
            raise CommandFailed(f"{place} is there already: nothing is overwritten", Exit.USAGE)
    first, second = (read_secret(token, prompt="token") for token in tokens)
    handed_out: list[Path] = []

    def distribute(shares: Sequence[Share]) -> list[Share]:
        for place, share in zip(places, shares, strict=True):
            _put(place, papers.write(share))
            handed_out.append(place)
        return [_share(place) for place in handed_out]

    try:
        held = product.custody.ceremony.hold(of, (first, second), distribute)
    except WrongAnswer as error:
        raise CommandFailed(str(error), Exit.REFUSED) from error
    finally:
        if handed_out:
            print(_HANDED_OUT, file=sys.stderr)
    try:
        file.write_text(records.write(held), encoding="utf-8")
    except OSError:
        print(records.write(held), file=sys.stderr)  # without known answers no restore can be proven
        raise CommandFailed(f"{file} cannot be written: keep the minutes printed above", Exit.USAGE) from None
    return records.record(held)


def _returned(file: Path, shares: Sequence[Path], data: Path | None, *, into_empty: bool) -> dict[str, Any]:
    kept, papers_read = _minutes(file), [_share(place) for place in shares]
    if len(papers_read) < NEEDED:
        raise CommandFailed(f"{NEEDED} --share are needed", Exit.USAGE)
    keys = keys_of(data)
    if into_empty and not ceremonies.is_empty(keys, kept.tenant_id):
        raise CommandFailed("a drill is for an empty custody: this one has a key of the tenant", Exit.REFUSED)
    began = time.monotonic()
    try:
        restored = ceremonies.restore(keys, kept, papers_read)
    except WrongAnswer as error:
        raise CommandFailed(str(error), Exit.REFUSED) from error
    return {
        "tenant": kept.tenant_id,
        "key_version": restored.version,
        "ceremony": kept.ceremony,
        "brought": restored.brought,
        "known_answers_equal": restored.answers,
        "not_in_the_shares": f"data-{kept.tenant_id}, which opens the database: only a backup brings it back",
        "seconds": round(time.monotonic() - began, 3),
    }


def _put(place: Path, text: str) -> None:
    try:
        place.touch(0o600, exist_ok=False)
        place.write_text(text, encoding="ascii")
    except OSError as error:
        raise CommandFailed(f"{place} cannot be written: {error.strerror}", Exit.USAGE) from error


def _share(place: Path) -> Share:
    try:
        return papers.read(read_file(place, max_bytes=papers.MAX_CHARACTERS).decode("ascii", "replace"))
    except papers.ShareUnreadable as error:
        raise CommandFailed(f"{place}: {error}", Exit.USAGE) from error


def _minutes(file: Path) -> Minutes:
    try:
        return records.read(read_file(file, max_bytes=records.MAX_BYTES))
    except records.MinutesUnreadable as error:
        raise CommandFailed(f"{file}: {error}", Exit.USAGE) from error
