"""`make prove-revocation`: a list of ten million entries against what nobody can do without."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from components.revocation_lists import NOW, huge, issuer
from components.scale import FULL, against, scaled
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from idp.store.crl_index.catalogue import Catalogue

ROOT = Path(__file__).parents[4]
ROUNDS = 5
BARS = {False: 6, True: 25}
"""Of ingest, by whether the list is made of imitations: nobody issues such a list, and it must not stop us."""


@pytest.fixture(scope="module", params=[False, True], ids=["mixed", "imitations"])
def loaded(request, tmp_path_factory):
    """A huge list, loaded by a process of its own; its costs."""
    folder = tmp_path_factory.mktemp("huge")
    count = scaled(50_000, 10_000_000)
    made = huge(folder / "list.crl", count, adversarial=request.param)
    (folder / "anchor.der").write_bytes(issuer().certificate.public_bytes(Encoding.DER))
    paths = [str(folder / name) for name in ("list.crl", "anchor.der", "indexes")]
    script = [sys.executable, str(ROOT / "tests/components/crl_ingest.py"), *paths, str(ROUNDS)]
    environment = os.environ | {"PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}"}
    answer = subprocess.run(script, env=environment, capture_output=True, text=True, check=True)
    (index,) = Catalogue(folder / "indexes" / "0", max_bytes=0).covering(issuer().anchor, None)
    yield made, index, json.loads(answer.stdout)
    made.path.unlink()


def best(work, rounds=5) -> float:
    """The best time of some rounds, in seconds: noise only ever adds."""
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


def best_by_slices(index, serials, size=250, rounds=9) -> float:
    """Seconds per lookup: the best of some rounds for each slice, so that another process's turn falls out."""
    slices = [serials[start : start + size] for start in range(0, len(serials), size)]
    costs = [[] for _ in slices]
    for _ in range(rounds):
        for asked, times in zip(slices, costs, strict=True):
            start = time.perf_counter()
            for serial in asked:
                index.reason_of(serial)
            times.append(time.perf_counter() - start)
    return sum(map(min, costs)) / len(serials)


def walk(path: Path) -> dict:
    """The same knowledge by `cryptography`."""
    crl = x509.load_der_x509_crl(path.read_bytes())
    assert crl.is_signature_valid(issuer().key.public_key())
    return {entry.serial_number: len(entry.extensions) for entry in crl}


def test_revocation_ingest(loaded):
    """Read, hashed, split, verified, sorted, written and fsynced."""
    made, index, costs = loaded
    assert index.facts.entries == made.entries
    index.require_sound()
    if FULL:
        megabytes = made.path.stat().st_size / 1e6
        print(f"\nlist: {made.entries} entries, {megabytes:.0f} MB; at best {costs['ingest']:.2f} s")
        print(f"the least that it can cost: {costs['floor']:.2f} s; ratio of CPU times {costs['cpu_ratio']:.1f}")
        against(
            "ingest / (read + SHA-256 + RSA verify)", costs["ingest"] / costs["floor"], BARS[made.adversarial], "x"
        )
        against("peak RSS of the loading process", costs["peak_mb"], 400, "MB")
    else:
        theirs = best(lambda: walk(made.path), rounds=2)
        against("ingest / cryptography's reading and verifying", costs["ingest"] / theirs, 2, "x")


def test_revocation_lookups(loaded):
    """Exact, one at a time and a hundred thousand at once."""
    made, index, _ = loaded
    serials = list(made.sample)
    expected = list(made.sample.values())
    assert None in expected
    assert "keyCompromise" in expected
    assert [index.reason_of(serial) for serial in serials] == expected
    batch = (serials * (100_000 // len(serials) + 1))[:100_000]
    assert index.reasons_of(batch) == [made.sample[serial] for serial in batch]
    lookup = best_by_slices(index, serials)
    together = best(lambda: index.reasons_of(batch))
    if FULL:
        against("lookup", lookup * 1e6, 2, "us")
        against("batch of 100 000", together, 1, "s")
    else:
        against("lookup in a batch / alone", together / len(batch) / lookup, 5, "x")


def test_revocation_by_the_truth_of_every_entry(tmp_path):
    """All serial numbers of a list, hostile ones too, by a walk in plain Python."""
    made = huge(tmp_path / "list.crl", scaled(20_000, 200_000), seed=2, adversarial=True)
    with made.path.open("rb", buffering=0) as file:
        Catalogue(tmp_path / "crl", max_bytes=1 << 30).load(file, [issuer().anchor], now=lambda: NOW)
    (index,) = Catalogue(tmp_path / "crl", max_bytes=0).covering(issuer().anchor, None)
    listed = {entry.serial_number for entry in x509.load_der_x509_crl(made.path.read_bytes())}
    assert index.facts.entries == made.entries
    assert None not in index.reasons_of(list(listed))
    near = [serial + step for serial in listed for step in (-1, 1, 256) if serial + step not in listed]
    assert set(index.reasons_of(near)) == {None}
