"""`idp person refer|show|merge|split|disable|transfer-code|unlink`: people by reference, never by a serial."""

from pathlib import Path
from typing import Annotated

import typer

from idp.cli.approve import show_proposed
from idp.cli.context import build, service_of, tenant_of
from idp.cli.files import read_secret
from idp.cli.options import AsJson, Data, ServiceId, TenantId
from idp.cli.output import CommandFailed, Exit, errors_as_exit_codes, show
from idp.people.references import Kind, Reference

app = typer.Typer(name="person", help="People, by reference.", no_args_is_help=True)
Ref = Annotated[str, typer.Argument(help="A reference: of `idp person refer`, or from the resident's page.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what it would do, and do nothing.")]


@app.command()
def refer(
    tenant: TenantId,
    service: ServiceId,
    sub_file: Annotated[
        Path | None,
        typer.Option("--sub-file", help="The number by which the service knows the person; else stdin."),
    ] = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Give out a reference for the person whom a service knows by its own number; it counts for thirty days."""
    with errors_as_exit_codes(as_json=as_json):
        product = build(data)
        of = tenant_of(product, tenant)
        client, sub = service_of(of, service), read_secret(sub_file, prompt="number")
        with product.store.for_tenant(of.tenant_id).write() as tx:
            reference = product.people.references.to_person(tx, of, client, sub)
        show({"reference": reference}, as_json=as_json)


@app.command("show")
def show_(reference: Ref, tenant: TenantId, data: Data = None, as_json: AsJson = False) -> None:
    """Show what a reference names: where it came from, since when the person is known, at which services."""
    with errors_as_exit_codes(as_json=as_json):
        product = build(data)
        show(product.wishes.facts(tenant_of(product, tenant), reference), as_json=as_json)


@app.command()
def merge(
    keep: Ref,
    other: Ref,
    tenant: TenantId,
    dry_run: DryRun = False,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Propose that OTHER, a person or a resident's new certificate, is the person KEEP; two officers approve."""
    with errors_as_exit_codes(as_json=as_json):
        product = build(data)
        of = tenant_of(product, tenant)
        if dry_run:
            show(product.wishes.join_facts(of, keep, other), as_json=as_json)
            return
        show_proposed(product.wishes.join(of, keep, other), as_json=as_json)


@app.command()
def split(
    operation: Annotated[int, typer.Argument(help="The merge's number in `idp ppid ledger`.")],
    tenant: TenantId,
    dry_run: DryRun = False,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Propose to undo a merge of two people who are two after all; two officers approve."""
    with errors_as_exit_codes(as_json=as_json):
        product = build(data)
        of = tenant_of(product, tenant)
        if dry_run:
            show(product.wishes.split_facts(of, operation), as_json=as_json)
            return
        show_proposed(product.wishes.split(of, operation), as_json=as_json)


@app.command()
def disable(
    reference: Ref, tenant: TenantId, dry_run: DryRun = False, data: Data = None, as_json: AsJson = False
) -> None:
    """Propose to end all of somebody who is no more (the register says so): sessions, consents, numbers."""
    with errors_as_exit_codes(as_json=as_json):
        product = build(data)
        of = tenant_of(product, tenant)
        if dry_run:
            show(product.wishes.facts(of, reference), as_json=as_json)
            return
        show_proposed(product.wishes.disable(of, reference), as_json=as_json)


@app.command("transfer-code")
def transfer_code(reference: Ref, tenant: TenantId, data: Data = None, as_json: AsJson = False) -> None:
    """Make a transfer code for a person who stands at the counter. It is shown once; an earlier one is dead."""
    with errors_as_exit_codes(as_json=as_json):
        product = build(data)
        of = tenant_of(product, tenant)
        with product.store.for_tenant(of.tenant_id).write() as tx:
            named = product.people.references.read(tx, of, reference)
            _person(named)
            code = product.people.transfer_codes.make(tx, of, named.named)
        show({"transfer_code": code}, as_json=as_json)


@app.command()
def unlink(
    reference: Ref,
    tenant: TenantId,
    service: ServiceId,
    dry_run: DryRun = False,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Stop one service for a person: its consent and tokens end, and its number with the sector's last service."""
    with errors_as_exit_codes(as_json=as_json):
        product = build(data)
        of = tenant_of(product, tenant)
        client, ending = service_of(of, service), product.people.ending
        with product.store.for_tenant(of.tenant_id).write() as tx:
            person = _person(product.people.references.read(tx, of, reference))
            act = ending.would_end if dry_run else ending.run
            number_ends = act(tx, of, client, person)
        show({"service": service, "number_ends": number_ends, "done": not dry_run}, as_json=as_json)


def _person(named: Reference) -> bytes:
    if named.kind is not Kind.PERSON:
        raise CommandFailed("this reference names a certificate that is nobody's yet", Exit.REFUSED)
    return named.body
