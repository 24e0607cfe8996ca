"""`idp crl`: lists of the sandbox's CAs loaded, shown, asked, with the exit codes that a night job needs."""

import fcntl

import pytest
from components.revocation_lists import crl, issuer, point
from components.signatures import SCOPE, happens

from connectors.sandbox import events, publication
from connectors.sandbox.lists import revocation_list
from connectors.sandbox.state import Slot


@pytest.fixture
def folder(tmp_path):
    """Where indexes go."""
    return tmp_path / "indexes"


@pytest.fixture
def command(idp, aoba, folder):
    """`idp crl WORDS` with a folder for indexes."""
    environment = {"IDP_CLOCK_FILE": str(aoba.folder / "clock")}
    return lambda *words, **changes: idp(
        "crl", *words, **{"IDP_CRL_DIRECTORY": str(folder)} | environment | changes
    )


@pytest.fixture
def published(aoba, tmp_path):
    """The sandbox's lists as files; a certificate was revoked before."""
    resident = aoba.world.residents()[0].id
    events.revoke(aoba.world, resident, Slot.AUTH, aoba.clock())
    state = aoba.world.change(lambda before: publication.at_once(before, aoba.clock()))
    files = []
    for authority in aoba.world.authorities:
        file = tmp_path / f"{authority.kind}-{authority.generation}.crl"
        file.write_bytes(revocation_list(authority, state))
        files.append(file)
    revoked = [
        (authority.key_id.hex(), issued.serial)
        for authority in aoba.world.authorities
        for issued in state.of_generation(authority.kind, authority.generation)
        if issued.revocation is not None and issued.revocation.in_crl
    ]
    return files, revoked


def test_lists_are_loaded_once_and_shown(command, published):
    """Loaded, then unchanged; fresh and sound; every issuer trusted and provided for."""
    files, _ = published
    first, again = command("load", *files, "--json"), command("load", *files, "--json")
    assert [row["state"] for row in first.json] == ["loaded"] * len(files)
    assert [row["state"] for row in again.json] == ["unchanged"] * len(files)
    status = command("status", "--sound", "--json")
    assert (first.code, again.code, status.code) == (0, 0, 0)
    assert {row["state"] for row in status.json} == {"fresh"}
    issuers = command("issuers", "--json").json
    assert {(row["lists"], row["state"]) for row in issuers} == {(1, "trusted")}
    assert len(issuers) == len(files)


def test_the_tables_are_for_people(command, published):
    """The same without --json."""
    files, _ = published
    for words in (("load", *files), ("status",), ("issuers",), ("check", "1")):
        assert command(*words).out


def test_serial_numbers_are_looked_up(command, published):
    """Revoked with its reason, not listed, or evidence missing, in every spelling of a number."""
    files, revoked = published
    key_id, serial = revoked[0]
    missing = command("check", str(serial), "--issuer", key_id, "--json")
    assert (missing.code, missing.json[0]["status"]) == (1, "evidence_missing")
    command("load", *files)
    pairs = f"{serial:x}".zfill(len(f"{serial:x}") + len(f"{serial:x}") % 2)
    colons = ":".join(pairs[at : at + 2] for at in range(0, len(pairs), 2)) + ":"
    found = command("check", str(serial), hex(serial), colons, "--issuer", key_id, "--json")
    assert (found.code, {row["status"] for row in found.json}) == (1, {"revoked"})
    assert all(row["reason"] for row in found.json)
    absent = command("check", "0xffffffffffffffffffff", "--json")
    assert (absent.code, {row["status"] for row in absent.json}) == (0, {"not_listed"})
    name = point("Aoba-shi").rfc4514_string()
    assert command("check", "1", "--distribution-point", name, "--json").code == 0


def test_a_refused_list_is_told_and_disturbs_nothing(command, published, folder, tmp_path):
    """Exit code 1, the reason in the row, the others loaded; the unknown issuer is queued."""
    files, _ = published
    bad, foreign = tmp_path / "bad.crl", tmp_path / "foreign.crl"
    bad.write_bytes(files[0].read_bytes()[:-1])
    foreign.write_bytes(crl())
    ran = command("load", bad, foreign, *files, "--json")
    assert ran.code == 1
    assert [row["reason"] for row in ran.json] == ["garbled", "unknown_issuer", *[""] * len(files)]
    unknown = [row for row in command("issuers", "--json").json if row["state"] == "unknown"]
    assert [row["issuer_key_id"] for row in unknown] == [issuer().anchor.key_id.hex()]
    assert "JPKI-TEST" in unknown[0]["name"]
    assert command("load", files[0], "--json", IDP_CRL_MAX_BYTES="1024").json[0]["reason"] in ("too_large", "")


def test_status_warns(aoba, command, published, folder):
    """Nothing loaded, a stale list, a damaged index: exit code 1."""
    files, _ = published
    assert command("status").code == 1
    command("load", *files)
    first, second = sorted(folder.glob("*.crlidx"))[:2]
    second.unlink()
    second.write_bytes(first.read_bytes()[:-8])
    ran = command("status", "--json")
    assert (ran.code, sorted(row["state"] for row in ran.json)) == (1, ["damaged", *["fresh"] * (len(files) - 1)])
    assert command("check", "1", "--json").code == 1
    assert command("issuers", "--json").code == 1
    command("load", *files)
    assert command("status").code == 0
    aoba.clock.set_offset(4 * 86400)
    ran = command("status", "--json")
    assert (ran.code, {row["state"] for row in ran.json}) == (1, {"stale"})


def test_another_loader_is_a_reason_to_come_back(command, published, folder):
    """Exit code 3, as for everything that cannot be reached now."""
    files, _ = published
    folder.mkdir()
    with (folder / "loading.lock").open("wb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        ran = command("load", files[0], "--json")
    assert (ran.code, ran.json[0]["reason"]) == (3, "busy")


@pytest.mark.parametrize(
    ("words", "changes"),
    [
        (("load", "/nowhere.crl"), {}),
        (("status",), {"IDP_CRL_DIRECTORY": None, "IDP_CRL_URL": None}),
        (("sweep",), {"IDP_CRL_DIRECTORY": None, "IDP_CRL_URL": None}),
        (("check", "zz"), {}),
        (("check", "0"), {}),
        (("check", "1", "--distribution-point", "no name"), {}),
    ],
    ids=["no file", "no folder", "no folder to sweep", "no number", "zero", "no name"],
)
def test_usage(command, words, changes):
    """A sentence and exit code 2."""
    ran = command(*words, "--json", **changes)
    assert (ran.code, bool(ran.error)) == (2, True)


def test_an_unknown_issuer_to_check(command):
    """No anchor of that key identifier: exit code 1."""
    assert command("check", "1", "--issuer", "00", "--json").code == 1


def test_a_sweep_at_once(aoba, command):
    """After a move it tells what the lists say, once; of every tenant, or of one."""
    aoba.sign_in(aoba.library, scope=SCOPE)
    happens(aoba, "move")
    first, again = command("sweep", "--json"), command("sweep", "--tenant", "aoba", "--json")
    looked = [[(row["tenant"], row["watched"], row["changed"]) for row in ran.json] for ran in (first, again)]
    assert looked == [[("aoba", 1, 1), ("wakaba", 0, 0)], [("aoba", 1, 0)]]
    assert (first.code, again.code, command("sweep", "--tenant", "nowhere").code) == (0, 0, 1)


def test_a_sweep_over_damaged_lists(aoba, command, published, folder):
    """Nothing is told, and the exit code says so."""
    aoba.sign_in(aoba.library, "ichiro", scope=SCOPE)
    command("load", *published[0])
    for index in folder.glob("*.crlidx"):
        whole = index.read_bytes()
        index.unlink()
        index.write_bytes(whole[:-8])
    ran = command("sweep", "--json", IDP_CRL_URL=None)
    assert (ran.code, ran.json[0]["changed"], ran.json[0]["reason"]) == (1, 0, "damaged")
