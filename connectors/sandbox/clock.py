"""The sandbox's clock: real time plus an offset that all its processes share through one small file."""

import mmap
import os
import struct
from datetime import UTC, datetime, timedelta
from pathlib import Path

_SECONDS = struct.Struct("<d")


class OffsetClock:
    """Real time plus a stored offset, as aware UTC.

    The file holds the offset as one little-endian double of seconds. It is mapped into memory: a change made
    by one process is seen by the others at once, and reading costs no system call.
    """

    def __init__(self, path: Path) -> None:
        """Open the offset at `path`; a missing file starts at 0. Raises ValueError for any other file."""
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            size = os.fstat(descriptor).st_size
            if size == 0:
                os.ftruncate(descriptor, _SECONDS.size)
            elif size != _SECONDS.size:
                raise ValueError(f"{path.name} is not a clock offset of {_SECONDS.size} bytes")
            self._offset = mmap.mmap(descriptor, _SECONDS.size)
        finally:
            os.close(descriptor)

    def __call__(self) -> datetime:
        """The time that the sandbox and its provider live in."""
        return datetime.now(UTC) + timedelta(seconds=self.offset)

    @property
    def offset(self) -> float:
        """Seconds that the sandbox is ahead of real time (negative: behind)."""
        (seconds,) = _SECONDS.unpack_from(self._offset)
        return float(seconds)

    def set_offset(self, seconds: float) -> None:
        """Put the sandbox `seconds` ahead of real time (not of its present time)."""
        _SECONDS.pack_into(self._offset, 0, seconds)
