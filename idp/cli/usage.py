"""`idp usage report`: revocation checks of a month and what J-LIS charges for them."""

import csv
import sys
from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated, Any

import typer

from idp.cli.context import build, tenant_of
from idp.cli.options import AsJson, Data
from idp.cli.output import CommandFailed, Exit, errors_as_exit_codes, show
from idp.compose import Product
from idp.japan import day_in_japan
from idp.metering.report import Line, MonthRefused, month_of, report, totals
from idp.tenants.tenancy import Tenant

app = typer.Typer(name="usage", help="Metering and fees.", no_args_is_help=True)
_COLUMNS = (
    "tenant", "service_id", "kind", "purpose", "method", "checks", "remembered", "unanswered", "status", "amount",
    "unconfirmed",
)  # fmt: skip
_TOTALS = ("tenant", "checks", "amount", "unconfirmed", "unknown_fees")


@app.callback()
def _noun() -> None:
    """Keep `report` a verb of its own."""


@app.command("report")
def report_(
    tenant: Annotated[str | None, typer.Option("--tenant", help="One tenant's id; else all.")] = None,
    month: Annotated[str | None, typer.Option(help="YYYY-MM, in Japan; else the present month.")] = None,
    service: Annotated[str | None, typer.Option(help="One service's id.")] = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV, one line per kind of check.")] = False,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Count checks by service, kind, purpose and method; amounts in yen.

    `remembered` and `unanswered` checks cost nothing. `unconfirmed` is what would be owed if nothing were waived,
    where nobody has confirmed that it is; empty where no fee is known.
    """
    with errors_as_exit_codes(as_json=as_json):
        product = build(data)
        tenants = product.directory.all() if tenant is None else [tenant_of(product, tenant)]
        asked = month or day_in_japan(product.now()).strftime("%Y-%m")
        found = {of.tenant_id: _report(product, of, asked, service) for of in tenants}
        lines = [{"tenant": tenant_id} | asdict(line) for tenant_id, some in found.items() for line in some]
        sums = [{"tenant": tenant_id} | asdict(totals(some)) for tenant_id, some in found.items()]
        if as_csv:
            _write_csv(lines)
        elif as_json:
            show({"month": asked, "lines": lines, "totals": sums}, as_json=True)
        else:
            show([_readable(line) for line in lines], as_json=False, columns=_COLUMNS)
            show(sums, as_json=False, columns=_TOTALS)
            for status, source in sorted({(line["status"], line["source"]) for line in lines}):
                print(f"{status}: {source}")


def _report(product: Product, tenant: Tenant, month: str, service: str | None) -> list[Line]:
    try:
        first, last = month_of(month)
    except MonthRefused as error:
        raise CommandFailed(f"--month: {error}", Exit.USAGE) from error
    with product.store.for_tenant(tenant.tenant_id).read() as tx:
        lines = report(tx, tenant, first, last)
    return [line for line in lines if service is None or line.service_id == service]


def _readable(line: dict[str, Any]) -> dict[str, Any]:
    return line | {
        "service_id": line["service_id"] or "-",
        "unconfirmed": "?" if line["unconfirmed"] is None else line["unconfirmed"],
    }


def _write_csv(lines: Sequence[dict[str, Any]]) -> None:
    writer = csv.DictWriter(sys.stdout, ("tenant", *Line.__slots__), lineterminator="\n")
    writer.writeheader()
    writer.writerows(lines)
