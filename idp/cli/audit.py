"""`idp audit verify`: walk a tenant's audit trail and say where it does not hold."""

from typing import Annotated

import typer

from idp.cli.context import build, tenant_of
from idp.cli.options import AsJson, Data, TenantId
from idp.cli.output import CommandFailed, Exit, errors_as_exit_codes, show
from idp.oversight import audit

app = typer.Typer(name="audit", help="The audit trail.", no_args_is_help=True)


@app.callback()
def _noun() -> None:
    """Keep `verify` a verb of its own."""


@app.command()
def verify(
    tenant: TenantId,
    head: Annotated[
        str | None, typer.Option(help="SEQUENCE:CHAIN as an earlier run printed it, kept elsewhere.")
    ] = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Check every link, every entry's MAC and every signed head; exit 1 names the first place that fails.

    Keep the printed head outside the database: with it a later run finds that the end of the trail was cut off.
    """
    with errors_as_exit_codes(as_json=as_json):
        product = build(data)
        of = tenant_of(product, tenant)
        with product.store.for_tenant(tenant).read() as tx:
            result = audit.verify(tx, of, now=product.now(), kept=_kept(head))
        problems = [f"{finding.sequence}: {finding.problem}" for finding in result.findings]
        newest = f"{result.newest.sequence}:{result.newest.chain.hex()}" if result.newest else ""
        show({"tenant": tenant, "links": result.links, "head": newest, "findings": problems}, as_json=as_json)
        if problems:
            raise CommandFailed(f"the trail does not hold at entry {problems[0]}", Exit.REFUSED)


def _kept(head: str | None) -> audit.Head | None:
    if head is None:
        return None
    sequence, _, chain = head.partition(":")
    try:
        return audit.Head(int(sequence), bytes.fromhex(chain))
    except ValueError as error:
        raise CommandFailed("--head is SEQUENCE:CHAIN as this command prints it", Exit.USAGE) from error
