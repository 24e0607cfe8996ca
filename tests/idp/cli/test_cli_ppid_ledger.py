"""`idp ppid ledger`: what was done to people's numbers, and whether the record is whole."""

from idp.oversight.audit import Auditor
from idp.oversight.ledger import Ledger, Operation


def write(made, **details):
    """One row of aoba's."""
    book = Ledger(Auditor(made.clock, made.product.administration._token_bytes), made.clock)
    with made.product.store.for_tenant("aoba").write() as tx:
        book.record(tx, made.product.directory.tenant("aoba").keys, Operation.MIGRATION_STARTED, details)


def test_the_ledger_is_listed(idp, aoba):
    """The oldest first; another tenant's is its own."""
    write(aoba, migration="m1")
    told = idp("ppid", "ledger", "--tenant", "aoba", "--json")
    assert told.code == 0
    (entry,) = told.json["entries"]
    assert (entry["sequence"], entry["operation"], entry["problem"]) == (1, "migration.started", "")
    assert entry["details"] == {"migration": "m1"}
    assert "migration.started" in idp("ppid", "ledger", "--tenant", "aoba").out
    assert idp("ppid", "ledger", "--tenant", "wakaba", "--json").json == {"entries": [], "missing": []}


def test_a_ledger_that_is_not_whole_is_told_and_ends_with_1(idp, aoba):
    """A row cut off at the end, and one that says something else."""
    write(aoba, migration="m1")
    write(aoba, migration="m2")
    with aoba.product.store.for_tenant("aoba").write() as tx:
        tx.connection.exec_driver_sql("DELETE FROM ledger WHERE sequence = 2")
    cut = idp("ppid", "ledger", "--tenant", "aoba", "--json")
    assert (cut.code, cut.json["missing"]) == (1, [2])
    assert "not there as they were: 2" in idp("ppid", "ledger", "--tenant", "aoba").out
    with aoba.product.store.for_tenant("aoba").write() as tx:
        tx.connection.exec_driver_sql("UPDATE ledger SET body = 'x'")
    altered = idp("ppid", "ledger", "--tenant", "aoba", "--json")
    assert (altered.code, altered.json["entries"][0]["problem"]) == (1, "altered")
