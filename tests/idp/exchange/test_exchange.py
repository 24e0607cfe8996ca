"""The exchange folder: what lies where after each run, and after each interruption of one."""

import hashlib
import json
import os
import signal
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from components.listed import listed_town
from components.scale import scaled
from joserfc import jws
from structlog.testing import capture_logs

from idp.exchange.answer import TYPE
from idp.exchange.folder import ExchangeFolder, FolderBusy
from idp.exchange.run import Outcome, run_all
from idp.metering.report import report
from idp.store import schema

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def listed(tmp_path_factory, founded_world):
    """A town with lists, whose folders each test has for itself."""
    with listed_town(tmp_path_factory.mktemp("listed"), founded_world) as made:
        yield made


class Zone:
    """The other side of the folder."""

    def __init__(self, listed, folder):
        self.listed, self.folder = listed, folder
        self.box = folder / "aoba"
        ExchangeFolder(self.box)

    def put(self, name, content, *, ready=True):
        """Copy a list in."""
        path = self.box / "in" / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        if ready:
            (self.box / "in" / (name + ".ready")).touch()
        return path

    def ask(self, name="week48.csv", *, ready=True):
        """A list of three: revoked, in no list, of an issuer that nobody knows."""
        revoked, good = self.listed.revoked, self.listed.good
        rows = [f"user,{revoked[1]:x},{revoked[2]}", f"user,{good[1]:x},", f"user,{good[1]:x},{'00' * 20}"]
        return self.put(name, "kind,serial,issuer_key_id\r\n" + "\r\n".join(rows) + "\r\n", ready=ready)

    def run(self, **options):
        """One run; the outcomes that occurred."""
        found = self.listed.product.offline.exchange.run(self.listed.aoba, self.folder, **options)
        return {outcome: count for outcome, count in found.items() if count}

    def names(self, folder):
        """What lies in a folder."""
        return sorted(path.name for path in (self.box / folder).iterdir())

    def text(self, folder, name):
        """A file's text."""
        return (self.box / folder / name).read_text(encoding="utf-8")


@pytest.fixture
def zone(listed, tmp_path):
    """A fresh folder."""
    return Zone(listed, tmp_path / "exchange")


def test_a_list_is_answered_with_verdicts_and_a_signed_manifest(zone):
    """The question is put away, and whoever fetches can prove what was answered to what."""
    question = zone.ask().read_bytes()
    assert zone.run() == {Outcome.ANSWERED: 1}
    assert zone.names("out") == ["week48.manifest.json", "week48.manifest.jws", "week48.result.csv"]
    assert (zone.names("in"), zone.names("done"), zone.names("refused")) == ([], ["week48.csv"], [])
    result = (zone.box / "out" / "week48.result.csv").read_bytes()
    revoked, good = zone.listed.revoked, zone.listed.good
    assert result.decode().split("\r\n") == [
        "kind,serial,issuer_key_id,status,reason",
        f"user,{revoked[1]:x},{revoked[2]},revoked,{result.decode().split(chr(13))[1].rsplit(',', 1)[1]}",
        f"user,{good[1]:x},,not_listed,",
        f"user,{good[1]:x},{'00' * 20},evidence_missing,unknown_issuer",
        "",
    ]
    manifest = json.loads(zone.text("out", "week48.manifest.json"))
    assert manifest["question_sha256"] == hashlib.sha256(question).hexdigest()
    assert manifest["result_sha256"] == hashlib.sha256(result).hexdigest()
    assert manifest["counts"] == {"revoked": 1, "not_listed": 1, "evidence_missing": 1}
    assert (manifest["issuer"], manifest["file"]) == (zone.listed.aoba.issuer, "week48.csv")


def test_the_signature_is_the_tenants_over_the_manifest(zone):
    """By the key that the tenant's JWKS publishes."""
    zone.ask()
    zone.run()
    key = zone.listed.aoba.signing_key("ES256")
    signed = jws.deserialize_compact(zone.text("out", "week48.manifest.jws"), key.key, algorithms=["ES256"])
    assert signed.payload == (zone.box / "out" / "week48.manifest.json").read_bytes()
    assert signed.headers() == {"alg": "ES256", "kid": key.kid, "typ": TYPE}


def test_half_a_copy_is_not_taken(zone):
    """A file is whole when its marker lies there, or when it has not changed for a while."""
    path = zone.ask(ready=False)
    assert zone.run() == {Outcome.WAITING: 1}
    os.utime(path, (1, 1))  # as a copy does that keeps the times of the original
    assert zone.run() == {Outcome.WAITING: 1}
    assert zone.names("in") == ["week48.csv"]
    assert zone.run(settled_seconds=0) == {Outcome.ANSWERED: 1}
    zone.ask("next.csv", ready=False)
    (zone.box / "in" / "next.csv.ready").touch()
    assert zone.run() == {Outcome.ANSWERED: 1}
    assert zone.names("in") == []


def test_a_malformed_list_is_put_away_with_its_lines(zone):
    """And nothing of its contents."""
    zone.put("bad.csv", "kind,serial\nuser,canary\nuser,1\n")
    assert zone.run() == {Outcome.REFUSED: 1}
    assert zone.names("refused") == ["bad.csv", "bad.csv.reason.txt"]
    assert zone.text("refused", "bad.csv.reason.txt") == "line 2: serial is no hexadecimal serial number\n"
    assert zone.names("out") == []
    zone.put("bad.csv", "kind,serial\nuser,canary\n")
    zone.run()
    assert zone.names("refused") == ["bad.2.csv", "bad.2.csv.reason.txt", "bad.csv", "bad.csv.reason.txt"]


def test_an_answer_that_was_not_fetched_is_not_replaced(zone):
    """A second list of that name is refused until it is."""
    zone.ask()
    zone.run()
    first = zone.text("out", "week48.result.csv")
    zone.put("week48.csv", "kind,serial\nuser,1\n")
    assert zone.run() == {Outcome.REFUSED: 1}
    assert zone.text("out", "week48.result.csv") == first
    for path in (zone.box / "out").iterdir():
        path.unlink()
    zone.put("week48.csv", "kind,serial\nuser,1\n")
    assert zone.run() == {Outcome.ANSWERED: 1}
    assert zone.names("done") == ["week48.2.csv", "week48.csv"]


def test_what_is_no_list_is_left_or_refused(zone, tmp_path):
    """Other names stay; links and pipes are not followed."""
    (tmp_path / "secret.csv").write_text("kind,serial\nuser,1\n", encoding="ascii")
    zone.put("note.txt", "hello", ready=False)
    (zone.box / "in" / "folder.csv").mkdir()
    (zone.box / "in" / "link.csv").symlink_to(tmp_path / "secret.csv")
    os.mkfifo(zone.box / "in" / "pipe.csv")
    assert zone.run(settled_seconds=0) == {Outcome.REFUSED: 2}
    assert zone.names("in") == ["folder.csv", "note.txt"]
    assert zone.names("out") == []


@pytest.mark.parametrize(
    "name", ["名簿".encode("cp932") + b".csv", ("あ" * 80 + ".csv").encode(), ("あ" * 83 + ".csv").encode()]
)
def test_a_name_that_no_answer_can_have_is_refused(zone, name):
    """Not UTF-8, or too long for what is made beside it: put away under another name; what follows is answered."""
    path = zone.put(os.fsdecode(name), "kind,serial\nuser,1\n", ready=False)
    zone.ask("zzz.csv", ready=False)
    before = counted_entries(zone)
    assert zone.run(settled_seconds=0) == {Outcome.REFUSED: 1, Outcome.ANSWERED: 1}
    assert counted_entries(zone) == {**before, "exchange.refused": before.get("exchange.refused", 0) + 1} | {
        "exchange.answered": before.get("exchange.answered", 0) + 1
    }
    put_away, reason = zone.names("refused")
    assert put_away.startswith("unusable-name-")
    assert reason == put_away + ".reason.txt"
    assert "UTF-8 of at most 200 octets" in zone.text("refused", reason)
    assert (zone.names("in"), zone.names("work")) == ([], ["clock", "lock"])
    assert not path.exists()
    assert zone.run(settled_seconds=0) == {}


def test_a_marker_of_a_name_that_cannot_be_used_goes_with_it(zone):
    """It would lie there for ever."""
    zone.put(os.fsdecode("名簿".encode("cp932") + b".csv"), "kind,serial\nuser,1\n")
    assert zone.run() == {Outcome.REFUSED: 1}
    assert zone.names("in") == []


def counted_entries(zone):
    """How many entries of the exchange the tenant's trail has, by action."""
    with zone.listed.product.store.for_tenant("aoba").read() as tx:
        entries = tx.connection.execute(schema.audit_entry.select()).all()
    return dict(Counter(entry.action for entry in entries if entry.action.startswith("exchange.")))


def test_one_process_at_a_time(zone):
    """The other one says so and does nothing."""
    zone.ask()
    with ExchangeFolder(zone.box).lock(), pytest.raises(FolderBusy):
        zone.run()
    assert zone.names("in") == ["week48.csv", "week48.csv.ready"]


def test_checks_are_counted_for_the_municipality_and_audited_without_serials(listed, tmp_path):
    """By kind and by whether there was evidence; the issuer that is nobody's was not asked about."""
    zone = Zone(listed, tmp_path / "exchange")
    day = listed.town.clock() + timedelta(hours=9)
    store = listed.product.store.for_tenant("aoba")

    def counted():
        with store.read() as tx:
            lines = report(tx, listed.aoba, day.date(), day.date())
        return {line.method: (line.checks, line.unanswered) for line in lines if line.purpose == "exchange"}

    before = counted().get("crl", (0, 0))
    zone.ask()
    zone.run()
    assert counted()["crl"] == (before[0] + 2, before[1])
    with store.read() as tx:
        entries = tx.connection.execute(schema.audit_entry.select()).all()
    bodies = [entry.body for entry in entries if entry.action == "exchange.answered"]
    assert json.loads(bodies[-1]) == {"serials": 3, "revoked": 1, "not_listed": 1, "evidence_missing": 1}


def test_the_worker_looks_into_every_tenants_folder(zone):
    """One tenant's trouble keeps no other from its turn."""
    (zone.folder / "wakaba").write_text("not a folder", encoding="ascii")
    zone.ask()
    run_all(zone.listed.product.offline.exchange, zone.listed.product.directory.all, zone.folder)
    assert "week48.result.csv" in zone.names("out")


def test_a_defect_in_one_tenants_run_keeps_no_other_from_its_turn(zone):
    """Whatever it is, it is logged by its type: here a tenant that has no signing key any more."""
    tenants = zone.listed.product.directory.all()
    broken = replace(tenants[0], tenant_id="aaa", signing_keys=())
    zone.ask()
    ExchangeFolder(zone.folder / "aaa")
    for name in ("week48.csv", "week48.csv.ready"):
        (zone.folder / "aaa" / "in" / name).write_bytes((zone.box / "in" / name).read_bytes())
    with capture_logs() as lines:
        run_all(zone.listed.product.offline.exchange, lambda: [broken, *tenants], zone.folder)
    failed = [line for line in lines if line["event"] == "exchange.failed"]
    assert [line["tenant"] for line in failed] == ["aaa"]
    assert "week48.result.csv" in zone.names("out")


RUNNER = """
import json, os, secrets, signal, sys, threading, time
from datetime import UTC, datetime
from pathlib import Path
from idp import compose
from idp.settings import read_settings
settings = read_settings(json.loads(sys.argv[1]))

def run(folder, delay):
    product = compose.build(settings, compose.clock(settings, lambda: datetime.now(UTC)), secrets.token_bytes)
    product.directory.refresh()
    threading.Thread(target=lambda: (time.sleep(delay), os.kill(os.getpid(), signal.SIGKILL)), daemon=True).start()
    product.offline.exchange.run(product.directory.tenant("aoba"), Path(folder))

for folder, delay in json.loads(sys.argv[2]):
    child = os.fork()
    if child == 0:
        run(folder, delay)
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


def test_a_run_that_died_between_a_file_and_its_marker_leaves_no_marker(zone):
    """The file was taken, its marker was not removed yet; a newer file's marker stays its own."""
    for name in ("list1.csv", "list2.csv"):
        zone.ask(name).rename(zone.box / "work" / name)
    zone.put("list2.csv", "half", ready=False)
    folder = ExchangeFolder(zone.box)
    folder.left_over()
    assert zone.names("in") == ["list2.csv", "list2.csv.ready"]


def test_a_killed_run_loses_no_file_and_answers_none_twice(listed, tmp_path):
    """SIGKILL at many moments of a run over several files; the next run finishes what was begun."""
    attempts = scaled(6, 60)
    zones = [Zone(listed, tmp_path / str(attempt)) for attempt in range(attempts)]
    names = [f"list{number}" for number in range(6)]
    for zone in zones:
        for name in names:
            zone.ask(f"{name}.csv")
    delays = [(str(zone.folder), 0.2 * number / attempts) for number, zone in enumerate(zones)]
    words = [sys.executable, "-c", RUNNER, json.dumps(listed.environment), json.dumps(delays)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    ran = subprocess.run(words, env=environment, capture_output=True, text=True, timeout=300)
    ended = [int(code) for code in ran.stdout.split()]
    assert set(ended) <= {0, -signal.SIGKILL}, ran.stderr
    assert len(ended) == attempts
    assert -signal.SIGKILL in ended
    for zone in zones:
        published = {path.name: path.read_bytes() for path in (zone.box / "out").iterdir()}
        zone.run()
        endings = (".manifest.json", ".manifest.jws", ".result.csv")
        assert zone.names("out") == sorted(name + ending for name in names for ending in endings)
        assert zone.names("done") == [f"{name}.csv" for name in names]
        assert (zone.names("in"), zone.names("refused")) == ([], [])
        assert zone.names("work") == ["clock", "lock"]
        for name, content in published.items():
            assert (zone.box / "out" / name).read_bytes() == content
