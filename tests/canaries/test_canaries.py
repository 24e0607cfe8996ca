"""Names, addresses, serial numbers and PPIDs stand nowhere but where they are meant to go."""

import json

import pytest
from canaries.logins import signs
from components.canaries import Canary, Search
from components.newcomers import settle
from components.town import town

LEAST_BYTES = {"log of serve": 30_000, "log of worker": 100, "addresses": 10_000, "pg_dump": 100_000}
"""What must have been written for the search to mean anything."""


def test_no_canary_is_found_anywhere(lived):
    """Logs, metrics, addresses, Redis, PostgreSQL, backups, commands, OpenBao's audit, what a crash leaves."""
    logins, left = lived
    assert Search(logins.canaries).places(left) == {}


def test_an_application_s_digest_is_kept_nowhere(lived):
    """Not in a log, an address, the database or a backup: the signed proof alone holds it, sealed."""
    logins, left = lived
    assert logins.papers.digests
    beside = {place: content for place, content in left.items() if not place.startswith("Redis")}
    assert Search(logins.papers.digests).places(beside) == {}


def test_everything_was_there_to_be_found(lived):
    """As many canaries as there should be; each place holds something, and the logs tell of failures."""
    logins, left = lived
    assert len(logins.subs) > 2 * len(logins.people)
    assert {place: len(left[place]) for place, least in LEAST_BYTES.items() if len(left[place]) < least} == {}
    for place in ("Redis keys", "Redis values", "Redis files", "backup", "audit log of OpenBao"):
        assert left[place], place
    said = [json.loads(line) for line in left["log of serve"].splitlines() if line.startswith(b"{")]
    statuses = {entry.get("status") for entry in said}
    assert {200, 303, 400, 401, 403, 500, 503} <= statuses
    failed = {entry["error"] for entry in said if entry["event"] == "request.failed"}
    assert {"SealBroken", "WriteConflict"} <= failed
    assert b"idp:record:" in left["Redis files"]
    assert b"Failing row contains" not in left["log of serve"]


def test_a_crash_leaves_nothing(lived):
    """No core dump lies in the folder where the processes worked, and their logs end as they stood."""
    _, left = lived
    assert [place for place in left if place.startswith("left by a crash")] == []


@pytest.mark.parametrize("kind", ["text", "number", "ppid"])
def test_the_search_finds_every_spelling(kind):
    """Planted anywhere, whole or cut, in capitals too: fifteen bytes of it are found."""
    value = {
        "text": signs(9),
        "number": 0x3A7F19C4D2E8B0561F9A3C7D5E2B41,
        "ppid": "Lf_4yBSyFj0JN5oA-7RcznstB7ozLEClOnPYk1kZdMg",
    }[kind]
    canary = Canary("planted", kind, value)
    search = Search([canary])
    assert len(canary.spellings()) > 10
    for spelled in canary.spellings():
        for shift in range(4):
            for cut in (spelled, spelled[:15], spelled[-15:], spelled.upper()):
                assert search.found_in(b"x" * shift + b"event=" + cut + b" done") == {"planted"}, spelled
    assert search.found_in(bytes(range(256)) * 100) == set()


def test_a_copied_database_file_shows_nothing(tmp_path, founded_world):
    """SQLite with its write-ahead log, as somebody copies it while the demo runs."""
    with town(tmp_path, founded_world) as made:
        names = [(f"金糸雀　{signs(9)}", f"金糸雀{signs(12)}") for _ in range(3)]
        people = settle(made.world, made.clock(), names)
        clinic = made.register("aoba", "clinic", scopes=("openid", "name", "address"))
        subs = [made.sign_in(clinic, person.id, scope="openid name address")["sub"] for person in people]
        subs += [made.sign_in(service, people[0].id)["sub"] for service in (made.library, made.parking)]
        canaries = [Canary("PPID", "ppid", sub) for sub in subs]
        canaries += [Canary("serial", "number", person.serial) for person in people]
        canaries += [Canary("name", "text", text) for pair in names for text in (pair[0].split("　")[1], pair[1])]
        files = {file.name: file.read_bytes() for file in made.folder.glob("idp.db*")}
        assert sum(map(len, files.values())) > 100_000
        assert made.rows("released_attribute") >= 3
        assert Search(canaries).places(files) == {}
