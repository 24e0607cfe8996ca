"""`idp crl load|status|check|issuers|sweep`."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from cryptography import x509
from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)

from idp.cli import trust_lists
from idp.cli.context import build, tenant_of
from idp.cli.crl_rows import issuer_rows, loaded_row, status_row
from idp.cli.options import AsJson, Data
from idp.cli.output import CommandFailed, Exit, errors_as_exit_codes, show
from idp.cli.serials import read_serial
from idp.compose import Product, anchors_of
from idp.jpki.crl_refused import CrlReason, CrlRefused
from idp.store.crl_index.catalogue import Catalogue
from idp.store.crl_index.lists import IndexedLists, Status
from idp.tenants.tenancy import Tenant
from idp.trust.purposes import PURPOSES

app = typer.Typer(name="crl", help="Certificate revocation lists.", no_args_is_help=True)
Purpose = Annotated[
    str | None,
    typer.Option(help=f"Lists of a multi-tier store: {', '.join(PURPOSES)}."),
]
WhoseStore = Annotated[str | None, typer.Option("--tenant", help="Whose store; with --purpose.")]
_LOADED = ("file", "state", "reason", "detail", "issuer_key_id", "shard", "crl_number", "this_update", "entries")
_STATUS = ("issuer_key_id", "shard", "crl_number", "this_update", "next_update", "age_hours", "entries", "state")
_CHECKED = ("serial", "issuer_key_id", "status", "reason")
_SWEPT = ("tenant", "watched", "changed", "reason")
_ISSUERS = ("issuer_key_id", "kind", "name", "lists", "state", "offered_at")


@app.command()
def load(
    files: Annotated[list[Path], typer.Argument(help="CertificateLists in DER; - is standard input.")],
    purpose: Purpose = None,
    tenant: WhoseStore = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Verify lists and put them to use. A refused list disturbs nothing; exit code 1 when any was refused."""
    with errors_as_exit_codes(as_json=as_json):
        product = build(data)
        if purpose is not None:
            rows = trust_lists.load_lists(product, tenant, purpose, files)
            show(rows, as_json=as_json, columns=trust_lists.COLUMNS)
            _exit_refused(any(row["state"] == "refused" for row in rows))
            return
        catalogue = _catalogue(product)
        rows = [_load_one(product, catalogue, file, quiet=as_json) for file in files]
        show(rows, as_json=as_json, columns=_LOADED)
        if any(row["reason"] == CrlReason.BUSY for row in rows):
            raise typer.Exit(int(Exit.UNREACHABLE))
        _exit_refused(any(row["state"] == "refused" for row in rows))


def _load_one(product: Product, catalogue: Catalogue, file: Path, *, quiet: bool) -> dict[str, Any]:
    with _opened(file) as stream, _bar(file.name, DownloadColumn(), quiet=quiet) as progress:
        try:
            loaded = catalogue.load(
                stream, anchors_of(product.directory.all()), now=product.now, progress=progress
            )
        except CrlRefused as refused:
            return loaded_row(str(file), refused)
        return loaded_row(str(file), loaded)


@app.command()
def status(
    sound: Annotated[
        bool, typer.Option("--sound", help="Read every index whole: is it what was written?")
    ] = False,
    purpose: Purpose = None,
    tenant: WhoseStore = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Show the lists in use; exit code 1 when one is stale or damaged, or there is none."""
    with errors_as_exit_codes(as_json=as_json):
        product = build(data)
        if purpose is not None:
            rows = trust_lists.list_rows(product, tenant, purpose)
            show(rows, as_json=as_json, columns=trust_lists.STATUS)
            _exit_refused(not rows or any(row["state"] != "fresh" for row in rows))
            return
        catalogue = _catalogue(product)
        names, rows = catalogue.names(), []
        with _bar("indexes", MofNCompleteColumn(), quiet=as_json) as progress:
            for number, name in enumerate(names, start=1):
                rows.append(status_row(catalogue, name, product.now(), sound=sound))
                progress(number, len(names))
        show(rows, as_json=as_json, columns=_STATUS)
        _exit_refused(not rows or any(row["state"] != "fresh" for row in rows))


@app.command()
def check(
    serials: Annotated[list[str], typer.Argument(help="Serial numbers: decimal, 0x hexadecimal, or aa:bb:cc.")],
    issuer: Annotated[str | None, typer.Option(help="The issuer's key identifier; else all are asked.")] = None,
    point: Annotated[
        str | None, typer.Option("--distribution-point", help="The certificate's, as RFC 4514 text.")
    ] = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Look serial numbers up; exit code 1 unless every one is in no list and no list is missing or stale."""
    with errors_as_exit_codes(as_json=as_json):
        numbers = [read_serial(text) for text in serials]
        name = None if point is None else _name(point)
        product = build(data)
        lists = IndexedLists(_catalogue(product), product.now)
        anchors = [
            a
            for a in anchors_of(product.directory.all())
            if issuer is None or a.key_id.hex() == _plain_hex(issuer)
        ]
        if not anchors:
            raise CommandFailed("no trust anchor of that key identifier", Exit.REFUSED)
        try:
            rows = [
                {
                    "serial": f"0x{number:x}",
                    "issuer_key_id": anchor.key_id.hex(),
                    "status": verdict.status,
                    "reason": verdict.reason or "",
                }
                for anchor in anchors
                for number, verdict in zip(numbers, lists.verdicts(anchor, numbers, point=name), strict=True)
            ]
        except CrlRefused as refused:
            raise CommandFailed(str(refused), Exit.REFUSED) from refused
        show(rows, as_json=as_json, columns=_CHECKED)
        _exit_refused(any(row["status"] != Status.NOT_LISTED for row in rows))


@app.command()
def issuers(data: Data = None, as_json: AsJson = False) -> None:
    """Show whose lists we trust and have, and which unknown issuers' lists were refused."""
    with errors_as_exit_codes(as_json=as_json):
        product = build(data)
        try:
            rows = issuer_rows(_catalogue(product), anchors_of(product.directory.all()))
        except CrlRefused as refused:
            raise CommandFailed(str(refused), Exit.REFUSED) from refused
        show(rows, as_json=as_json, columns=_ISSUERS)


@app.command()
def sweep(
    tenant: Annotated[str | None, typer.Option("--tenant", help="One tenant's; else all tenants'.")] = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Look up every watched signature certificate now, as each night; services are told what has changed.

    Exit code 1 when a tenant's lists cannot be read.
    """
    with errors_as_exit_codes(as_json=as_json):
        product = build(data)
        _catalogue(product)
        swept = [
            _swept(product, one) for one in ([tenant_of(product, tenant)] if tenant else product.directory.all())
        ]
        show(swept, as_json=as_json, columns=_SWEPT)
        _exit_refused(any(row["reason"] for row in swept))


def _swept(product: Product, tenant: Tenant) -> dict[str, Any]:
    try:
        swept = product.signature_sweep.sweep(tenant)
    except CrlRefused as refused:
        return {"tenant": tenant.tenant_id, "watched": 0, "changed": 0, "reason": str(refused.reason)}
    return {"tenant": tenant.tenant_id, "watched": swept.watched, "changed": swept.changed, "reason": ""}


def _catalogue(product: Product) -> Catalogue:
    if product.settings.lists_directory is None:
        raise CommandFailed("IDP_CRL_DIRECTORY is not set: there is no place for lists", Exit.USAGE)
    return Catalogue(product.settings.lists_directory, max_bytes=product.settings.crl_max_bytes)


@contextmanager
def _opened(file: Path) -> Iterator[Any]:
    if str(file) == "-":
        yield sys.stdin.buffer
        return
    try:
        stream = file.open("rb", buffering=0)
    except OSError as error:
        raise CommandFailed(f"{file} cannot be read: {error.strerror}", Exit.USAGE) from error
    with stream:
        yield stream


@contextmanager
def _bar(name: str, counter: ProgressColumn, *, quiet: bool) -> Iterator[Any]:
    """A progress bar on standard error, for a person who waits there."""
    columns = (TextColumn("{task.description}"), BarColumn(), counter, TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=quiet or not console.is_terminal) as bar:
        task = bar.add_task(name, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _plain_hex(text: str) -> str:
    return text.removeprefix("0x").replace(":", "").lower()


def _name(text: str) -> bytes:
    try:
        return x509.Name.from_rfc4514_string(text).public_bytes()
    except ValueError as error:
        raise CommandFailed("the distribution point is not RFC 4514 text", Exit.USAGE) from error


def _exit_refused(refused: bool) -> None:
    if refused:
        raise typer.Exit(int(Exit.REFUSED))
