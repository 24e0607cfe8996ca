"""The program `idp-card`: signs in with a card at a login page's address, from a terminal or a small window.

Exit codes: 0 ok, 1 refused, 2 usage, 3 unreachable. The PIN is never an argument, and is never printed.
"""

import os
import sys
import time
import webbrowser
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from connectors.card import doctor as doctoring
from connectors.card import link as links
from connectors.card.agent import READ_SECONDS, Agent
from connectors.card.answers import Exit, fail, fail_with, print_findings, print_json, signed
from connectors.card.conversation import Cancelled, Conversation, Place
from connectors.card.counter import commands as counter
from connectors.card.errors import CardError
from connectors.card.handler import SYSTEMS, DesktopHandler, HandlerUnavailable, System, text_for
from connectors.card.places import PATIENCE_SECONDS, FilePlace, Pkcs11Place, ReaderPlace
from connectors.card.protocol import Acceptance
from connectors.card.showing import record_of
from connectors.card.softcard import SoftwareCard
from connectors.card.terminal import PinFile, Terminal, offer_code
from connectors.errors import ConnectorError
from connectors.http import Outbound

PROGRAM_PATIENCE_SECONDS = 10.0
"""How long a login with a PIN file waits for a card: nobody is told to put one down."""

app = typer.Typer(
    name="idp-card",
    help="Sign in with a card: the authenticator of the card login protocol.",
    no_args_is_help=True,
    rich_markup_mode=None,  # plain text: tables cut the names of long options off at 80 columns
    pretty_exceptions_enable=False,
    add_completion=False,
)
handler_app = typer.Typer(help="Let jpki-login: addresses open this program.", no_args_is_help=True)
app.add_typer(handler_app, name="handler")
app.add_typer(counter.app, name="counter")

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON value.")]
CardFile = Annotated[Path | None, typer.Option("--card", help="A software card (sandbox).")]
Reader = Annotated[str | None, typer.Option(help="A card reader's name, or a part of it.")]
SystemName = Annotated[System, typer.Option("--system", help="For which system.")]


@app.command()
def login(
    link: Annotated[str, typer.Argument(help="The address that the login page shows for card programs.")],
    card: CardFile = None,
    reader: Reader = None,
    pkcs11: Annotated[Path | None, typer.Option(help="Reach the card by this PKCS #11 module.")] = None,
    pin_file: Annotated[
        Path | None,
        typer.Option(
            help="Read the PIN from this file (input-support PIN: second line, with --card the same one)."
        ),
    ] = None,
    sign_pin_file: Annotated[
        Path | None,
        typer.Option(help="Read the PIN of the signature certificate from this file."),
    ] = None,
    no_open: Annotated[bool, typer.Option("--no-open", help="Do not open the browser afterwards.")] = False,
    dev: Annotated[bool, typer.Option("--dev", help="Allow http to this very computer.")] = False,
    window: Annotated[
        bool | None, typer.Option("--window/--terminal", help="Ask in a window; usual where no terminal is.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Sign the challenge behind LINK and go on in the browser."""
    if sum(way is not None for way in (card, reader, pkcs11)) > 1:
        fail("Give one of --card, --reader and --pkcs11.", Exit.USAGE, as_json=as_json)
    try:
        parsed = links.parse(link, dev=dev)
    except links.LinkMalformed as error:
        fail(f"This link cannot be opened: {error}.", Exit.USAGE, as_json=as_json)
    by_file = pin_file is not None or sign_pin_file is not None
    place = _place(card, reader, pkcs11, patience=PROGRAM_PATIENCE_SECONDS if by_file else PATIENCE_SECONDS)
    agent = Agent(parsed, Outbound([parsed.origin], read_seconds=READ_SECONDS))
    by_window = _by_window(os.environ) and not by_file and not as_json if window is None else window
    try:
        if by_window:
            acceptance = _in_window(agent, place, no_open=no_open)
        else:
            face = PinFile(pin_file, as_json, isinstance(place, FilePlace), sign_pin_file) if by_file else None
            acceptance = _in_terminal(agent, place, face)
    except (Cancelled, CardError, ConnectorError, OSError) as error:
        fail_with(error, as_json=as_json)
    signed(acceptance, as_json=as_json)
    if acceptance.return_url is None or by_window:
        return
    if not no_open:
        webbrowser.open(acceptance.return_url)
    if acceptance.code is not None and not by_file and not as_json and sys.stdin.isatty():
        offer_code(acceptance.code)


@app.command()
def show(
    card: CardFile = None,
    reader: Reader = None,
    personal: Annotated[bool, typer.Option("--personal", help="Also whose card it is.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show what a card holds, without secrets and without serial numbers."""
    if card is not None and reader is not None:
        fail("Give one of --card and --reader.", Exit.USAGE, as_json=as_json)
    try:
        held = SoftwareCard.load(card) if card is not None else _reader_place(reader, 0.0).card()
        record = record_of(held, personal=personal)
    except CardError as error:
        fail_with(error, as_json=as_json)
    print_json(record, as_json=as_json)


@app.command()
def doctor(card: CardFile = None, as_json: AsJson = False) -> None:
    """Check what a login from this computer needs. Exit code: 0 ready, 1 something is missing, 3 no service."""
    if card is not None:
        findings = [doctoring.card_file(card)]
    else:
        display = sys.platform in ("win32", "darwin") or bool(os.environ.get("DISPLAY"))
        installed = sys.platform.startswith("linux") and _desktop().installed
        around = doctoring.Surroundings(display=display, handler=installed, platform=sys.platform)
        findings = list(doctoring.examine(around))
    print_findings(findings, as_json=as_json)
    if code := doctoring.exit_code(findings):
        raise typer.Exit(code)


@handler_app.command("install")
def handler_install(
    dev: Annotated[bool, typer.Option("--dev", help="Allow http to this very computer.")] = False,
) -> None:
    """Let jpki-login: addresses open this program, for you alone (Linux desktops)."""
    _require_linux()
    try:
        _desktop().install(dev=dev)
    except HandlerUnavailable as error:
        fail(f"Not installed: {error}.", Exit.REFUSED, as_json=False)
    print(f"Installed: {_desktop().entry}")


@handler_app.command("remove")
def handler_remove() -> None:
    """Undo what install did."""
    _require_linux()
    try:
        _desktop().remove()
    except HandlerUnavailable as error:
        fail(f"Not removed: {error}.", Exit.REFUSED, as_json=False)
    print("Removed.")


@handler_app.command("show")
def handler_show(system: SystemName = "linux") -> None:
    """Print the desktop entry, the Windows registry script or the macOS property list."""
    print(text_for(system, _program()), end="")


def _in_terminal(agent: Agent, place: Place, face: PinFile | None) -> Acceptance:
    """The login in a terminal, or by PIN files, before which nobody need be held up."""
    if face is None:
        return Conversation(agent=agent, face=Terminal(), place=place, pause=time.sleep).run()
    return Conversation(agent=agent, face=face, place=place, pause=time.sleep, last_try_pause=0.0).run()


def _in_window(agent: Agent, place: Place, *, no_open: bool) -> Acceptance:
    """The login in a window. Fails with a sentence where none can be opened."""
    try:
        import tkinter

        from connectors.card.window import Window

        face = Window((lambda _: None) if no_open else webbrowser.open)
    except (ImportError, tkinter.TclError):
        fail("No window can be opened here: use --terminal.", Exit.USAGE, as_json=False)
    return face.run(Conversation(agent=agent, face=face, place=place, pause=time.sleep).run)


def _by_window(environment: Mapping[str, str]) -> bool:
    """A window is usual where nobody could type into a terminal and a window could be seen."""
    display = sys.platform in ("win32", "darwin") or bool(environment.get("DISPLAY"))
    return display and not sys.stdin.isatty()


def _place(card: Path | None, reader: str | None, pkcs11: Path | None, *, patience: float) -> Place:
    if card is not None:
        from connectors.sandbox.card.in_process import InProcessCard

        return FilePlace(card, InProcessCard.load)
    return Pkcs11Place(pkcs11) if pkcs11 is not None else _reader_place(reader, patience)


def _reader_place(reader: str | None, patience: float) -> ReaderPlace:
    return ReaderPlace(name=reader, patience=patience, monotonic=time.monotonic)


def _require_linux() -> None:
    if not sys.platform.startswith("linux"):
        fail(f"Use: idp-card handler show --system {' or '.join(SYSTEMS[1:])}", Exit.USAGE, as_json=False)


def _desktop() -> DesktopHandler:
    data_home = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local/share"
    return DesktopHandler(data_home=Path(data_home), program=_program())


def _program() -> str:
    """This program as others may start it."""
    return str(Path(sys.argv[0]).resolve())


def main() -> None:
    """Console script `idp-card`."""
    app()
