"""Whose turn it is, over all processes of a machine; the kernel ends a turn when its holder dies."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from threading import Event
from typing import BinaryIO

from idp.jpki.crl_refused import CrlReason, CrlRefused

_POLL_SECONDS = 0.02


@contextmanager
def turn(file: str, *, patience: float) -> Iterator[BinaryIO]:
    """Hold `file`, alone, for the length of a block; wait `patience` seconds for whoever holds it now.

    Raises CrlRefused: BUSY when it is still held then, STORAGE when the folder cannot be used.
    """
    try:
        Path(file).parent.mkdir(parents=True, exist_ok=True)
        handle = os.fdopen(os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644), "r+b")
    except OSError as error:
        raise CrlRefused(CrlReason.STORAGE, f"the folder cannot be used: {error.strerror}") from error
    with handle:
        _take(handle, patience)
        yield handle


def stamp(handle: BinaryIO, at: datetime) -> None:
    """Write into a held file when its work was done. Always of one length: nobody reads half of it."""
    os.pwrite(handle.fileno(), at.isoformat(timespec="microseconds").encode(), 0)


def stamped(file: str) -> datetime | None:
    """When that work was last done, or None."""
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        return datetime.fromisoformat(os.read(descriptor, 64).decode())
    except (OSError, ValueError):
        return None
    finally:
        os.close(descriptor)


def _take(handle: BinaryIO, patience: float) -> None:
    """Lock the file. The kernel offers to wait for ever or not at all, so this asks again and again."""
    pause, polls = Event(), int(patience / _POLL_SECONDS)
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if polls <= 0:
                raise CrlRefused(CrlReason.BUSY, "another loader is at work") from error
        else:
            return
        polls -= 1
        pause.wait(_POLL_SECONDS)
