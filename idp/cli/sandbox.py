"""`idp sandbox ...`: the command-line twins of the sandbox's control endpoint."""

import json
import urllib.error
import urllib.request
from pathlib import Path
from typing import Annotated, Any

import typer

from idp.cli import sandbox_card
from idp.cli.options import AsJson
from idp.cli.output import CommandFailed, Exit, errors_as_exit_codes, show

READY_FILE = "ready.json"
"""In a demo's folder: the ready file of the demo that runs there."""
app = typer.Typer(name="sandbox", help="Move the sandbox's world.", no_args_is_help=True)
app.add_typer(sandbox_card.app)
Folder = Annotated[Path, typer.Option("--data", help="The demo's folder.")]
Resident = Annotated[str, typer.Argument(help="The resident's id.")]
Which = Annotated[str, typer.Option("--certificate", help="auth, sign or phone")]
_DEFAULT = Path(".idp-demo")
_REFUSED = (
    "the sandbox does not take this instruction: `idp sandbox residents` lists people, --help what may be said"
)


@app.command()
def residents(data: Folder = _DEFAULT, as_json: AsJson = False) -> None:
    """List the sample residents with their cards and PINs."""
    with errors_as_exit_codes(as_json=as_json):
        people = _ready(data)["residents"]
        if not as_json:
            people = [{"sign_pin": "", **person} for person in people]  # children have none
        show(people, as_json=as_json, columns=("id", "case", "auth_pin", "sign_pin", "card"))


def _resident_verb(name: str, help_text: str) -> None:
    @app.command(name, help=help_text)
    def verb(
        resident: Resident, certificate: Which = "auth", data: Folder = _DEFAULT, as_json: AsJson = False
    ) -> None:
        with errors_as_exit_codes(as_json=as_json):
            _control(data, {"do": name, "resident": resident, "certificate": certificate})
            show({"done": name, "resident": resident}, as_json=as_json)


for _name, _help in {
    "revoke": "Revoke a certificate; it shows at the next tick.",
    "unlink": "Lose a certificate's papers: J-LIS can link it to no other.",
    "renew": "Issue a new certificate; the old one is superseded.",
    "move": "Move house: the signature certificate is revoked.",
    "add-phone": "Enrol a phone.",
    "lose": "Lose the card: everything is on hold.",
    "die": "Everything is revoked.",
}.items():
    _resident_verb(_name, _help)


@app.command()
def clock(seconds: float, data: Folder = _DEFAULT, as_json: AsJson = False) -> None:
    """Put J-LIS and the provider SECONDS ahead of real time (negative: behind)."""
    with errors_as_exit_codes(as_json=as_json):
        _control(data, {"do": "clock", "seconds": seconds})
        show({"done": "clock", "seconds": seconds}, as_json=as_json)


@app.command()
def ocsp(
    mode: Annotated[str, typer.Argument(help="up, down, garbage, or signed: for signed requests alone.")],
    data: Folder = _DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Switch the OCSP responder."""
    with errors_as_exit_codes(as_json=as_json):
        _control(data, {"do": "ocsp", "mode": mode})
        show({"done": "ocsp", "mode": mode}, as_json=as_json)


@app.command()
def crl(
    mode: Annotated[str, typer.Argument(help="fresh or stale")], data: Folder = _DEFAULT, as_json: AsJson = False
) -> None:
    """Switch the revocation lists."""
    with errors_as_exit_codes(as_json=as_json):
        _control(data, {"do": "crl", "mode": mode})
        show({"done": "crl", "mode": mode}, as_json=as_json)


@app.command()
def lineage(
    mode: Annotated[str, typer.Argument(help="up, down or unobtainable")],
    data: Folder = _DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Switch the linkage of old and new, card and phone certificates."""
    with errors_as_exit_codes(as_json=as_json):
        _control(data, {"do": "lineage", "mode": mode})
        show({"done": "lineage", "mode": mode}, as_json=as_json)


@app.command()
def tick(data: Folder = _DEFAULT, as_json: AsJson = False) -> None:
    """Publish OCSP snapshot and lists now."""
    with errors_as_exit_codes(as_json=as_json):
        _control(data, {"do": "tick"})
        show({"done": "tick"}, as_json=as_json)


def _ready(data: Path) -> Any:
    try:
        return json.loads((data / READY_FILE).read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise CommandFailed(f"no demo runs in {data}: name its folder by --data", Exit.UNREACHABLE) from error


def _control(data: Path, body: dict[str, object]) -> None:
    """Send one instruction to the running demo."""
    request = urllib.request.Request(
        _ready(data)["sandbox"]["control"],
        data=json.dumps(body).encode(),
        headers={"Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=30):
            return
    except urllib.error.HTTPError as error:
        with error:
            raise CommandFailed(_REFUSED, Exit.REFUSED) from error
    except OSError as error:
        raise CommandFailed(f"no demo runs in {data}: name its folder by --data", Exit.UNREACHABLE) from error
