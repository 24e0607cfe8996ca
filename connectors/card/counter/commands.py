"""`idp-card counter key|login|form|serve`. A PIN is never an argument, and is never printed."""

import getpass
import secrets
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from connectors.card import basic4
from connectors.card import link as links
from connectors.card.agent import READ_SECONDS, Agent
from connectors.card.answers import Exit, fail, fail_with, print_json, signed
from connectors.card.conversation import Cancelled, Face, Place, Question
from connectors.card.counter import form as forms
from connectors.card.counter import key as keys
from connectors.card.counter import typeface
from connectors.card.counter.agent import CounterAgent
from connectors.card.counter.desk import Desk
from connectors.card.counter.genuineness import NotChecked
from connectors.card.counter.keyboard import KeyboardUnusable
from connectors.card.counter.message import Mode
from connectors.card.counter.number_options import KeyAfter, NumberOptions, NumberUse
from connectors.card.counter.sheet import PrintingAbsent
from connectors.card.counter.windows import Area, BrowserUnusable, CounterBrowser
from connectors.card.errors import CardError
from connectors.card.pin import PinKind
from connectors.card.places import PATIENCE_SECONDS, FilePlace, ReaderPlace
from connectors.card.protocol import Acceptance
from connectors.card.terminal import PinFile, Terminal, both
from connectors.card.texts import Words
from connectors.errors import ConnectorError
from connectors.http import Outbound
from connectors.ports import CertificateKind

app = typer.Typer(help="The counter terminal: staff beside, a key of its own.", no_args_is_help=True)

KeyFile = Annotated[Path, typer.Option("--key", help="The terminal's key file, made by `counter key`.")]
PassphraseFile = Annotated[
    Path | None,
    typer.Option(
        "--passphrase-file",
        envvar="IDP_CARD_PASSPHRASE_FILE",
        help="File with the passphrase of the terminal's key; asked for at a terminal when it is not named.",
    ),
]
TerminalId = Annotated[str, typer.Option("--terminal", help="The id under which the tenant enrolled it.")]
CardFile = Annotated[Path | None, typer.Option("--card", help="A software card (sandbox).")]
Reader = Annotated[str | None, typer.Option(help="A card reader's name, or a part of it.")]
PinPath = Annotated[
    Path | None,
    typer.Option("--pin-file", help="Read the secrets from this file: the user PIN in its first line."),
]
ByNumber = Annotated[
    bool, typer.Option("--number-b", help="Name and address by the number printed on the card, not by its PIN.")
]
Dev = Annotated[bool, typer.Option("--dev", help="Allow http to this very computer.")]
Font = Annotated[Path | None, typer.Option(help="A typeface with Japanese characters.")]
TemplateFile = Annotated[Path | None, typer.Option("--template", help="The form, JSON; else a general one.")]
Where = Annotated[str, typer.Option("--place", help="Where this terminal stands; printed on paper.")]
NumberUse_ = Annotated[
    NumberUse | None,
    typer.Option("--number", help="Show the staff the user number of a login, or type it elsewhere."),
]
NumberWindow = Annotated[str, typer.Option(help="Type only into windows whose title contains this.")]
NumberPrefix = Annotated[str, typer.Option(help="Typed before the number.")]
NumberKey = Annotated[KeyAfter, typer.Option(help="The key that follows the number.")]
NumberProgram = Annotated[
    Path | None, typer.Option(help="A program that types in the place of xdotool; see the README.")
]
Browser = Annotated[
    str | None, typer.Option(help="A Chromium to run both windows in, its profile thrown away after each person.")
]
StaffScreen = Annotated[str, typer.Option(help="LEFT,TOP,WIDTH,HEIGHT of the staff's window, in pixels.")]
ResidentScreen = Annotated[str, typer.Option(help="The same of the resident's, on the second screen.")]
ServicePage = Annotated[str | None, typer.Option(help="The service's own page, opened beside the staff's.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON value.")]


@app.command("key")
def key_(
    file: Annotated[Path, typer.Argument(help="A new file for the private key.")],
    passphrase_file: PassphraseFile = None,
) -> None:
    """Make this terminal's key, and print its public half for `idp terminal enrol`."""
    try:
        print(keys.create(file, _passphrase_in(passphrase_file)).decode(), end="")
    except keys.TerminalKeyUnusable as error:
        fail(f"No key: {error}.", Exit.REFUSED, as_json=False)


@app.command()
def login(
    link: Annotated[str, typer.Argument(help="The address that the login page shows for card programs.")],
    terminal: TerminalId,
    key: KeyFile,
    passphrase_file: PassphraseFile = None,
    mode: Annotated[Mode, typer.Option(help="Ask for the PIN, or only hold the card over the reader.")] = Mode.PIN,
    card: CardFile = None,
    reader: Reader = None,
    pin_file: PinPath = None,
    by_number: ByNumber = False,
    dev: Dev = False,
    as_json: AsJson = False,
) -> None:
    """Take part in one login, without screens. The address that it prints is for this computer's browser."""
    sandbox = card is not None
    face: Face = Terminal() if pin_file is None else PinFile(pin_file, quiet=as_json, sandbox=sandbox)
    kind = PinKind.NUMBER_B if by_number else PinKind.INPUT_SUPPORT
    try:
        agent = _agent(link, _terminal(terminal, key, passphrase_file), dev=dev)
        acceptance = _sign_in(agent, mode, _place(card, reader, patience=PATIENCE_SECONDS), face, kind)
    except (links.LinkMalformed, keys.TerminalKeyUnusable) as error:
        fail(f"Not begun: {error}.", Exit.USAGE, as_json=as_json)
    except (Cancelled, CardError, ConnectorError, OSError) as error:
        fail_with(error, as_json=as_json)
    signed(acceptance, as_json=as_json)


@app.command()
def form(
    out: Annotated[Path, typer.Option(help="The PDF; a file that is there is replaced.")],
    where: Where,
    by_number: ByNumber = False,
    template: TemplateFile = None,
    font: Font = None,
    card: CardFile = None,
    reader: Reader = None,
    pin_file: PinPath = None,
) -> None:
    """Fill an application form with name, address, birth date and gender from the card."""
    kind = PinKind.NUMBER_B if by_number else PinKind.INPUT_SUPPORT
    face: Face = Terminal() if pin_file is None else PinFile(pin_file, quiet=True)
    try:
        chosen = forms.GENERAL if template is None else forms.read_template(template)
        face_file = typeface.find(font)
        held = _place(card, reader, patience=PATIENCE_SECONDS).card()
        secret = face.ask(Question(kind, held.attributes_tries_left(kind)))
        record = basic4.parse(held.attributes(kind, secret))
        reading = forms.Reading(basic4=record, at=_local_now(), place=where, opened_by=kind)
        out.write_bytes(forms.fill(chosen, reading, face_file))
    except (forms.TemplateRefused, typeface.TypefaceAbsent, PrintingAbsent) as error:
        fail(f"No form: {error}.", Exit.USAGE, as_json=False)
    except (Cancelled, CardError, OSError) as error:
        fail_with(error, as_json=False)


@app.command()
def serve(
    terminal: TerminalId,
    key: KeyFile,
    where: Where,
    passphrase_file: PassphraseFile = None,
    port: Annotated[int, typer.Option(help="0: any free one.")] = 0,
    template: TemplateFile = None,
    font: Font = None,
    card: CardFile = None,
    reader: Reader = None,
    number: NumberUse_ = None,
    number_window: NumberWindow = "",
    number_prefix: NumberPrefix = "",
    number_key: NumberKey = KeyAfter.ENTER,
    number_program: NumberProgram = None,
    browser: Browser = None,
    staff_screen: StaffScreen = "0,0,1280,800",
    resident_screen: ResidentScreen = "1280,0,1280,1024",
    service_page: ServicePage = None,
    dev: Dev = False,
    as_json: AsJson = False,
) -> None:
    """Run both screens on this computer until interrupted; their addresses are printed and are secrets."""
    from connectors.card.counter import serving

    try:
        known = _terminal(terminal, key, passphrase_file)
        areas = Area.parse(staff_screen), Area.parse(resident_screen)
        desk = Desk(
            terminal_id=known.terminal_id,
            where=where,
            place=_place(card, reader, patience=0.0),
            agent_for=lambda link: _agent(link, known, dev=dev),
            genuineness=NotChecked(),
            template=forms.GENERAL if template is None else forms.read_template(template),
            typeface=typeface.find(font),
            now=_local_now,
            monotonic=time.monotonic,
            token=_token,
            numbers=NumberOptions(
                use=number,
                window=number_window,
                prefix=number_prefix,
                key=number_key,
                program=number_program,
            ).desk(),
        )
    except (
        keys.TerminalKeyUnusable,
        forms.TemplateRefused,
        typeface.TypefaceAbsent,
        KeyboardUnusable,
        BrowserUnusable,
    ) as error:
        fail(f"Not begun: {error}.", Exit.USAGE, as_json=as_json)

    def show(addresses: dict[str, str]) -> CounterBrowser | None:
        _tell(addresses, as_json=as_json)
        if browser is None:
            return None
        return CounterBrowser(
            program=browser,
            pages=(addresses["staff"], *([service_page] if service_page else [])),
            resident=addresses["resident"],
            staff_area=areas[0],
            resident_area=areas[1],
        )

    try:
        serving.serve(desk, port, staff=_token(), resident=_token(), show=show)
    except OSError as error:
        fail(f"No screens: {error.strerror}.", Exit.REFUSED, as_json=as_json)
    except BrowserUnusable as error:
        fail(f"No screens: {error}.", Exit.USAGE, as_json=as_json)


def _tell(addresses: dict[str, str], *, as_json: bool) -> None:
    if as_json:
        print_json(addresses, as_json=True)
        return
    for words, name in ((_STAFF, "staff"), (_RESIDENT, "resident")):
        print(f"{both(words)}:\n  {addresses[name]}", flush=True)


_STAFF = Words("職員の画面（このコンピューターのブラウザで開く）", "For the staff, in this computer's browser")
_RESIDENT = Words("住民の画面（同じブラウザの、二つ目の画面の窓で開く）", "For residents, on the second screen")


def _terminal(terminal_id: str, file: Path, passphrase_file: Path | None) -> keys.TerminalKey:
    """The terminal's key; a person who can type is asked for the passphrase that no file names."""
    passphrase = _passphrase_in(passphrase_file)
    if passphrase is None and keys.is_encrypted(file) and sys.stdin.isatty():
        try:
            passphrase = getpass.getpass(f"{both(_PASSPHRASE)}: ").encode()
        except (EOFError, KeyboardInterrupt) as error:
            raise keys.TerminalKeyUnusable("no passphrase was typed") from error
    return keys.load(terminal_id, file, passphrase)


def _passphrase_in(file: Path | None) -> bytes | None:
    """The first line of a passphrase file, None when none is named. Raises TerminalKeyUnusable."""
    if file is None:
        return None
    try:
        lines = file.read_bytes().splitlines()
    except OSError as error:
        raise keys.TerminalKeyUnusable("the passphrase file cannot be read") from error
    return lines[0] if lines else b""


_PASSPHRASE = Words("窓口端末の鍵のパスフレーズ", "Passphrase of the terminal's key")


def _sign_in(agent: CounterAgent, mode: Mode, place: Place, face: Face, kind: PinKind) -> Acceptance:
    """One attempt. `kind`: what opens the card's attributes, where the challenge asks for them.

    Raises what the agent and the card raise, and Cancelled after the provider was told.
    """
    challenge = agent.challenge(mode)
    face.introduce(challenge, agent.agent.link.host)
    card = place.card()
    if mode is Mode.KAZASHI:
        NotChecked().check(card)
    try:
        ef0002 = b""
        if challenge.attributes:
            ef0002 = card.attributes(kind, face.ask(Question(kind, card.attributes_tries_left(kind))))
        if mode is Mode.KAZASHI:
            return agent.prove_held_over(challenge, card.certificate(CertificateKind.USER), ef0002)
        pin = face.ask(Question(PinKind.USER, card.tries_left(CertificateKind.USER)))
    except Cancelled:
        agent.decline(challenge)
        raise
    return agent.prove_by_pin(challenge, card, pin, ef0002)


def _agent(unverified_link: str, terminal: keys.TerminalKey, *, dev: bool) -> CounterAgent:
    link = links.parse(unverified_link, dev=dev)
    return CounterAgent(agent=Agent(link, Outbound([link.origin], read_seconds=READ_SECONDS)), terminal=terminal)


def _place(card: Path | None, reader: str | None, *, patience: float) -> Place:
    if card is None:
        return ReaderPlace(name=reader, patience=patience, monotonic=time.monotonic)
    from connectors.sandbox.card.in_process import InProcessCard

    return FilePlace(card, InProcessCard.load)


def _local_now() -> datetime:
    return datetime.now().astimezone()


def _token() -> str:
    return secrets.token_urlsafe(16)
