"""`idp password requests|request|accept|refuse`: IDs that were asked for on line.

Compare what was written with the resident register, and send what `accept` prints to the address that stands
there. The ID is not printed: its owner has it on the screen, so that the letter alone opens nothing.
"""

from typing import Annotated

import typer

from idp.cli.context import build, tenant_of
from idp.cli.options import AsJson, Data, TenantId
from idp.cli.output import errors_as_exit_codes, show
from idp.japan import JAPAN

app = typer.Typer()
_Number = Annotated[str, typer.Argument(help="The number of the request.")]
_COLUMNS = ("number", "applied_on", "until")


@app.command("requests")
def requests_(tenant: TenantId, data: Data = None, as_json: AsJson = False) -> None:
    """List the requests that wait, by their numbers; what nobody decides on goes on the day shown."""
    with errors_as_exit_codes(as_json=as_json):
        product = build(data)
        found = [
            {
                "number": one.number,
                "applied_on": one.applied_on.isoformat(),
                "until": one.expires_on.isoformat(),
            }
            for one in product.people.requests.waiting(tenant_of(product, tenant))
        ]
        show(found, as_json=as_json, columns=_COLUMNS)


@app.command("request")
def request_(number: _Number, tenant: TenantId, data: Data = None, as_json: AsJson = False) -> None:
    """Show what somebody wrote of themselves, to be compared with the register; that it was read is kept."""
    with errors_as_exit_codes(as_json=as_json):
        product = build(data)
        found = product.people.requests.read(tenant_of(product, tenant), number)
        written = found.applicant
        show({"name": written.name, "address": written.address, "born": written.born}, as_json=as_json)


@app.command()
def accept(number: _Number, tenant: TenantId, data: Data = None, as_json: AsJson = False) -> None:
    """Give the ID: who asks is in the register as they wrote. Prints the first password, for the letter."""
    with errors_as_exit_codes(as_json=as_json):
        product = build(data)
        given = product.people.requests.accept(tenant_of(product, tenant), number)
        until = f"{given.until.astimezone(JAPAN):%Y-%m-%d}"
        show({"first_password": given.first_password, "until": until}, as_json=as_json)


@app.command()
def refuse(number: _Number, tenant: TenantId, data: Data = None, as_json: AsJson = False) -> None:
    """Give no ID, and forget what was written."""
    with errors_as_exit_codes(as_json=as_json):
        product = build(data)
        product.people.requests.refuse(tenant_of(product, tenant), number)
        show({"state": "refused"}, as_json=as_json)
