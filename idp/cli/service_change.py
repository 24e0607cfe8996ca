"""`idp service change`: what a service may have otherwise after its registration."""

import typer

from idp.cli.context import build, service_of, tenant_of
from idp.cli.option_list import options_of
from idp.cli.options import AsJson, Data, TenantId
from idp.cli.output import errors_as_exit_codes, show
from idp.cli.service_options import ServiceOptions
from idp.cli.service_rows import describe, details, proposed
from idp.services.service_changes import ServiceChange

app = typer.Typer()


@app.command()
@options_of("options", ServiceOptions)
def change(
    service_id: str, tenant: TenantId, options: ServiceOptions, data: Data = None, as_json: AsJson = False
) -> None:
    """Change a service; running servers follow within seconds, logins under way too. What is not named stays."""
    with errors_as_exit_codes(as_json=as_json):
        product = build(data)
        wish = ServiceChange(**options.members())
        before = after = service_of(tenant_of(product, tenant), service_id)
        made = None
        if wish.stated():
            made = product.service_changes.change(tenant_of(product, tenant), before, wish)
            after = service_of(tenant_of(product, tenant), service_id)
        anew = (after.verify_purpose, after.legacy) != (before.verify_purpose, before.legacy)
        approval = proposed(product, tenant_of(product, tenant), after) if anew else {}
        secret = {"client_secret": made.text} if made else {}
        show(describe(after) | details(after) | approval | secret, as_json=as_json)
