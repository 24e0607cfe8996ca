"""The ledger of continuity: written with its audit entry, bound row to row; what is tampered with shows."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest

from idp.keys.sealing import SealBroken
from idp.oversight import ledger
from idp.oversight.audit import Auditor
from idp.oversight.ledger import Ledger, Operation
from idp.store import ledger as rows


def write(made, *, secret=None, **details):
    """One row of aoba's; its number."""
    book = Ledger(Auditor(made.clock, made.product.administration._token_bytes), made.clock)
    tenant = made.product.directory.tenant("aoba")
    with made.product.store.for_tenant("aoba").write() as tx:
        return book.record(tx, tenant.keys, Operation.MIGRATION_STARTED, details, secret=secret)


def read(made):
    """The rows as people see them, and the numbers that are missing."""
    tenant = made.product.directory.tenant("aoba")
    with made.product.store.for_tenant("aoba").read() as tx:
        return list(ledger.entries(tx, tenant.keys)), ledger.cut_off(tx, tenant)


def sql(made, statement):
    """Somebody writes into the database behind the product's back."""
    with made.product.store.for_tenant("aoba").write() as tx:
        tx.connection.exec_driver_sql(statement)


def test_rows_are_numbered_and_believed(either):
    """Parallel writers too: no number twice, none left out."""
    with ThreadPoolExecutor(4) as pool:
        numbers = list(pool.map(lambda n: write(either, step=n), range(8)))
    found, missing = read(either)
    assert sorted(numbers) == [entry.sequence for entry in found] == list(range(1, 9))
    assert ({entry.problem for entry in found}, missing) == ({""}, [])
    assert sorted(entry.details["step"] for entry in found) == list(range(8))


TAMPERING = {
    "UPDATE ledger SET body = '{}' WHERE tenant_id = 'aoba' AND sequence = 2": ({2}, []),
    'UPDATE ledger SET "at" = "at" + 1 WHERE tenant_id = \'aoba\' AND sequence = 3': ({3}, []),
    "UPDATE ledger SET operation = 'x' WHERE tenant_id = 'aoba' AND sequence = 1": ({1}, []),
    "DELETE FROM ledger WHERE tenant_id = 'aoba' AND sequence = 2": ({3}, [2]),
    "DELETE FROM ledger WHERE tenant_id = 'aoba' AND sequence = 3": (set(), [3]),
}


@pytest.mark.parametrize("statement", TAMPERING)
def test_what_is_tampered_with_shows(either, statement):
    """An altered row and the one after a gap by the chain; a row cut off by the audit trail."""
    for step in range(3):
        write(either, step=step)
    sql(either, statement)
    found, missing = read(either)
    bad, gone = TAMPERING[statement]
    assert {entry.sequence for entry in found if entry.problem} == bad
    assert missing == gone


def test_what_is_not_whole_is_believed_up_to_there_only(either):
    """Whoever acts on the ledger acts on nothing behind a gap."""
    for step in range(3):
        write(either, step=step)
    sql(either, "DELETE FROM ledger WHERE tenant_id = 'aoba' AND sequence = 2")
    tenant = either.product.directory.tenant("aoba")
    with either.product.store.for_tenant("aoba").read() as tx:
        assert [row.sequence for row in ledger.believed(tx, tenant.keys)] == [1]


def test_a_secret_opens_in_its_own_row_only(either):
    """And is not in the clear part, nor in the audit entry."""
    write(either, secret={"person": "geheim"}, step=0)
    write(either, step=1)
    tenant = either.product.directory.tenant("aoba")
    with either.product.store.for_tenant("aoba").read() as tx:
        first, second = rows.after(tx, 0, count=10)
        told = str(tx.connection.exec_driver_sql("SELECT body FROM audit_entry").all())
    assert ledger.open_secret(tenant.keys, first) == {"person": "geheim"}
    assert ledger.open_secret(tenant.keys, second) == {}
    assert "geheim" not in first.body + told
    moved = rows.LedgerRow(
        sequence=2, at=0, operation="", body="", sealed_details=first.sealed_details, mac=first.mac
    )
    with pytest.raises(SealBroken):
        ledger.open_secret(tenant.keys, moved)


def test_an_operation_that_rolls_back_leaves_no_row(either):
    """The row commits with what it tells of."""
    book = Ledger(Auditor(either.clock, either.product.administration._token_bytes), either.clock)
    tenant = either.product.directory.tenant("aoba")
    with suppress(RuntimeError), either.product.store.for_tenant("aoba").write() as tx:
        book.record(tx, tenant.keys, Operation.MIGRATION_STARTED, {"step": 0})
        raise RuntimeError
    assert read(either) == ([], [])
