"""`make bench`: CPU of one returning login in the server's worker, and the counts of the contract's last section.

The CPU is that of the worker process alone (user + system, from /proc), over a running `idp demo` with SQLite and
in-process state; the sandbox's J-LIS runs in another process. This machine is noisy: the ratio to one RSA-2048
signature, measured between the rounds of the same run, is the result; milliseconds are context.
"""

import os
import statistics
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

from components.bench_client import Returning
from components.counting import Counted, counting
from components.demo import Demo
from components.town import found_world, town
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from idp import logs
from idp.compose import ground

ROUNDS = 5
LOGINS = 60
SIGNATURES = 200
TICKS = os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Print both tables."""
    logs.configure(quiet=True)
    with tempfile.TemporaryDirectory() as folder:
        print_counts(Path(folder))
        print_cpu(Path(folder))


def print_cpu(folder: Path) -> None:
    """Interleave rounds of logins with rounds of signatures."""
    (folder / "demo").mkdir()
    demo = Demo(folder / "demo")
    demo.start()
    try:
        worker = worker_of(demo.pid)
        client = Returning(demo.tenant(), demo.service("library"), demo.resident("hanako"))
        client.sign_in()
        key = rsa.generate_private_key(65537, 2048)
        milliseconds, ratios, waits = [], [], []
        for _ in range(ROUNDS):
            before, began = cpu_of(worker), time.perf_counter()
            for _ in range(LOGINS):
                client.sign_in()
            waits.append((time.perf_counter() - began) / LOGINS * 1000)
            login = (cpu_of(worker) - before) / LOGINS * 1000
            milliseconds.append(login)
            ratios.append(login / signature_milliseconds(key))
    finally:
        demo.stop()
    print(f"CPU of the worker per login   {spread(milliseconds)} ms")
    print(f"  as RSA-2048 signatures      {spread(ratios)}")
    print(f"wall time, one at a time      {spread(waits)} ms (driver and card included)")


def print_counts(folder: Path) -> None:
    """Count one returning login at the ports and the SQL driver."""
    (folder / "town").mkdir()
    founded = found_world(folder / "founded")
    with pytest.MonkeyPatch.context() as patch:
        ports: Counter = Counter()
        real_state, real_keys = ground.short_lived, ground.keys_of
        patch.setattr(ground, "short_lived", lambda *a: Counted(real_state(*a), "state", ports))
        patch.setattr(ground, "keys_of", lambda *a: Counted(real_keys(*a), "keys", ports))
        with town(folder / "town", founded) as made:
            made.sign_in(made.library)
            ports.clear()
            with counting(made.product, patch) as counts:
                made.sign_in(made.library)
    bars = {
        "write transactions": (counts["write transactions"], 2),
        "reads": (counts["reads"], 2),
        "configuration reads": (counts["configuration reads"], 0),
        "key custody requests": (ports["keys"], 0),
        "short-lived state calls": (ports["state"], 8),
        "private-key imports": (counts["key imports"], 0),
    }
    for name, (figure, bar) in bars.items():
        print(f"{name:<29} {figure} (at most {bar})")


def worker_of(supervisor: int) -> int:
    """The serving child of the supervisor: the one with the most CPU so far."""
    children = Path(f"/proc/{supervisor}/task/{supervisor}/children").read_text().split()
    return max(map(int, children), key=cpu_of)


def cpu_of(process: int) -> float:
    """User and system seconds of a process (proc(5), fields 14 and 15)."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def signature_milliseconds(key: rsa.RSAPrivateKey) -> float:
    """CPU of one RSA-2048 signature here and now."""
    began = time.process_time()
    for _ in range(SIGNATURES):
        key.sign(b"bench", padding.PKCS1v15(), hashes.SHA256())
    return (time.process_time() - began) / SIGNATURES * 1000


def spread(values: list[float]) -> str:
    """Median (smallest-greatest)."""
    return f"{statistics.median(values):.2f} ({min(values):.2f}-{max(values):.2f})"


if __name__ == "__main__":
    main()
