"""A process that loads one list and tells its costs, so that its memory is its own.

Arguments: the list, the anchor's certificate in DER, a folder for indexes, rounds. Prints JSON: seconds of reading
+ SHA-256 + one RSA verification, seconds of loading (each the best of its rounds, taken in turn: noise only ever
adds), the median ratio of their CPU times, peak RSS in MB.
"""

import hashlib
import json
import re
import sys
import time
from pathlib import Path
from statistics import median

from components.revocation_lists import NOW

from connectors.ports import CertificateKind
from idp.jpki.trust import read_anchor
from idp.store.crl_index.catalogue import Catalogue


def floor(path: Path, anchor) -> None:
    """What nobody can do without."""
    digest, chunk = hashlib.sha256(), bytearray(1024 * 1024)
    with path.open("rb", buffering=0) as file:
        while read := file.readinto(chunk):
            digest.update(memoryview(chunk)[:read])
    anchor.certificate.verify_directly_issued_by(anchor.certificate)


def ingest(path: Path, anchor, folder: Path) -> None:
    """Everything: from the file to an index on the disk."""
    with path.open("rb", buffering=0) as file:
        Catalogue(folder, max_bytes=1 << 30).load(file, [anchor], now=lambda: NOW)


def cost(work, *arguments) -> tuple[float, float]:
    """Seconds, and seconds of CPU in all threads."""
    start, cpu = time.perf_counter(), time.process_time()
    work(*arguments)
    return time.perf_counter() - start, time.process_time() - cpu


def main(path: Path, certificate: Path, folder: Path, rounds: int) -> None:
    """Measure."""
    anchor = read_anchor(CertificateKind.USER, certificate.read_bytes())
    floors, ingests = [], []
    for number in range(rounds):
        floors.append(cost(floor, path, anchor))
        ingests.append(cost(ingest, path, anchor, folder / str(number)))
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    figures = {
        "floor": min(floors)[0],
        "ingest": min(ingests)[0],
        "cpu_ratio": median(mine[1] / least[1] for mine, least in zip(ingests, floors, strict=True)),
        "peak_mb": int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) / 1000,
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4]))
