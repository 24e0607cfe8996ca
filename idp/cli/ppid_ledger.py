"""`idp ppid ledger`: every operation that touched which number a person has, and whether the record is whole."""

from datetime import UTC, datetime
from typing import Any

import typer

from idp.cli.context import build, tenant_of
from idp.cli.options import AsJson, Data, TenantId
from idp.cli.output import Exit, errors_as_exit_codes, show
from idp.oversight import ledger

_COLUMNS = ("sequence", "at", "operation", "details", "problem")


def show_ledger(tenant: TenantId, data: Data = None, as_json: AsJson = False) -> None:
    """List the ledger, the oldest first; exit code 1 when a row was altered, put in, or taken away."""
    with errors_as_exit_codes(as_json=as_json):
        product = build(data)
        of = tenant_of(product, tenant)
        with product.store.for_tenant(of.tenant_id).read() as tx:
            rows = [_described(entry) for entry in ledger.entries(tx, of.keys)]
            missing = ledger.cut_off(tx, of)
        told = {"entries": rows, "missing": missing}
        show(told if as_json else rows, as_json=as_json, columns=_COLUMNS)
        if missing and not as_json:
            print("The audit trail tells of rows that are not there as they were: " + ", ".join(map(str, missing)))
        if missing or any(row["problem"] for row in rows):
            raise typer.Exit(int(Exit.REFUSED))


def _described(entry: ledger.Entry) -> dict[str, Any]:
    return {
        "sequence": entry.sequence,
        "at": _moment(entry.at),
        "operation": entry.operation,
        "details": entry.details,
        "problem": entry.problem,
    }


def _moment(at: int) -> str:
    try:
        return datetime.fromtimestamp(at, UTC).isoformat()
    except (OverflowError, TypeError, ValueError, OSError):  # SQLite keeps what it is given
        return ""
