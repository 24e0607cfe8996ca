"""A PDF's structure, read by a process of its own that may take little memory and little time.

However a file was made, it costs at most that; whatever happens to the process, the file is refused.
"""

import json
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from typing import Any

from idp.signatures.found import NotInstalled, TooMuch, Unreadable

_SECONDS = 20
"""By the clock, on a busy machine; the process's own limit counts its computing (`pdf_structure.py`)."""
_MAX_ANSWER = 4 * 1024 * 1024
_WAITING_SECONDS = 10
_places = threading.BoundedSemaphore(2)


class Busy(Exception):
    """As many files as we read at once are being read."""


def structure(document: bytes) -> Mapping[str, Sequence[Any]]:
    """What `pdf_structure` tells of a PDF. Raises Unreadable, TooMuch, Busy, NotInstalled."""
    if not _places.acquire(timeout=_WAITING_SECONDS):
        raise Busy
    try:
        done = subprocess.run(
            [sys.executable, "-I", "-m", "idp.signatures.pdf_structure"],
            input=document,
            capture_output=True,
            timeout=_SECONDS,
            check=False,
            env={},  # the settings of this process, secrets among them, are none of its business
        )
    except subprocess.TimeoutExpired as error:
        raise TooMuch("reading takes too long") from error
    finally:
        _places.release()
    if done.returncode < 0 or len(done.stdout) > _MAX_ANSWER:
        raise TooMuch("reading takes too much")
    try:
        answer = json.loads(done.stdout)
    except ValueError as error:
        raise Unreadable("the file cannot be read") from error
    if "not_installed" in answer:
        raise NotInstalled
    if "unreadable" in answer:
        raise Unreadable("not a PDF whose structure is sound")
    if "too_much" in answer:
        raise TooMuch("reading takes too much memory")
    found: Mapping[str, Sequence[Any]] = answer
    return found
