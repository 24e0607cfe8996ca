"""`idp ppid explain`: how a number is made, for auditors and integrators; and `idp ppid ledger|rotate-key`."""

from typing import Annotated

import typer

import ppid
from connectors.ports import Keys
from idp.cli import ppid_migrate
from idp.cli.context import build, tenant_of
from idp.cli.options import AsJson, Data, TenantId
from idp.cli.output import CommandFailed, Exit, errors_as_exit_codes, show
from idp.cli.ppid_ledger import show_ledger

app = typer.Typer(name="ppid", help="The numbers that services receive.", no_args_is_help=True)
app.command("ledger")(show_ledger)
app.add_typer(ppid_migrate.app)


@app.command()
def explain(
    tenant: TenantId,
    sector: Annotated[str, typer.Option(help="The sector's id.")],
    vector: Annotated[
        str | None, typer.Option(help="Sandbox only: compute for this handle, 64 hexadecimal digits.")
    ] = None,
    key_version: Annotated[
        int | None, typer.Option(help="PPID key version; the tenant's own if left out.")
    ] = None,
    generation: Annotated[int, typer.Option(help="0, or how often the person has begun anew.")] = 0,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Show the inputs of a sector's numbers; with --vector also message, tag and number."""
    with errors_as_exit_codes(as_json=as_json):
        product = build(data)
        of = tenant_of(product, tenant)
        if sector not in of.sectors:
            raise CommandFailed("there is no sector of that id at the tenant", Exit.REFUSED)
        version = of.ppid_key_version if key_version is None else key_version
        services = [client.service_id for client in of.clients.values() if client.sector_id == sector]
        record: dict[str, object] = {
            "format": "HMAC-SHA-256 over LP(ppid/1) LP(tenant_id) LP(sector_id) LP(handle) [LP(generation)]",
            "tenant_id": of.tenant_id,
            "sector_id": sector,
            "services": services,
            "key": f"ppid-{of.tenant_id}",
            "key_version": version,
        }
        if vector is not None:
            if not of.sandbox:
                raise CommandFailed("--vector is for sandbox tenants only", Exit.REFUSED)
            record |= _vector(product.keys, of.tenant_id, sector, vector, version, generation)
        show(record, as_json=as_json)


@app.command("rotate-key")
def rotate_key(tenant: TenantId, data: Data = None, as_json: AsJson = False) -> None:
    """Add a version of the PPID key: new pairs use it, existing ones keep their numbers for ever."""
    with errors_as_exit_codes(as_json=as_json):
        product = build(data)
        version = product.custody.ppid_key.rotate(tenant_of(product, tenant))
        show({"tenant": tenant, "ppid_key_version": version}, as_json=as_json)


def _vector(
    keys: Keys, tenant_id: str, sector_id: str, unverified_handle: str, key_version: int, generation: int
) -> dict[str, object]:
    """Message, tag and number of one handle, computed with the tenant's real key."""
    try:
        handle = bytes.fromhex(unverified_handle)
        message = ppid.message(tenant_id=tenant_id, sector_id=sector_id, handle=handle, generation=generation)
        value = ppid.derive(
            keys,
            tenant_id=tenant_id,
            sector_id=sector_id,
            handle=handle,
            key_version=key_version,
            generation=generation,
        )
    except (ValueError, ppid.PpidError) as error:
        raise CommandFailed(f"not a vector: {error}", Exit.USAGE) from error
    tag = keys.hmac_sha256(tenant_id, key_version, message)
    return {"message": message.hex(), "tag": tag.hex(), "ppid": value}
