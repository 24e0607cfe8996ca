"""The command line's entry: every noun is one file."""

from importlib import metadata
from typing import Annotated

import typer

from connectors import core_dumps
from idp import logs
from idp.cli import (
    anchor,
    approve,
    audit,
    backup,
    certificate,
    collect,
    crl,
    demo,
    doctor,
    exchange,
    keys,
    link,
    ocsp,
    person,
    ppid,
    procedure,
    resident_code,
    resource,
    sandbox,
    server,
    service,
    tenant,
    terminal,
    usage,
    worker,
)

app = typer.Typer(
    name="idp",
    help="OpenID Connect provider for municipalities: JPKI login, one pairwise pseudonymous id per service.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)


def _tell_version(wanted: bool) -> None:
    if wanted:
        print(metadata.version("ppid-idp"))
        raise typer.Exit


@app.callback()
def _about(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_tell_version, is_eager=True, help="Print the version and end.")
    ] = False,
) -> None:
    """What holds for every command."""


demo.mount(app)
server.mount(app)
doctor.mount(app)
for noun in (
    tenant,
    service,
    resource,
    procedure,
    terminal,
    link,
    person,
    resident_code,
    ppid,
    keys,
    audit,
    crl,
    ocsp,
    sandbox,
    worker,
    approve,
    anchor,
    certificate,
    usage,
    collect,
    exchange,
    backup,
):
    app.add_typer(noun.app)


def main() -> None:
    """Console script `idp`. Standard output is what a command says: its log lines go to standard error."""
    core_dumps.leave_none()
    logs.configure(quiet=True)
    app()
