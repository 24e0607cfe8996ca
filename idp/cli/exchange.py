"""`idp exchange run`: answer the serial lists that lie in a tenant's exchange folder."""

from pathlib import Path
from typing import Annotated

import typer

from idp.cli.context import build, tenant_of
from idp.cli.options import AsJson, Data, TenantId
from idp.cli.output import CommandFailed, Exit, errors_as_exit_codes, show
from idp.exchange.folder import SETTLED_SECONDS, FolderBusy
from idp.exchange.run import Outcome
from idp.jpki.crl_refused import CrlRefused

app = typer.Typer(name="exchange", help="The file exchange: serial lists in, verdicts out.", no_args_is_help=True)


@app.callback()
def _noun() -> None:
    """Keep `run` a verb of its own."""


@app.command()
def run(
    directory: Annotated[Path, typer.Argument(help="Holds a folder per tenant, with in, out, done and refused.")],
    tenant: TenantId,
    settled: Annotated[
        int, typer.Option(min=0, help="Seconds without a change after which a file without .ready is whole.")
    ] = SETTLED_SECONDS,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Take every list that is whole, answer or refuse it; exit code 1 when one was refused."""
    with errors_as_exit_codes(as_json=as_json):
        product = build(data)
        of = tenant_of(product, tenant)
        exchange = product.offline.exchange
        if exchange is None:
            raise CommandFailed("IDP_CRL_DIRECTORY is not set: there is no place for lists", Exit.USAGE)
        if not directory.is_dir():  # made anew, a folder that nobody meant would be empty for ever
            raise CommandFailed(f"{directory} is no folder", Exit.USAGE)
        try:
            found = exchange.run(of, directory, settled_seconds=settled)
        except FolderBusy as busy:
            raise CommandFailed(str(busy), Exit.UNREACHABLE) from busy
        except CrlRefused as refused:
            raise CommandFailed(str(refused), Exit.UNREACHABLE) from refused
        except OSError as error:
            raise CommandFailed(f"the folder cannot be used: {error.strerror}", Exit.USAGE) from error
        show({str(outcome): found[outcome] for outcome in Outcome}, as_json=as_json)
        if found[Outcome.REFUSED]:
            raise typer.Exit(int(Exit.REFUSED))
