"""`idp resident-code set|cancel|find`: the code that a resident chose (利用者コード), for the tenant's staff.

People are named by reference; a code comes from a file or from standard input.
"""

from pathlib import Path
from typing import Annotated

import typer

from idp.cli.context import build, tenant_of
from idp.cli.files import read_file
from idp.cli.options import AsJson, Data, TenantId
from idp.cli.output import errors_as_exit_codes, show
from idp.people.references import Kind, References
from idp.registration import NotAllowed
from idp.store.engine import Transaction
from idp.tenants.tenancy import Tenant

app = typer.Typer(name="resident-code", help="The code that a resident chose.", no_args_is_help=True)
_MAX_BYTES = 400
_Ref = Annotated[str, typer.Argument(help="A reference to the person.")]
_File = Annotated[Path, typer.Option("--file", help="File with the code, - for standard input.")]
_INPUT = Path("-")
_ORIGIN = "a resident's code"


@app.command("set")
def set_(
    reference: _Ref, tenant: TenantId, file: _File = _INPUT, data: Data = None, as_json: AsJson = False
) -> None:
    """Make a code that the resident chose theirs, in the place of an earlier one."""
    with errors_as_exit_codes(as_json=as_json):
        code, product = _code(file), build(data)
        of = tenant_of(product, tenant)
        with product.store.for_tenant(of.tenant_id).write() as tx:
            handle = _person(product.people.references, tx, of, reference)
            changed = product.people.resident_codes.choose(tx, of, handle, code)
        show({"state": "chosen" if changed else "unchanged"}, as_json=as_json)


@app.command()
def cancel(reference: _Ref, tenant: TenantId, data: Data = None, as_json: AsJson = False) -> None:
    """Let the person have no code any more; the code is nobody's for a year."""
    with errors_as_exit_codes(as_json=as_json):
        product = build(data)
        of = tenant_of(product, tenant)
        with product.store.for_tenant(of.tenant_id).write() as tx:
            handle = _person(product.people.references, tx, of, reference)
            product.people.resident_codes.give_up(tx, of, handle)
        show({"state": "cancelled"}, as_json=as_json)


@app.command()
def find(tenant: TenantId, file: _File = _INPUT, data: Data = None, as_json: AsJson = False) -> None:
    """Give out a reference to the person whose code it is: who they are, the staff still have to ask."""
    with errors_as_exit_codes(as_json=as_json):
        code, product = _code(file), build(data)
        of = tenant_of(product, tenant)
        with product.store.for_tenant(of.tenant_id).write() as tx:
            handle = product.people.resident_codes.owner(tx, of, code)
            reference = product.people.references.to_owner(tx, of, handle, _ORIGIN)
        show({"reference": reference}, as_json=as_json)


def _code(file: Path) -> str:
    return read_file(file, max_bytes=_MAX_BYTES).decode("utf-8", "replace").strip()


def _person(references: References, tx: Transaction, tenant: Tenant, reference: str) -> bytes:
    """The handle that a reference names. Raises NotAllowed for a certificate that is nobody's yet."""
    found = references.read(tx, tenant, reference)
    if found.kind is not Kind.PERSON:
        raise NotAllowed("this reference names no person")
    return found.body
