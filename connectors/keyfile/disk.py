"""The key file on disk: private, replaced whole or not at all, changed by one process at a time."""

import fcntl
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from connectors.errors import Garbled, Refused, Unreachable

MAX_BYTES = 16 * 1024 * 1024
"""About 100,000 tenants; a larger file is a mistake, not a ring of keys."""
PRIVATE = 0o600


@dataclass(frozen=True, slots=True)
class Stamp:
    """What tells one state of a file from the next without reading it."""

    device: int
    inode: int
    modified_ns: int
    size: int


def read(path: Path) -> tuple[bytes, Stamp]:
    """The file's bytes and the stamp of that same state.

    Raises Refused for a file that is absent, not ours to read, or open to others; Garbled for one too large.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
        with os.fdopen(descriptor, "rb") as file:
            status = os.fstat(descriptor)
            _require_private(path, status)
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        _fail("cannot read", path, error)
    if len(data) > MAX_BYTES:
        raise Garbled(f"{path} is larger than {MAX_BYTES} bytes")
    return data, _stamp(status)


def stamp(path: Path) -> Stamp:
    """The stamp of the file's present state. Raises Refused for a file that is absent."""
    try:
        return _stamp(path.stat())
    except OSError as error:
        _fail("cannot read", path, error)


def replace(path: Path, data: bytes) -> None:
    """Put `data` in the place of the file, so that a crash leaves the old state or the new one.

    Call it under `locked`. Raises Unreachable when the disk takes no bytes; the old file then stands.
    """
    fresh = path.with_name(path.name + ".new")
    try:
        fresh.unlink(missing_ok=True)
        try:
            with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE), "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(path)
        except OSError:
            with suppress(OSError):
                fresh.unlink(missing_ok=True)
            raise
        _sync_directory(path.parent)
    except OSError as error:
        _fail("cannot write", path, error)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Keep every other process and thread from changing the file meanwhile (advisory lock beside it)."""
    lock = path.with_name(path.name + ".lock")
    try:
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, PRIVATE)
    except OSError as error:
        _fail("cannot lock", path, error)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _require_private(path: Path, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise Refused(f"{path} is not a regular file")
    if stat.S_IMODE(status.st_mode) & 0o077:
        raise Refused(f"{path} can be read by others: its mode must be 0600")


def _stamp(status: os.stat_result) -> Stamp:
    return Stamp(status.st_dev, status.st_ino, status.st_mtime_ns, status.st_size)


def _fail(what: str, path: Path, error: OSError) -> NoReturn:
    reason = f"{what} {path}: {error.strerror}"
    if isinstance(error, (FileNotFoundError, PermissionError, NotADirectoryError, IsADirectoryError)):
        raise Refused(reason) from error
    raise Unreachable(reason) from error
