"""`idp service secret add|retire|list` and `rotate-secret`: replacing a secret without locking its service out."""

from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from idp.cli.context import build, service_of, tenant_of
from idp.cli.options import AsJson, Data, TenantId
from idp.cli.output import errors_as_exit_codes, show
from idp.japan import JAPAN
from idp.services.client_secrets import NewSecret, secret_id
from idp.store.tenants import SecretRow

app = typer.Typer(name="secret", help="A service's secrets, two at most.", no_args_is_help=True)
_COLUMNS = ("id", "made_at")


@app.command()
def add(service_id: str, tenant: TenantId, data: Data = None, as_json: AsJson = False) -> None:
    """Make one more secret; it is printed once and never again. The other one goes on until it is retired."""
    with errors_as_exit_codes(as_json=as_json):
        product = build(data)
        of = tenant_of(product, tenant)
        show(_made(product.client_secrets.add(of, service_of(of, service_id))), as_json=as_json)


@app.command()
def retire(
    service_id: str,
    unwanted: Annotated[str, typer.Argument(metavar="ID", help="The secret's id, as `list` prints it.")],
    tenant: TenantId,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Believe a secret no longer; running servers follow within seconds."""
    with errors_as_exit_codes(as_json=as_json):
        product = build(data)
        of = tenant_of(product, tenant)
        client = service_of(of, service_id)
        product.client_secrets.retire(of, client, unwanted)
        show(
            [_described(row) for row in product.client_secrets.all(of, client)], as_json=as_json, columns=_COLUMNS
        )


@app.command("list")
def list_(service_id: str, tenant: TenantId, data: Data = None, as_json: AsJson = False) -> None:
    """List the secrets that count, the oldest first. The secrets themselves are not stored."""
    with errors_as_exit_codes(as_json=as_json):
        product = build(data)
        of = tenant_of(product, tenant)
        rows = product.client_secrets.all(of, service_of(of, service_id))
        show([_described(row) for row in rows], as_json=as_json, columns=_COLUMNS)


def rotate(service_id: str, tenant: TenantId, data: Data = None, as_json: AsJson = False) -> None:
    """Make a new secret, printed once; the newest before it goes on until the next rotation, older ones end."""
    with errors_as_exit_codes(as_json=as_json):
        product = build(data)
        of = tenant_of(product, tenant)
        show(_made(product.client_secrets.rotate(of, service_of(of, service_id))), as_json=as_json)


def _made(made: NewSecret) -> dict[str, Any]:
    return {"id": made.secret_id, "client_secret": made.text}


def _described(row: SecretRow) -> dict[str, Any]:
    """`made_at` to the second where that was noted, else the day."""
    if not row.made_at:
        return {"id": secret_id(row.digest), "made_at": row.created.isoformat()}
    at = datetime.fromtimestamp(row.made_at, UTC).astimezone(JAPAN)
    return {"id": secret_id(row.digest), "made_at": at.isoformat()}
