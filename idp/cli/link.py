"""`idp link allow|forbid|set|find|delete|import|report|export|history`: a service's own user numbers.

What names a person or a number comes from a file or from standard input, in the API's own form, never from the
command line, which other programs of the computer can read.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from idp.cli.context import build, service_of, tenant_of
from idp.cli.files import read_file
from idp.cli.options import AsJson, Data, ServiceId, TenantId
from idp.cli.output import CommandFailed, Exit, errors_as_exit_codes, show
from idp.compose import Product
from idp.services.service_changes import ServiceChange
from idp.store.engine import Transaction
from idp.tenants.tenancy import VERIFY, Client, Tenant
from idp.user_numbers import export as written
from idp.user_numbers.refused import NumberRefused
from idp.user_numbers.registry import Found, Wish
from idp.user_numbers.roll import Entry, Imported, RollRefused, from_csv, require
from idp.verification import shapes
from idp.verification.problems import ApiProblem
from idp.verification.user_number_shapes import DeleteRequest, FindRequest, ImportRequest, SetRequest
from idp.verification.user_numbers import MAX_IMPORT_BYTES

app = typer.Typer(name="link", help="A service's own user numbers, linked to people.", no_args_is_help=True)
BY = "administrator"
_MAX_BYTES = 64 * 1024
_HISTORY = ("linked_on", "ended_on", "ending", "by")
_File = Annotated[Path, typer.Option("--file", help="File to read, - for standard input.")]
_INPUT = Path("-")


@app.command()
def allow(service: ServiceId, tenant: TenantId, data: Data = None, as_json: AsJson = False) -> None:
    """Let a service use the link registry through the API and at its counter terminals."""
    _permit(service, tenant, data, allowed=True, as_json=as_json)


@app.command()
def forbid(service: ServiceId, tenant: TenantId, data: Data = None, as_json: AsJson = False) -> None:
    """Let it use the registry no longer. Its numbers stay where they are."""
    _permit(service, tenant, data, allowed=False, as_json=as_json)


@app.command("set")
def set_(
    service: ServiceId, tenant: TenantId, file: _File = _INPUT, data: Data = None, as_json: AsJson = False
) -> None:
    """Link a number and a person: {"sub": ..., "user_number": ..., "replace": false}."""
    with _answering(as_json=as_json):
        asked = shapes.read(SetRequest, shapes.parse(read_file(file, max_bytes=_MAX_BYTES)))
        product, municipality, client = _opened(service, tenant, data)
        registry = product.numbers.registry

        def act(tx: Transaction) -> bool:
            pair_id = registry.pair_of(tx, client, asked.sub)
            number, replace = asked.user_number, asked.replace
            wish = Wish(pair_id=pair_id, number=number, by=BY, replace=replace, vouched=True, new=True)
            return registry.link(tx, municipality, client, wish)

        changed = registry.once(municipality, act)
        show({"state": "linked" if changed else "unchanged"}, as_json=as_json)


@app.command()
def find(
    service: ServiceId, tenant: TenantId, file: _File = _INPUT, data: Data = None, as_json: AsJson = False
) -> None:
    """Find {"sub": ...} or {"user_number": ...}."""
    with _answering(as_json=as_json):
        asked = shapes.read(FindRequest, shapes.parse(read_file(file, max_bytes=_MAX_BYTES)))
        product, municipality, client = _opened(service, tenant, data)
        found = _found(product, municipality, client, asked)
        show(written.members(found), as_json=as_json)


@app.command()
def delete(
    service: ServiceId,
    tenant: TenantId,
    file: _File = _INPUT,
    unlinked: Annotated[
        bool, typer.Option("--unlinked", help="All that nobody has claimed; reads no file.")
    ] = False,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Delete the link of {"sub": ...} or {"user_number": ...}, or all numbers that nobody has claimed."""
    with _answering(as_json=as_json):
        content = b'{"unlinked": true}' if unlinked else read_file(file, max_bytes=_MAX_BYTES)
        asked = shapes.read(DeleteRequest, shapes.parse(content))
        product, municipality, client = _opened(service, tenant, data)
        registry, roll = product.numbers.registry, product.numbers.roll

        def act(tx: Transaction) -> int:
            if asked.unlinked:
                return roll.drop_unlinked(tx, municipality, client, BY)
            if asked.sub is not None:
                row = registry.row_of_sub(tx, client, asked.sub)
            else:
                row = registry.row_of_number(tx, municipality, client, asked.user_number or "")
            registry.delete(tx, municipality, client, row, BY)
            return 1

        show({"deleted": registry.once(municipality, act)}, as_json=as_json)


@app.command("import")
def import_(
    service: ServiceId, tenant: TenantId, file: _File = _INPUT, data: Data = None, as_json: AsJson = False
) -> None:
    """Take on an existing list: CSV with the header user_number or user_number,claim_code; or JSON as the API."""
    with _answering(as_json=as_json):
        entries = _entries(read_file(file, max_bytes=MAX_IMPORT_BYTES))
        product, municipality, client = _opened(service, tenant, data)
        new = product.numbers.roll.sealed(municipality, client, entries)

        def act(tx: Transaction) -> Imported:
            return product.numbers.roll.take(tx, municipality, client, new, BY)

        told = product.numbers.registry.once(municipality, act)
        show({"added": told.added, "known": told.known}, as_json=as_json)


@app.command()
def report(service: ServiceId, tenant: TenantId, data: Data = None, as_json: AsJson = False) -> None:
    """Count the numbers that are linked, and those that nobody has claimed."""
    with _answering(as_json=as_json):
        product, municipality, client = _opened(service, tenant, data)
        counted = product.numbers.roll.report(municipality, client)
        record = {"linked": counted.linked, "unlinked": counted.unlinked, "claimable": counted.claimable}
        show(record, as_json=as_json)


@app.command()
def export(
    service: ServiceId,
    tenant: TenantId,
    state: Annotated[str, typer.Option(help="linked, unlinked or all.")] = "all",
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Print the service's numbers as CSV, or as JSON with --json."""
    with _answering(as_json=as_json):
        wanted = {"all": None, "linked": True, "unlinked": False}
        if state not in wanted:
            raise CommandFailed("--state is linked, unlinked or all", Exit.USAGE)
        product, municipality, client = _opened(service, tenant, data)
        lines = product.numbers.roll.lines(municipality, client, linked=wanted[state])
        for part in (written.as_json if as_json else written.as_csv)(lines):
            sys.stdout.write(part.decode())


@app.command()
def history(
    service: ServiceId, tenant: TenantId, file: _File = _INPUT, data: Data = None, as_json: AsJson = False
) -> None:
    """Tell how earlier links of {"user_number": ...} ended, within a year."""
    with _answering(as_json=as_json):
        asked = shapes.read(FindRequest, shapes.parse(read_file(file, max_bytes=_MAX_BYTES)))
        if asked.user_number is None:
            raise CommandFailed("history is of a user_number", Exit.USAGE)
        product, municipality, client = _opened(service, tenant, data)
        with product.store.for_tenant(municipality.tenant_id).read() as tx:
            found = product.numbers.history.of(tx, municipality, client, asked.user_number)
        rows = [
            {"linked_on": str(one.linked_on), "ended_on": str(one.ended_on), "ending": one.ending, "by": one.by}
            for one in found
        ]
        show(rows, as_json=as_json, columns=_HISTORY)


def _permit(service: str, tenant: str, data: Path | None, *, allowed: bool, as_json: bool) -> None:
    with errors_as_exit_codes(as_json=as_json):
        product, municipality, client = _opened(service, tenant, data)
        scopes = tuple(scope for scope in client.scopes if scope != VERIFY or client.verify_purpose)
        if allowed and VERIFY not in scopes:
            scopes += (VERIFY,)
        product.service_changes.change(municipality, client, ServiceChange(scopes=scopes, user_numbers=allowed))
        show({"id": service, "user_numbers": allowed}, as_json=as_json)


def _opened(service: str, tenant: str, data: Path | None) -> tuple[Product, Tenant, Client]:
    product = build(data)
    municipality = tenant_of(product, tenant)
    return product, municipality, service_of(municipality, service)


def _found(product: Product, tenant: Tenant, client: Client, asked: FindRequest) -> Found:
    registry = product.numbers.registry
    with product.store.for_tenant(tenant.tenant_id).read() as tx:
        if asked.sub is not None:
            return registry.of_pair(tx, tenant, client, registry.pair_of(tx, client, asked.sub))
        return registry.of_number(tx, tenant, client, asked.user_number or "")


def _entries(content: bytes) -> list[Entry]:
    if not content.lstrip().startswith(b"{"):
        return from_csv(content)
    asked = shapes.read(ImportRequest, shapes.parse(content))
    return require([Entry(one.user_number, one.claim_code) for one in asked.user_numbers])


@contextmanager
def _answering(*, as_json: bool) -> Iterator[None]:
    """The registry's refusals as sentences and exit codes, beside the product's."""
    with errors_as_exit_codes(as_json=as_json):
        try:
            yield
        except NumberRefused as refused:
            raise CommandFailed(f"refused: {refused.why}", Exit.REFUSED) from refused
        except RollRefused as refused:
            raise CommandFailed(f"the list was not taken on: {refused}", Exit.USAGE) from refused
        except ApiProblem as unread:
            raise CommandFailed(f"the input is {unread.code}: {unread.detail}", Exit.USAGE) from unread
