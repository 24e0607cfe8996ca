"""`idp audit verify`: 0 for a trail that holds, 1 and the place where it does not; and `idp audit list`."""

import sqlite3
from datetime import datetime, timedelta

import pytest

from idp.background import seal_all
from idp.japan import day_in_japan

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
    assert (verify("nobody").code, verify("nobody").error) == (
        1,
        "there is no active tenant of that id: see idp tenant list",
    )


def test_a_trail_that_holds_is_said_to_people(sealed, aoba, idp):
    """How much of it there is, from when to when, and that all is well; a program reads the moments, too."""
    verify, tamper = sealed
    said = idp("audit", "verify", "--tenant", "aoba")
    told = verify().json
    assert said.out.endswith(
        "The trail holds: every entry, every link and every signed head is as it was written.\n"
    )
    assert f"links                        {told['links']}\n" in said.out
    times = [line["at"] for line in idp("audit", "list", "--tenant", "aoba", "--json").json]
    assert (told["first_at"], told["last_at"]) == (times[0], times[-1])
    tamper(TAMPERED["an altered time"])
    assert (verify().json["first_at"], verify().json["last_at"]) == (None, None)
    assert "The trail holds" not in idp("audit", "verify", "--tenant", "aoba").out


def test_the_trail_is_listed_in_its_order(sealed, aoba, idp):
    """All of it, the oldest first, each entry with its place in the chain; the newest have none yet."""
    entries = ("audit", "list", "--tenant", "aoba", "--json")
    aoba.register("aoba", "museum")
    listed = idp(*entries).json
    assert [line["sequence"] for line in listed] == [*range(1, len(listed)), None]
    assert [line["at"] for line in listed] == sorted(line["at"] for line in listed)
    assert (listed[0]["event"], listed[-1]["event"]) == ("tenant.created", "service.created")
    assert listed[-1]["details"]["sector_id"]
    assert [line["problem"] for line in listed] == [""] * len(listed)
    assert idp(*entries, "--last", 2).json == listed[-2:]
    assert {line["event"] for line in idp("audit", "list", "--tenant", "wakaba", "--json").json} == {
        "tenant.created", "trust.anchor-loaded", "service.created",
    }  # fmt: skip


def test_a_list_is_of_the_events_and_the_span_that_are_named(sealed, aoba, idp):
    """One event, a family of them, several; from a moment on and before one, or by days in Japan."""
    entries = ("audit", "list", "--tenant", "aoba", "--json")

    def events(*words):
        return [line["event"] for line in idp(*entries, *words).json]

    assert events("--event", "login.accepted") == ["login.accepted"]
    assert events("--event", "login", "--event", "code.redeemed") == ["login.accepted", "code.redeemed"]
    everything = idp(*entries).json
    middle = everything[3]["at"]
    assert idp(*entries, "--since", middle).json == [line for line in everything if line["at"] >= middle]
    assert idp(*entries, "--until", middle).json == [line for line in everything if line["at"] < middle]
    first = day_in_japan(
        datetime.fromisoformat(everything[0]["at"])
    ).isoformat()  # the town is older than this test
    tomorrow = day_in_japan(aoba.clock() + timedelta(days=1)).isoformat()
    assert idp(*entries, "--since", first, "--until", tomorrow).json == everything
    assert events("--until", first) == []
    assert events("--since", tomorrow) == []
    assert idp("audit", "list", "--tenant", "aoba", "--since", tomorrow).out == "none\n"


@pytest.mark.parametrize(
    "words",
    [
        ("--event", "logn"),
        ("--event", "log"),
        ("--since", "yesterday"),
        ("--since", "0001-01-01"),
        ("--until", "2026-12-01T09:00"),
    ],
)
def test_a_list_of_what_is_no_event_and_no_moment_is_refused(sealed, idp, words):
    """The sentence names the option."""
    ran = idp("audit", "list", "--tenant", "aoba", "--json", *words)
    assert (ran.code, ran.error.startswith(words[0])) == (2, True)


@pytest.mark.parametrize(
    "name", ["an altered outcome", "an altered body", "an altered time", "an altered MAC", "two entries exchanged"]
)
def test_an_altered_entry_is_listed_as_one(sealed, idp, name):
    """Exit 1, and nothing of what it says is told; whole entries in one another's place are found by `verify`."""
    _, tamper = sealed
    tamper(TAMPERED[name])
    ran = idp("audit", "list", "--tenant", "aoba", "--json")
    altered = [line["sequence"] for line in ran.json if line["problem"]]
    assert (ran.code, altered) == ((0, []) if name == "two entries exchanged" else (1, [3]))
    assert all(line["details"] is None for line in ran.json if line["problem"])


@pytest.mark.parametrize(
    ("altered", "at"), [("at_milliseconds = 'noon'", ""), ("mac = 'text'", None), ("action = x'ff'", None)]
)
def test_a_value_that_nobody_writes_stops_no_list(sealed, idp, altered, at):
    """SQLite keeps what it is given."""
    _, tamper = sealed
    tamper(f"UPDATE audit_entry SET {altered} WHERE entry_id = {ENTRY}")
    ran = idp("audit", "list", "--tenant", "aoba", "--json")
    [line] = [line for line in ran.json if line["problem"]]
    assert (ran.code, line["at"] == "") == (1, at == "")
