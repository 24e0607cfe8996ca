"""`idp terminal enrol|list|user-numbers|revoke`."""

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

from idp.cli.context import build, service_of, tenant_of
from idp.cli.moments import read_day
from idp.cli.options import AsJson, Data, TenantId
from idp.cli.output import CommandFailed, Exit, errors_as_exit_codes, show
from idp.japan import JAPAN
from idp.tenants.tenancy import Tenant
from idp.terminals.enrolment import NewTerminal
from idp.terminals.terminal import Terminal

app = typer.Typer(name="terminal", help="A tenant's counter terminals.", no_args_is_help=True)
_COLUMNS = ("id", "place", "services", "state", "expires_at")
_MAX_PEM_BYTES = 16 * 1024


@app.command()
def enrol(
    terminal_id: Annotated[
        str, typer.Argument(help="1 to 64 characters of a-z, 0-9 and hyphen; never used twice.")
    ],
    tenant: TenantId,
    place: Annotated[str, typer.Option(help="Where it stands: building, office, window.")],
    service: Annotated[list[str], typer.Option(help="A service that it serves; may be given many times.")],
    public_key: Annotated[Path, typer.Option(help="PEM file that `idp-card counter key` wrote on the terminal.")],
    last_day: Annotated[str, typer.Option(help="Its last day, YYYY-MM-DD in Japan.")],
    user_numbers: Annotated[
        bool, typer.Option("--user-numbers", help="It may learn and link user numbers after a login.")
    ] = False,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Enrol a terminal for some services of the tenant. Its private key stays on the terminal."""
    with errors_as_exit_codes(as_json=as_json):
        product = build(data)
        municipality = tenant_of(product, tenant)
        made = product.terminals.enrol(
            municipality,
            NewTerminal(
                terminal_id=terminal_id,
                place=place,
                public_key=_spki(public_key),
                clients=[service_of(municipality, service_id) for service_id in service],
                last_day=read_day(last_day, "--last-day"),
                user_numbers=user_numbers,
            ),
        )
        show(_describe(municipality, made, product.now()) | {"issuer": municipality.issuer}, as_json=as_json)


@app.command("list")
def list_(tenant: TenantId, data: Data = None, as_json: AsJson = False) -> None:
    """List every terminal that was ever enrolled."""
    with errors_as_exit_codes(as_json=as_json):
        product = build(data)
        municipality = tenant_of(product, tenant)
        found = product.terminals.all(municipality)
        rows = [_describe(municipality, terminal, product.now()) for terminal in found]
        show(rows, as_json=as_json, columns=_COLUMNS)


@app.command("user-numbers")
def user_numbers_(
    terminal_id: str,
    tenant: TenantId,
    allow: Annotated[bool, typer.Option("--allow/--forbid", help="From its next request on.")],
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Let a terminal learn and link the user number of a login that it took part in, or no longer."""
    with errors_as_exit_codes(as_json=as_json):
        product = build(data)
        product.terminals.let_learn_numbers(tenant_of(product, tenant), terminal_id, allowed=allow)
        show({"id": terminal_id, "user_numbers": allow}, as_json=as_json)


@app.command()
def revoke(terminal_id: str, tenant: TenantId, data: Data = None, as_json: AsJson = False) -> None:
    """Refuse a terminal from now on: its next request is refused."""
    with errors_as_exit_codes(as_json=as_json):
        product = build(data)
        product.terminals.revoke(tenant_of(product, tenant), terminal_id)
        show({"id": terminal_id, "state": "revoked"}, as_json=as_json)


def _describe(tenant: Tenant, terminal: Terminal, now: datetime) -> dict[str, Any]:
    served = [client.service_id for client in tenant.clients.values() if client.client_id in terminal.client_ids]
    return {
        "id": terminal.terminal_id,
        "place": terminal.place,
        "services": served,
        "state": terminal.state(int(now.timestamp())),
        "user_numbers": terminal.user_numbers,
        "expires_at": datetime.fromtimestamp(terminal.expires_at, JAPAN).isoformat(),
    }


def _spki(file: Path) -> bytes:
    """The SubjectPublicKeyInfo in a PEM file. Raises CommandFailed."""
    try:
        with file.open("rb") as stream:
            key = load_pem_public_key(stream.read(_MAX_PEM_BYTES))
    except (OSError, ValueError, UnsupportedAlgorithm) as error:
        raise CommandFailed("--public-key names a file without a readable public key", Exit.USAGE) from error
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
