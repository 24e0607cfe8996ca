"""`idp audit verify`: 0 for a trail that holds, 1 and the place where it does not."""

import sqlite3

import pytest

from idp.background import seal_all

ENTRY = "(SELECT entry_id FROM audit_link WHERE tenant_id = 'aoba' AND sequence = 3)"
TAMPERED = {
    "an altered outcome": f"UPDATE audit_entry SET outcome = 'accepted' || outcome WHERE entry_id = {ENTRY}",
    "an altered body": f"UPDATE audit_entry SET body = '{{}}' WHERE entry_id = {ENTRY}",
    "an altered time": f"UPDATE audit_entry SET at_milliseconds = at_milliseconds - 1 WHERE entry_id = {ENTRY}",
    "an altered MAC": f"UPDATE audit_entry SET mac = zeroblob(32) WHERE entry_id = {ENTRY}",
    "a deleted entry": f"DELETE FROM audit_entry WHERE entry_id = {ENTRY}",
    "a deleted link": "DELETE FROM audit_link WHERE tenant_id = 'aoba' AND sequence = 3",
    "an altered link": "UPDATE audit_link SET chain = zeroblob(32) WHERE tenant_id = 'aoba' AND sequence = 3",
    "two entries exchanged": """
        CREATE TABLE kept AS SELECT * FROM audit_link WHERE tenant_id = 'aoba' AND sequence IN (3, 4);
        DELETE FROM audit_link WHERE tenant_id = 'aoba' AND sequence IN (3, 4);
        INSERT INTO audit_link (tenant_id, sequence, entry_id, chain)
            SELECT one.tenant_id, one.sequence, other.entry_id, one.chain
            FROM kept AS one, kept AS other WHERE one.sequence <> other.sequence;""",
}
"""What somebody with the database but without the keys may do to the third entry."""


@pytest.fixture
def sealed(aoba, idp):
    """`idp audit verify` after a login whose entries are all linked, and a function that alters the database."""
    aoba.sign_in(aoba.library)
    assert seal_all(aoba.product.store, aoba.product.directory, aoba.product.now) == aoba.rows("audit_entry")

    def tamper(script):
        intruder = sqlite3.connect(aoba.folder / "idp.db")
        before = intruder.total_changes
        intruder.executescript(script)
        assert intruder.total_changes > before
        intruder.close()

    return lambda tenant="aoba": idp("audit", "verify", "--tenant", tenant, "--json"), tamper


def test_a_trail_that_holds(sealed, aoba):
    """Exit 0 with the number of links, each tenant's own; new entries lengthen it."""
    verify, _ = sealed
    links = {tenant: verify(tenant).json["links"] for tenant in ("aoba", "wakaba")}
    assert sum(links.values()) == aoba.rows("audit_entry")
    assert verify().code == 0
    assert (verify().json["tenant"], verify().json["links"], verify().json["findings"]) == (
        "aoba",
        links["aoba"],
        [],
    )
    aoba.register("aoba", "museum")
    seal_all(aoba.product.store, aoba.product.directory, aoba.product.now)
    assert verify().json["links"] == links["aoba"] + 1


@pytest.mark.parametrize("name", TAMPERED)
def test_tampering_is_found_where_it_was_done(sealed, name):
    """Exit 1, and the sentence names the third entry; the neighbour's trail holds."""
    verify, tamper = sealed
    tamper(TAMPERED[name])
    ran = verify()
    assert ran.code == 1
    assert ran.error.startswith("the trail does not hold at entry 3: "), ran.error
    assert ran.json["findings"][0].startswith("3: ")
    assert verify("wakaba").code == 0


def test_a_cut_trail_does_not_fit_its_signed_head(sealed):
    """Removing the newest links leaves a head that names them."""
    verify, tamper = sealed
    last = verify().json["links"]
    tamper(f"DELETE FROM audit_link WHERE tenant_id = 'aoba' AND sequence > {last - 2}")
    ran = verify()
    assert (ran.code, ran.json["links"]) == (1, last - 2)
    assert ran.json["findings"] == [f"{last}: a signed head does not fit the chain"]


def test_a_trail_cut_with_its_heads_does_not_fit_a_head_kept_elsewhere(sealed, idp):
    """What the database alone cannot show; a head of another form is usage."""
    verify, tamper = sealed
    words = ("audit", "verify", "--tenant", "aoba", "--json", "--head")
    kept = verify().json["head"]
    last = verify().json["links"]
    assert idp(*words, kept).code == 0
    tamper(
        f"DELETE FROM audit_head WHERE tenant_id = 'aoba' AND sequence > {last - 2};"
        "DELETE FROM audit_entry WHERE entry_id IN (SELECT entry_id FROM audit_link "
        f"WHERE tenant_id = 'aoba' AND sequence > {last - 2});"
        f"DELETE FROM audit_link WHERE tenant_id = 'aoba' AND sequence > {last - 2};"
    )
    assert verify().code == 0
    cut = idp(*words, kept)
    assert (cut.code, cut.json["findings"][0].partition(":")[0]) == (1, str(last))
    assert idp(*words, "nonsense").code == 2


def test_a_forged_head_is_found(sealed):
    """Only the tenant's own key signs one."""
    verify, tamper = sealed
    tamper("UPDATE audit_head SET signature = zeroblob(64) WHERE tenant_id = 'aoba'")
    ran = verify()
    assert (ran.code, ran.json["findings"][0].endswith("the head's signature is wrong")) == (1, True)


def test_an_unknown_tenant_has_no_trail(sealed):
    """Exit 1, one sentence."""
    verify, _ = sealed
    assert (verify("nobody").code, verify("nobody").error) == (1, "there is no active tenant of that id")
