"""Verification in bulk: verdicts, counts, meter, audit; and how fast."""

import csv
import io
import json
import secrets
import time
from datetime import timedelta

import pytest
from components.collection import AT, Pair, collected
from components.listed import listed_town
from components.scale import against, scaled

from connectors.ports import CertificateKind
from idp.metering.report import report
from idp.shelter.opening import open_files
from idp.shelter.recorder import Recorder
from idp.shelter.verification import summary, write_csv
from idp.store import schema


@pytest.fixture(scope="module")
def listed(tmp_path_factory, founded_world):
    """A town with lists."""
    with listed_town(tmp_path_factory.mktemp("listed"), founded_world) as made:
        yield made


def record(listed, path, *records):
    """A file of these records, by a device of the town."""
    public = listed.product.offline.collection_keys.current(listed.aoba)
    with Recorder(path, public, secrets.token_bytes, sync=False) as recorder:
        for one in records:
            recorder.append(one)
        recorder.append_total()


def seen(name, **changes):
    """A record of a certificate (kind, serial, issuer's key id)."""
    kind, serial, key_id = name
    key_id = bytes.fromhex(key_id)
    return collected(serial, **{"kind": CertificateKind(kind), "key_id": key_id} | changes)


def verify(listed, path):
    """Open and ask."""
    opening = open_files([path], listed.product.offline.collection_keys.private_keys(listed.aoba))
    return opening, listed.product.offline.verification.run(listed.aoba, opening)


def test_every_record_gets_its_verdict(listed, tmp_path):
    """Revoked, in no list, of an unknown issuer, without issuer; and who was recorded twice."""
    path = tmp_path / "a.jwel"
    records = (
        seen(listed.revoked),
        seen(listed.good),
        seen(listed.good, key_id=bytes(20)),
        seen(listed.revoked, key_id=None),
        seen(listed.good, at=AT + timedelta(hours=1), place="=1+1"),
    )
    record(listed, path, *records)
    opening, results = verify(listed, path)
    statuses = ["revoked", "not_listed", "evidence_missing", "revoked", "not_listed"]
    assert [result.verdict.status for result in results] == statuses
    found = summary(opening, results)
    assert (found.records, found.revoked, found.not_listed, found.evidence_missing) == (5, 2, 2, 1)
    assert (found.repeated, found.broken_lines, found.missing_lines) == (3, 0, 0)
    out = io.StringIO(newline="")
    write_csv(results, out)
    rows = list(csv.DictReader(io.StringIO(out.getvalue().removeprefix("\ufeff"), newline="")))
    assert [row["status"] for row in rows] == statuses
    assert rows[0]["serial"] == f"{listed.revoked[1]:x}"
    assert rows[0]["reason"]
    assert (rows[0]["at"], rows[0]["place"]) == ("2026-11-26 12:04:05", "青葉小学校 体育館")
    assert rows[4]["place"] == "'=1+1"
    assert [row["number"] for row in rows] == list("12345")


def test_it_is_counted_and_audited_without_serials(listed, tmp_path):
    """For the municipality, by kind; the audit knows counts."""
    store, day = listed.product.store.for_tenant("aoba"), (listed.town.clock() + timedelta(hours=9)).date()

    def counted():
        with store.read() as tx:
            lines = report(tx, listed.aoba, day, day)
        return sum(line.checks for line in lines if (line.purpose, line.service_id) == ("shelter", ""))

    before, path = counted(), tmp_path / "a.jwel"
    record(listed, path, seen(listed.revoked), seen(listed.good))
    verify(listed, path)
    assert counted() == before + 2
    with store.read() as tx:
        entries = tx.connection.execute(schema.audit_entry.select()).all()
    bodies = [json.loads(entry.body) for entry in entries if entry.action == "collection.verified"]
    assert bodies[-1] == {
        "records": 2, "revoked": 1, "evidence_missing": 0, "broken_lines": 0, "missing_lines": 0,
    }  # fmt: skip


def test_a_rotated_key_still_opens_and_no_longer_seals(listed, tmp_path):
    """Devices that were out keep what they have."""
    path, keys = tmp_path / "a.jwel", listed.product.offline.collection_keys
    before = keys.current(listed.aoba)
    record(listed, path, seen(listed.good))
    after = keys.current(listed.aoba, new=True)
    assert before.key_id != after.key_id == keys.current(listed.aoba).key_id
    assert len(verify(listed, path)[1]) == 1
    assert set(keys.private_keys(listed.aoba)) >= {before.key_id, after.key_id}
    assert keys.private_keys(listed.product.directory.tenant("wakaba")) == {}


def test_another_tenants_file_is_foreign(listed, tmp_path):
    """Its lines are whole, and not for us."""
    path = tmp_path / "a.jwel"
    with Recorder(path, Pair().public, secrets.token_bytes, sync=False) as recorder:
        recorder.append(collected())
    opening, results = verify(listed, path)
    assert (results, len(opening.broken)) == ([], 1)
    assert "another key" in opening.broken[0].problem


def test_many_are_verified_in_seconds(listed, tmp_path):
    """Opened, asked, counted, written: all of a large shelter's records."""
    count, path = scaled(500, 100_000), tmp_path / "many.jwel"
    key_id = listed.good[2]
    record(
        listed, path, *(seen(("user", 1000 + serial, key_id)) for serial in range(count - 1)), seen(listed.revoked)
    )
    start = time.process_time()
    opening, results = verify(listed, path)
    with (tmp_path / "result.csv").open("w", encoding="utf-8", newline="") as out:
        write_csv(results, out)
    seconds = time.process_time() - start
    assert len(results) == count
    assert results[-1].verdict.status == "revoked"
    assert opening.missing() == []
    bar = scaled(90, 30)  # of few records what is done once is the greater part
    against("records verified", seconds / count * 100_000, bar, "s of CPU per 100 000")
