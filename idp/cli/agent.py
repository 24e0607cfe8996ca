"""`idp agent register|list|show|end`: who may act for whom, by id and by reference, never by name."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

import typer

from idp.agents.registry import Kept
from idp.agents.representation import Basis, EndedBy, Seen, State
from idp.agents.statutory import NewAgent
from idp.cli.approve import show_proposed
from idp.cli.context import build, tenant_of
from idp.cli.files import read_secret
from idp.cli.moments import read_day
from idp.cli.options import AsJson, Data, TenantId
from idp.cli.output import CommandFailed, Exit, errors_as_exit_codes, show
from idp.compose.product import Product
from idp.japan import JAPAN
from idp.store.engine import Transaction
from idp.tenants.tenancy import Tenant


class _Statutory(StrEnum):
    """Why somebody may act whom the staff register; a mandate is given by the person themselves."""

    PARENT = Basis.PARENT.value
    GUARDIAN = Basis.GUARDIAN.value
    CURATOR = Basis.CURATOR.value
    ASSISTANT = Basis.ASSISTANT.value


class _Document(StrEnum):
    """What the staff have seen."""

    FAMILY_REGISTER = Seen.FAMILY_REGISTER.value
    REGISTRATION_CERTIFICATE = Seen.REGISTRATION_CERTIFICATE.value


app = typer.Typer(name="agent", help="Agents: who may act for whom.", no_args_is_help=True)
_Id = Annotated[str, typer.Argument(help="Of `idp agent list`.")]
_COLUMNS = ("id", "basis", "state", "services", "since")


@app.command()
def register(
    tenant: TenantId,
    principal: Annotated[str, typer.Option(help="A reference to the person acted for: `idp person refer`.")],
    agent: Annotated[str, typer.Option(help="A reference to whoever acts.")],
    basis: Annotated[_Statutory, typer.Option(help="What makes them one.")],
    seen: Annotated[_Document, typer.Option(help="Which document proved it.")],
    desk: Annotated[str, typer.Option(help="Which post at the counter saw the document.")],
    on: Annotated[
        str | None,
        typer.Option(help="Of a parent: the child's date of birth; else the last day. YYYY-MM-DD; else stdin."),
    ] = None,
    service: Annotated[
        list[str] | None, typer.Option(help="SERVICE or SERVICE/PROCEDURE; all services where none is named.")
    ] = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Propose that a parent or a guardian may act for somebody; two officers approve, each with the date."""
    with errors_as_exit_codes(as_json=as_json):
        product = build(data)
        new = NewAgent(
            principal=principal,
            agent=agent,
            basis=Basis(basis),
            seen=Seen(seen),
            on=read_day(on or read_secret(None, prompt="date"), "--on"),
            desk=desk,
            services=tuple(sorted(set(service or ()))),
        )
        show_proposed(product.agent_wishes.register(tenant_of(product, tenant), new), as_json=as_json)


@app.command("list")
def list_(
    tenant: TenantId,
    ended: Annotated[bool, typer.Option("--ended", help="Those that have ended, too.")] = False,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """List who may act, without saying who they are: basis, where, since which month."""
    with errors_as_exit_codes(as_json=as_json):
        product = build(data)
        of = tenant_of(product, tenant)
        with product.store.for_tenant(of.tenant_id).read() as tx:
            found = product.agents.registry.all(tx, of)
        rows = [_described(product, kept) for kept in found if ended or kept.body.state is not State.ENDED]
        show(sorted(rows, key=lambda row: (row["since"], row["id"])), as_json=as_json, columns=_COLUMNS)


@app.command("show")
def show_(representation_id: _Id, tenant: TenantId, data: Data = None, as_json: AsJson = False) -> None:
    """Show one: by what it was proven, where it holds, how often it was used by month."""
    with errors_as_exit_codes(as_json=as_json):
        product = build(data)
        of = tenant_of(product, tenant)
        with product.store.for_tenant(of.tenant_id).read() as tx:
            kept = _one(product, tx, of, representation_id)
        body = kept.body
        proof = {"seen": str(body.seen), "desk": body.desk, "once": body.once, "ended_by": body.ended_by}
        uses = {month: sum(counted.values()) for month, counted in sorted(body.uses.items())}
        show(_described(product, kept) | proof | {"uses": uses}, as_json=as_json)


@app.command()
def end(representation_id: _Id, tenant: TenantId, data: Data = None, as_json: AsJson = False) -> None:
    """End one at once, with every login in which it is used; services where it was used are told."""
    with errors_as_exit_codes(as_json=as_json):
        product = build(data)
        of = tenant_of(product, tenant)
        with product.store.for_tenant(of.tenant_id).write() as tx:
            kept = _one(product, tx, of, representation_id)
            if not product.agents.ending.run(tx, of, kept, EndedBy.OFFICE):
                raise CommandFailed("it has ended already", Exit.REFUSED)
        show({"id": representation_id, "state": "ended"}, as_json=as_json)


def _described(product: Product, kept: Kept) -> dict[str, Any]:
    """As commands list it. The last day is not among it: of a child it would tell the birthday."""
    body = kept.body
    over = body.is_over_by_time(product.now())
    return {
        "id": kept.representation_id.hex(),
        "kind": str(body.kind),
        "basis": str(body.basis),
        "state": str(State.ENDED if over else body.state),
        "services": list(body.services),
        "since": f"{datetime.fromtimestamp(body.since, JAPAN):%Y-%m}",
    }


def _one(product: Product, tx: Transaction, tenant: Tenant, representation_id: str) -> Kept:
    try:
        named = bytes.fromhex(representation_id)
    except ValueError:
        named = b""
    kept = product.agents.registry.one(tx, tenant, named)
    if kept is None:
        raise CommandFailed("there is no such representation", Exit.REFUSED)
    return kept
