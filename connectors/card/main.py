"""The program `idp-card`: signs in with a card at a login page's address, from the command line.

Exit codes: 0 ok, 1 refused, 2 usage, 3 unreachable. The PIN is never an argument, and is never printed.
"""

import getpass
import json
import sys
import webbrowser
from enum import IntEnum
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from connectors.card import link as links
from connectors.card.agent import READ_SECONDS, Agent, RefusedByServer
from connectors.card.errors import CardError, CertificateAbsent
from connectors.card.protocol import Challenge
from connectors.card.softcard import SoftwareCard
from connectors.errors import ConnectorError, Unreachable
from connectors.http import Outbound
from connectors.ports import CertificateKind

app = typer.Typer(
    name="idp-card",
    help="Sign in with a card: the authenticator of the card login protocol.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON value.")]
CardFile = Annotated[Path | None, typer.Option("--card", help="A software card (sandbox).")]


class Exit(IntEnum):
    """Exit codes."""

    REFUSED = 1
    USAGE = 2
    UNREACHABLE = 3


@app.command()
def login(
    link: Annotated[str, typer.Argument(help="The address that the login page shows for card programs.")],
    card: CardFile = None,
    reader: Annotated[str | None, typer.Option(help="A card reader's name.")] = None,
    pin_file: Annotated[Path | None, typer.Option(help="Read the PIN from this file instead of asking.")] = None,
    no_open: Annotated[bool, typer.Option("--no-open", help="Do not open the browser afterwards.")] = False,
    dev: Annotated[bool, typer.Option("--dev", help="Allow http to this very computer.")] = False,
    as_json: AsJson = False,
) -> None:
    """Sign the challenge behind LINK and go on in the browser."""
    if reader is not None or card is None:
        _fail("This version reads software cards only: give one with --card.", Exit.USAGE, as_json=as_json)
    try:
        parsed = links.parse(link, dev=dev)
    except links.LinkMalformed as error:
        _fail(f"This link cannot be opened: {error}.", Exit.USAGE, as_json=as_json)
    agent = Agent(parsed, Outbound([parsed.origin], read_seconds=READ_SECONDS))
    try:
        held = SoftwareCard.load(card)
        challenge = agent.challenge()
        _show(challenge, parsed, quiet=as_json)
        acceptance = agent.prove(challenge, held, _pin(pin_file))
    except RefusedByServer as refusal:
        _refused(refusal, as_json=as_json)
    except CardError as error:
        _fail(f"Card: {error}.", Exit.REFUSED, as_json=as_json)
    except Unreachable as error:
        _fail(f"No answer: {error}.", Exit.UNREACHABLE, as_json=as_json)
    except (ConnectorError, OSError) as error:
        _fail(f"Refused: {error}.", Exit.REFUSED, as_json=as_json)
    answer = {"status": "accepted", "return_url": acceptance.return_url, "code": acceptance.code}
    known = {name: value for name, value in answer.items() if value is not None}
    print(json.dumps(known) if as_json else "Accepted. Go on in your browser:\n" + (acceptance.return_url or ""))
    if acceptance.return_url and not no_open:
        webbrowser.open(acceptance.return_url)


@app.command()
def show(card: CardFile = None, as_json: AsJson = False) -> None:
    """Show what a card holds, without secrets and without serial numbers."""
    if card is None:
        _fail("Give a software card with --card.", Exit.USAGE, as_json=as_json)
    try:
        held = SoftwareCard.load(card)
        kinds = [kind for kind in CertificateKind if _holds(held, kind)]
        record: dict[str, object] = {"holder": held.holder, "device": held.device}
        record["certificates"] = {str(kind): {"tries_left": held.tries_left(kind)} for kind in kinds}
    except CardError as error:
        _fail(f"Card: {error}.", Exit.REFUSED, as_json=as_json)
    print(json.dumps(record, ensure_ascii=False, indent=None if as_json else 2))


@app.command()
def doctor(card: CardFile = None, as_json: AsJson = False) -> None:
    """Check what a login from this computer needs."""
    checks = {"python": sys.version.split()[0], "card readers": "not in this version; use --card"}
    readable = True
    if card is not None:
        try:
            checks["card file"] = f"readable, {SoftwareCard.load(card).device}"
        except CardError as error:
            checks["card file"], readable = str(error), False
    for name, finding in {} if as_json else checks.items():
        print(f"{name:<14} {finding}")
    if as_json:
        print(json.dumps(checks, ensure_ascii=False))
    if not readable:
        raise typer.Exit(Exit.REFUSED)


def _show(challenge: Challenge, parsed: links.Link, *, quiet: bool) -> None:
    """Who asks, shown before the PIN is asked for; on standard error, so that --json stays clean."""
    if quiet:
        return
    print(f"{challenge.tenant_name}\n{challenge.service_name}", file=sys.stderr)
    print(f"{challenge.service_purpose}\n{parsed.host}\n", file=sys.stderr)


def _pin(pin_file: Path | None) -> str:
    if pin_file is not None:
        return pin_file.read_text(encoding="utf-8", errors="replace").strip()
    return getpass.getpass("利用者証明用電子証明書の暗証番号（数字4桁） / PIN (4 digits): ")


def _holds(card: SoftwareCard, kind: CertificateKind) -> bool:
    try:
        card.certificate(kind)
    except CertificateAbsent:
        return False
    return True


def _refused(refusal: RefusedByServer, *, as_json: bool) -> NoReturn:
    if as_json:
        answer = {"status": refusal.status, "code": refusal.code, "reason": refusal.reason}
        print(json.dumps({name: value for name, value in answer.items() if value is not None}))
        raise typer.Exit(Exit.REFUSED)
    reason = f" ({refusal.reason})" if refusal.reason else ""
    _fail(f"The provider refused: {refusal.code}{reason}.", Exit.REFUSED, as_json=False)


def _fail(sentence: str, code: Exit, *, as_json: bool) -> NoReturn:
    print(json.dumps({"error": sentence}) if as_json else sentence, file=sys.stderr)
    raise typer.Exit(code)


def main() -> None:
    """Console script `idp-card`."""
    app()
