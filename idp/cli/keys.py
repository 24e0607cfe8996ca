"""`idp keys list|rewrap|reseal`: the life of a tenant's keys at rest.

The ring of signing keys (`rotate`, `retire`) and the ceremony have files of their own.
"""

import time
from typing import Annotated, Any

import typer

from idp.cli import keys_ceremony, keys_ring
from idp.cli.context import build, tenant_of
from idp.cli.options import AsJson, Data, TenantId
from idp.cli.output import CommandFailed, Exit, errors_as_exit_codes, show, tell
from idp.compose import Product
from idp.tenants.tenancy import Tenant

app = typer.Typer(name="keys", help="Keys: wrapped, sealed, brought, restored.", no_args_is_help=True)
app.command()(keys_ring.rotate)
app.command()(keys_ring.retire)
app.command()(keys_ceremony.ceremony)
app.command()(keys_ceremony.restore)
_COLUMNS = ("kind", "key", "use", "alg", "state", "since", "age_days", "kept_under")
_NOTHING_MORE = {"use": "", "alg": "", "since": "", "age_days": ""}


@app.command("list")
def list_(tenant: TenantId, data: Data = None, as_json: AsJson = False) -> None:
    """List a tenant's keys, and under which version of which other key each is kept."""
    with errors_as_exit_codes(as_json=as_json):
        product = build(data)
        of = tenant_of(product, tenant)
        rows = [*_ppid_and_wrapping(product, of), *_data(product, of), *keys_ring.rows(product, of)]
        show([_NOTHING_MORE | row for row in rows], as_json=as_json, columns=_COLUMNS)


@app.command()
def rewrap(
    tenant: TenantId,
    rotate: Annotated[
        bool, typer.Option("--rotate/--no-rotate", help="Add a version of the wrapping key first.")
    ] = True,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Rotate the wrapping key and wrap every data key anew. May be run again at any time (--no-rotate)."""
    with errors_as_exit_codes(as_json=as_json):
        product = build(data)
        of = tenant_of(product, tenant)
        if rotate:
            product.custody.wrapping.rotate(of)
        done = product.custody.wrapping.rewrap(of, tell)
        show({"wrapping_version": done.version, "rewrapped": done.rewrapped}, as_json=as_json)


@app.command()
def reseal(
    tenant: TenantId,
    new: Annotated[bool, typer.Option("--new", help="Make a new generation of the data key first.")] = False,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Seal everything anew under the newest generation of the data key; --new makes one.

    Killed, it goes on where it stopped when it is run again (without --new). Earlier generations are deleted a day
    after they sealed their last, by running it once more.
    """
    with errors_as_exit_codes(as_json=as_json):
        resealing = (product := build(data)).custody.resealing
        of = tenant_of(product, tenant)
        if new:
            resealing.begin(of)
        while (seconds := resealing.seconds_until_known(of)) > 0:
            tell("waiting until every process knows the new generation, seconds left", seconds, seconds)
            time.sleep(1)
        resealing.activate(of)
        done = resealing.reseal(of := tenant_of(product, tenant), tell)
        resealing.retire(of, done)
        record = {"generation": done.generation, "resealed": done.resealed, "looked_at": done.looked_at}
        show(record | {"retired": done.retired, "broken": sorted(set(done.broken))}, as_json=as_json)
        if done.broken:
            raise CommandFailed(f"{len(done.broken)} sealed values open under no generation", Exit.REFUSED)


def _ppid_and_wrapping(product: Product, tenant: Tenant) -> list[dict[str, Any]]:
    version, wrapping = tenant.ppid_key_version, product.keys.wrapping_version(tenant.tenant_id)
    state = "current" if version else "waits for its ceremony"
    return [
        {"kind": "ppid", "key": f"version {version}", "state": state, "kept_under": "custody"},
        {"kind": "wrapping", "key": f"version {wrapping}", "state": "current", "kept_under": "custody"},
    ]


def _data(product: Product, tenant: Tenant) -> list[dict[str, Any]]:
    return [
        {
            "kind": "data",
            "key": f"{key.label} {key.generation}",
            "state": key.state,
            "kept_under": f"wrapping version {key.wrapped_under}",
        }
        for key in product.custody.wrapping.listed(tenant)
    ]
