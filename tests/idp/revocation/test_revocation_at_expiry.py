"""`make prove-revocation`: five thousand residents at the moment when the lists in use have ended."""

import io
import json
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from components.expiry_visitors import method, visit
from components.list_sources import Published
from components.revocation_lists import NOW, THIS_UPDATE, crl, huge, issuer
from components.scale import against, scaled
from cryptography.hazmat.primitives.serialization import Encoding

from idp.store.crl_index.catalogue import Catalogue

ROOT = Path(__file__).parents[3]
PROCESSES = 4
BAR_SECONDS = 3.0


@pytest.fixture
def ended(tmp_path):
    """A repository with new lists of two generations, and a folder with the old ones, which have ended."""
    folder, delivered = tmp_path / "indexes", tmp_path / "delivered"
    then = NOW - timedelta(days=4)
    for generation in (1, 2):
        by = issuer(generation)
        old = crl(number=0, by=by, this_update=THIS_UPDATE - timedelta(days=4))
        Catalogue(folder, max_bytes=1 << 20).load(io.BytesIO(old), [by.anchor], now=lambda: then)
        (delivered / "user").mkdir(parents=True, exist_ok=True)
        huge(delivered / "user" / f"{by.anchor.key_id.hex()}.crl", scaled(2_000, 300_000), by=by)
        (tmp_path / f"{generation}.der").write_bytes(by.certificate.public_bytes(Encoding.DER))
    with Published(delivered) as published:
        yield published, folder, [tmp_path / "1.der", tmp_path / "2.der"]


def require_one_fetch_each(published, waited, label):
    """Every resident has an answer in time, and nobody was asked twice."""
    assert {said for _, said in waited} == {"good"}
    assert sorted(published.asked.values()) == [1, 1]
    seconds = sorted(seconds for seconds, _ in waited)
    against(
        f"\n{len(waited)} validations at expiry, {label}: p99", seconds[len(seconds) * 99 // 100], BAR_SECONDS, "s"
    )


def test_revocation_at_expiry_in_one_process(ended):
    """One fetch per issuer, however many ask."""
    published, folder, _ = ended
    anchors = [issuer(1).anchor, issuer(2).anchor]
    waited = visit(method(published.url, folder), anchors, scaled(200, 5000), begin=lambda: None)
    require_one_fetch_each(published, waited, "one process")


def test_revocation_at_expiry_in_many_processes(ended):
    """One fetch per issuer and machine: the other processes wait for the first one's."""
    published, folder, certificates = ended
    count = scaled(200, 5000) // PROCESSES
    command = [sys.executable, "-m", "components.expiry_visitors", published.url, folder, count, *certificates]
    environment = os.environ | {"PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}"}
    running = [
        subprocess.Popen(
            [str(word) for word in command],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(PROCESSES)
    ]
    try:
        assert [process.stdout.readline() for process in running] == ["ready\n"] * PROCESSES
        for process in running:
            process.stdin.write("go\n")
            process.stdin.flush()
        waited = [tuple(one) for process in running for one in json.loads(process.communicate(timeout=120)[0])]
    finally:
        for process in running:
            process.kill()
            process.wait()
    assert len(waited) == count * PROCESSES
    require_one_fetch_each(published, waited, f"{PROCESSES} processes")
