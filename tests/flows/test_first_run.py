"""The first run over a fresh folder: the worker owns its database, and Ctrl-C in a terminal ends everything."""

import fcntl
import json
import os
import pty
import subprocess
import termios
import time
from pathlib import Path

import pytest
from components.demo import IDP, START_SECONDS, Demo
from components.stock_client import sign_in


def children_of(pid: int) -> set[int]:
    """Process ids of its direct children."""
    return {int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()}


def lock_holders(file: Path) -> set[int]:
    """Processes that hold a POSIX lock on a file."""
    inode = str(file.stat().st_ino)
    lines = (line.split() for line in Path("/proc/locks").read_text().splitlines())
    return {int(words[4]) for words in lines if words[1] == "POSIX" and words[5].split(":")[2] == inode}


def open_files(pid: int) -> list[str]:
    """What its descriptors point at."""
    links = []
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        try:
            links.append(str(descriptor.readlink()))
        except OSError:  # closed meanwhile
            continue
    return links


def test_the_worker_owns_its_database(tmp_path):
    """No connection is inherited from the founding process; what was answered is there after a restart."""
    running = Demo(tmp_path)
    running.start()
    try:
        before = sign_in(running.tenant(), running.service("library"), running.resident("hanako"), tmp_path)
        database = tmp_path / "data" / "idp.db"
        holders = lock_holders(database) | lock_holders(database.with_name("idp.db-shm"))
        assert holders & children_of(running.pid)
        assert running.pid not in holders
        audit = subprocess.run(
            [IDP, "audit", "verify", "--tenant", "aoba", "--data", tmp_path / "data"],
            capture_output=True,
            timeout=60,
        )
        assert audit.returncode == 0, audit.stderr
        sign_in(running.tenant(), running.service("childcare"), running.resident("sora"), tmp_path)
        for worker in children_of(running.pid):
            assert not [link for link in open_files(worker) if "idp.db" in link and "(deleted)" in link]
        running.stop()
        running.start()
        again = sign_in(running.tenant(), running.service("library"), running.resident("hanako"), tmp_path)
        assert again.claims["sub"] == before.claims["sub"]
    finally:
        running.stop()


@pytest.fixture
def in_terminal(tmp_path):
    """A demo in the foreground of a terminal of its own: (process, the terminal's other end, ready file)."""
    master, slave = pty.openpty()
    ready = tmp_path / "ready.json"
    command = [IDP, "demo", "--port", "0", "--data", tmp_path / "data", "--ready-file", ready]
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(
            command,
            stdin=slave,
            stdout=log,
            stderr=log,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(slave, termios.TIOCSCTTY, 0),  # noqa: PLW1509 - no threads yet
        )
    deadline = time.monotonic() + START_SECONDS
    while not ready.exists() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.1)
    yield process, master, ready
    if process.poll() is None:
        process.kill()
        process.wait()
    os.close(master)
    os.close(slave)


def test_ctrl_c_in_a_terminal_ends_it(in_terminal, tmp_path):
    """After a login, one Ctrl-C, which every process of the foreground receives: all end within ten seconds."""
    process, terminal, ready_file = in_terminal
    ready = json.loads(ready_file.read_text())
    sign_in(ready["tenants"][0], ready["tenants"][0]["services"][0], ready["residents"][0], tmp_path)
    workers = children_of(process.pid)
    os.write(terminal, b"\x03")
    process.wait(10)
    deadline = time.monotonic() + 5
    while (left := [pid for pid in workers if Path(f"/proc/{pid}").exists()]) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert left == []
    assert not ready_file.exists()
