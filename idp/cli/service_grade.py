"""`idp service test`: is a service ready for residents, and what to do where it is not."""

import typer

from idp.cli.context import build, service_of, tenant_of
from idp.cli.doctor import row
from idp.cli.options import AsJson, Data, TenantId
from idp.cli.output import Exit, errors_as_exit_codes, show
from idp.doctor.finding import State, worst

_COLUMNS = ("check", "state", "finding", "remedy")


def grade(service_id: str, tenant: TenantId, data: Data = None, as_json: AsJson = False) -> None:
    """Grade a service before residents use it. Exit code 0: nothing fails; 1: something does."""
    with errors_as_exit_codes(as_json=as_json):
        product = build(data)
        of = tenant_of(product, tenant)
        found = list(product.service_acts.test.findings(of, service_of(of, service_id)))
        show([row(finding) for finding in found], as_json=as_json, columns=_COLUMNS)
        if worst(found) is State.FAIL:
            raise typer.Exit(int(Exit.REFUSED))
