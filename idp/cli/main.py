"""The command line's entry: every noun is one file."""

import importlib
from collections import UserDict
from collections.abc import Mapping
from importlib import metadata
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typer.main import get_group

from connectors import core_dumps
from idp import logs

_FILES: Mapping[str, str] = {
    "demo": "demo",
    "serve": "server",
    "migrate": "server",
    "healthcheck": "server",
    "config": "server",
    "doctor": "doctor",
    "tenant": "tenant",
    "service": "service",
    "procedure": "procedure",
    "resource": "resource",
    "terminal": "terminal",
    "link": "link",
    "person": "person",
    "agent": "agent",
    "resident-code": "resident_code",
    "password": "password",
    "company": "company",
    "staff": "staff",
    "ppid": "ppid",
    "keys": "keys",
    "audit": "audit",
    "crl": "crl",
    "ocsp": "ocsp",
    "sandbox": "sandbox",
    "worker": "worker",
    "approve": "approve",
    "anchor": "anchor",
    "certificate": "certificate",
    "usage": "usage",
    "collect": "collect",
    "exchange": "exchange",
    "backup": "backup",
}
"""The first word of a command, and the file in this folder that has it."""


PLAIN = None
"""How help is written: as plain text. Tables cut the names of long options off at a terminal's 80 columns."""


class _Commands(UserDict[str, Any]):
    """Commands by their first word. Each is loaded when it is taken: all of them take a second."""

    def __getitem__(self, word: str) -> Any:
        """The command of that word. Raises KeyError."""
        if self.data[word] is None:
            module = importlib.import_module(f"idp.cli.{_FILES[word]}")
            holder = typer.Typer(rich_markup_mode=PLAIN)
            if hasattr(module, "mount"):
                module.mount(holder)
            else:
                holder.add_typer(module.app)
            self.data.update(get_group(holder).commands)
        return self.data[word]


class _Words(TyperGroup):
    """The group of all commands."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.commands = _Commands(dict.fromkeys(_FILES))


app = typer.Typer(
    name="idp",
    cls=_Words,
    help="OpenID Connect provider for municipalities: JPKI login, one pairwise pseudonymous id per service.",
    no_args_is_help=True,
    rich_markup_mode=PLAIN,
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


def main() -> None:
    """Console script `idp`. Standard output is what a command says: its log lines go to standard error."""
    core_dumps.leave_none()
    logs.configure(quiet=True)
    app()
