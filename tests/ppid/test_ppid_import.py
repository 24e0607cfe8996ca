"""The library stands alone: nothing but Python's standard library comes in with it."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PROGRAM = f"""
import sys
before = set(sys.modules)
sys.path.insert(0, {str(ROOT)!r})
import ppid
print(*sorted({{name.partition(".")[0] for name in set(sys.modules) - before}} - sys.stdlib_module_names))
"""


def test_the_import_brings_in_the_standard_library_only() -> None:
    """`import ppid` works without any site-packages and loads no other package."""
    command = [sys.executable, "-I", "-S", "-c", PROGRAM]
    loaded = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    assert loaded == ["ppid"]
