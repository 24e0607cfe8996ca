"""`idp audit verify`: walk a tenant's audit trail and say where it does not hold."""

import typer

from idp import audit
from idp.cli.context import build, tenant_of
from idp.cli.options import AsJson, Data, TenantId
from idp.cli.output import CommandFailed, Exit, errors_as_exit_codes, show

app = typer.Typer(name="audit", help="The audit trail.", no_args_is_help=True)


@app.callback()
def _noun() -> None:
    """Keep `verify` a verb of its own."""


@app.command()
def verify(tenant: TenantId, data: Data = None, as_json: AsJson = False) -> None:
    """Check every link, every entry's MAC and every signed head; exit 1 names the first place that fails."""
    with errors_as_exit_codes(as_json=as_json):
        product = build(data)
        of = tenant_of(product, tenant)
        with product.store.for_tenant(tenant).read() as tx:
            links, findings = audit.verify(tx, of)
        problems = [f"{finding.sequence}: {finding.problem}" for finding in findings]
        show({"tenant": tenant, "links": links, "findings": problems}, as_json=as_json)
        if findings:
            raise CommandFailed(f"the trail does not hold at entry {problems[0]}", Exit.REFUSED)
