"""`idp password give|give-again|show|end`, and `password_requests.py`: IDs with passwords, for the tenant's staff.

For residents without a card: whoever has one gives themselves an ID with it. What is printed is for the paper that
the resident takes along, or that goes to the address in the resident register; it is shown once. An ID comes as an
argument, for it is no secret.
"""

from enum import StrEnum
from typing import Annotated, Any

import typer

from idp.cli import password_requests
from idp.cli.context import build, tenant_of
from idp.cli.options import AsJson, Data, TenantId
from idp.cli.output import errors_as_exit_codes, show
from idp.japan import JAPAN
from idp.passwords.account import Issued
from idp.passwords.accounts import GivenOut
from idp.registration import NotAllowed


class Desk(StrEnum):
    """The ways by which the staff give an ID out; residents have others of their own."""

    COUNTER = Issued.COUNTER.value
    POST = Issued.POST.value


app = typer.Typer(name="password", help="IDs with passwords, for residents without a card.", no_args_is_help=True)
app.add_typer(password_requests.app)
_Id = Annotated[str, typer.Argument(help="The ID, as it is on the resident's paper.")]
_By = Annotated[
    Desk,
    typer.Option("--by", help="counter: you have seen who came; post: it goes to the registered address."),
]


@app.command()
def give(tenant: TenantId, by: _By, data: Data = None, as_json: AsJson = False) -> None:
    """Give an ID and its first password to somebody without a card, who is new here."""
    with errors_as_exit_codes(as_json=as_json):
        product = build(data)
        show(paper(product.people.passwords.give_out(tenant_of(product, tenant), Issued(by))), as_json=as_json)


@app.command("give-again")
def give_again(sign_in_id: _Id, tenant: TenantId, by: _By, data: Data = None, as_json: AsJson = False) -> None:
    """Give another first password for an ID that was given out here before; the old one counts no more."""
    with errors_as_exit_codes(as_json=as_json):
        product = build(data)
        accounts, of = product.people.passwords, tenant_of(product, tenant)
        show(paper(accounts.give_out_again(of, accounts.read(sign_in_id), Issued(by))), as_json=as_json)


@app.command("show")
def show_(sign_in_id: _Id, tenant: TenantId, data: Data = None, as_json: AsJson = False) -> None:
    """Show how and when an ID was given out, and how sure one was of who got it."""
    with errors_as_exit_codes(as_json=as_json):
        product = build(data)
        accounts = product.people.passwords
        account = accounts.find(tenant_of(product, tenant), accounts.read(sign_in_id))
        if account is None:
            raise NotAllowed("there is no such ID")
        told: dict[str, Any] = {
            "issued": str(account.issued),
            "issued_on": account.issued_on.isoformat(),
            "assurance": account.assurance,
            "password": "first" if account.first_until else "own",
        }
        show(told, as_json=as_json)


@app.command()
def end(sign_in_id: _Id, tenant: TenantId, data: Data = None, as_json: AsJson = False) -> None:
    """Let nobody sign in with an ID any more; whoever has a card still does with that."""
    with errors_as_exit_codes(as_json=as_json):
        product = build(data)
        accounts = product.people.passwords
        accounts.end(tenant_of(product, tenant), accounts.read(sign_in_id))
        show({"state": "ended"}, as_json=as_json)


def paper(given: GivenOut) -> dict[str, Any]:
    """What is printed of an ID that is given out."""
    return {
        "id": given.sign_in_id,
        "first_password": given.first_password,
        "until": f"{given.until.astimezone(JAPAN):%Y-%m-%d}",
    }
