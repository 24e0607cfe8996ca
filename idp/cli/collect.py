"""`idp collect key|record|page|verify`: shelter mode."""

from pathlib import Path
from typing import Annotated

import typer

from idp.cli.collect_record import KeyFile, record
from idp.cli.collect_verify import verify
from idp.cli.context import build, tenant_of
from idp.cli.options import AsJson, Data, TenantId
from idp.cli.output import CommandFailed, Exit, errors_as_exit_codes, show
from idp.shelter import collection_key
from idp.shelter.collection_key import KeyFileRefused
from idp.shelter.page import collection_page

app = typer.Typer(name="collect", help="Shelter mode: collect offline, verify later.", no_args_is_help=True)
app.command()(record)
app.command()(verify)


@app.command()
def key(
    tenant: TenantId,
    new: Annotated[bool, typer.Option("--new", help="Make another key; the old one only opens files.")] = False,
    out: Annotated[Path | None, typer.Option(help="Write it to this file instead of printing it.")] = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Show the tenant's public collection key for devices, made when there is none."""
    with errors_as_exit_codes(as_json=as_json):
        product = build(data)
        public = product.offline.collection_keys.current(tenant_of(product, tenant), new=new)
        if out is None:
            show(collection_key.write(public), as_json=True)
            return
        _write(out, collection_key.text(public))
        show({"file": str(out), "key_id": public.key_id, "tenant": public.tenant_id}, as_json=as_json)


@app.command()
def page(
    key_file: KeyFile,
    out: Annotated[Path, typer.Option(help="The page, one file of HTML.")],
    as_json: AsJson = False,
) -> None:
    """Write a page that collects without network: one file, opened in any browser."""
    with errors_as_exit_codes(as_json=as_json):
        try:
            public = collection_key.read(key_file)
        except KeyFileRefused as refused:
            raise CommandFailed(str(refused), Exit.USAGE) from refused
        _write(out, collection_page(public))
        show({"file": str(out), "key_id": public.key_id, "tenant": public.tenant_id}, as_json=as_json)


def _write(out: Path, text: str) -> None:
    beside = out.with_name(out.name + ".new")
    try:
        beside.write_text(text, encoding="utf-8")
        beside.replace(out)
    except OSError as error:
        raise CommandFailed(f"the file cannot be written: {error.strerror}", Exit.USAGE) from error
