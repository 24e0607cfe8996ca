"""`idp sandbox card ...`: a resident's card in a virtual reader, for card programs that nobody here wrote."""

import os
import re
import sys
from pathlib import Path
from typing import Annotated

import typer

from idp.cli.options import AsJson
from idp.cli.output import CommandFailed, Exit, errors_as_exit_codes, show

app = typer.Typer(name="card", help="Put a resident's card into a virtual reader.", no_args_is_help=True)
_PROGRAM = "connectors.sandbox.card"
_RESIDENT = re.compile(r"[a-z0-9]{1,32}")
_READERS = "readers"


@app.callback()
def group() -> None:
    """Put a resident's card into a virtual reader."""


@app.command()
def insert(
    resident: Annotated[str, typer.Argument(help="The resident's id.")],
    directory: Annotated[
        Path | None, typer.Option("--dir", help="Where csock and the logs come; usually in the demo's folder.")
    ] = None,
    data: Annotated[Path, typer.Option("--data", help="The demo's folder.")] = Path(".idp-demo"),
    phone: Annotated[bool, typer.Option("--phone", help="The resident's phone instead of the card.")] = False,
    atr: Annotated[
        str, typer.Option(help="contact, type-b, or another that --help of the program lists.")
    ] = "contact",
    padding: Annotated[int, typer.Option(min=0, max=4096, help="Bytes after certificates.")] = 32,
    leading: Annotated[int, typer.Option(help="Bytes before the Basic 4: 0, or 2 as on cards of 2023.")] = 0,
    pinless: Annotated[bool, typer.Option("--pinless", help="A card on which no PIN was ever set.")] = False,
    as_json: AsJson = False,
) -> None:
    """Run a reader that holds this card until TERM; DIR/csock is its PCSCLITE_CSOCK_NAME. USR1 pulls the card."""
    with errors_as_exit_codes(as_json=as_json):
        world = data / "sandbox"
        card = world / "residents" / f"{resident}{'-phone' if phone else ''}.card.json"
        if not world.is_dir():
            raise CommandFailed(f"{data} holds no sandbox; `idp demo` founds one", Exit.UNREACHABLE)
        if not _RESIDENT.fullmatch(resident) or not card.is_file():
            raise CommandFailed("no such resident, or no such device of theirs", Exit.REFUSED)
        words = [str(card), "--authorities", str(world / "authorities"), "--atr", atr]
        folder = directory or data / _READERS / resident
        words += ["--dir", str(folder), "--leading", str(leading)]
        words += ["--padding", str(padding), *(["--pinless"] if pinless else [])]
        if as_json:
            show({"csock": str(folder / "csock"), "pid": os.getpid()}, as_json=True)
            sys.stdout.flush()
        # This process becomes the reader, so that whoever stops it stops the reader.
        os.execv(sys.executable, [sys.executable, "-m", _PROGRAM, *words])  # noqa: S606
