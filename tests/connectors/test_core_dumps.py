"""A process that leaves no core dump: what the system says of it, and what is there after it died."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
STATE = """
import ctypes, resource
print(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0), *resource.getrlimit(resource.RLIMIT_CORE))
"""
"""Prints whether the process may be dumped (PR_GET_DUMPABLE), and its soft and hard limit for core files."""
LEAVE_NONE = "from connectors import core_dumps; core_dumps.leave_none()\n"
ABORT = "import os, resource; hard = resource.getrlimit(resource.RLIMIT_CORE)[1]\n" + (
    "resource.setrlimit(resource.RLIMIT_CORE, (hard, hard)); os.abort()\n"
)
"""Dies as a crash does, after it has asked for as large a core file as it may have."""


def run(script, folder):
    """A program in a process of its own, in that folder."""
    environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, "-c", script], cwd=folder, env=environment, capture_output=True, text=True, timeout=30
    )


def test_a_process_can_be_made_to_leave_no_core_dump(tmp_path):
    """Both marks are the system's word, and without the call they are others."""
    before, after = run(STATE, tmp_path).stdout.split(), run(LEAVE_NONE + STATE, tmp_path).stdout.split()
    assert before[0] == "1"
    assert after == ["0", "0", "0"]


def test_a_program_that_it_starts_has_no_core_file_either(tmp_path):
    """The limit is handed on; the mark is not, and its own entry says it anew."""
    script = f"{LEAVE_NONE}import subprocess, sys; subprocess.run([sys.executable, '-c', {STATE!r}], check=True)\n"
    assert run(script, tmp_path).stdout.split() == ["1", "0", "0"]


def test_nothing_is_left_behind_by_a_process_that_dies(tmp_path):
    """Killed by SIGABRT it leaves its folder empty and says nothing."""
    died = run(LEAVE_NONE + ABORT, tmp_path)
    assert (died.returncode, died.stdout, died.stderr) == (-6, "", "")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "unit", sorted((ROOT / "deploy" / "systemd").glob("*.service")), ids=lambda path: path.name
)
def test_the_units_say_so_too(unit):
    """Before the first line of ours runs, and for what ExecStartPre starts."""
    assert "\nLimitCORE=0\n" in unit.read_text()
