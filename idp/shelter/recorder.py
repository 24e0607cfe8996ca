"""The collector's file: one line appended and forced to the disk per record, and no way to read one back.

A record is acknowledged when its line is on the disk. What a power cut leaves of a line that was not is cut off
when the file is next opened: nobody was told that it had been taken.
"""

import errno
import fcntl
import os
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from idp.revocation.serials import Named
from idp.shelter.collected import Collected, Total
from idp.shelter.collection_key import PublicCollectionKey
from idp.shelter.line import MAX_LINE, LineRefused, Place, place_of, seal


class FileRefused(Exception):
    """A file that cannot be appended to; the sentence says why. It was not changed."""


class Recorder:
    """An open file, which one process at a time holds.

    Serial numbers of this sitting are kept in memory, so that one who comes twice is noticed. They are not kept
    over sittings: even a hash of a number with so few bits would tell it to whoever finds the device.
    """

    def __init__(
        self, path: Path, key: PublicCollectionKey, token_bytes: Callable[[int], bytes], *, sync: bool = True
    ) -> None:
        """Open or begin a file. Raises FileRefused. `sync` False is for tests of speed alone."""
        self._key = key
        self._sync = sync
        self._seen: set[Named] = set()
        try:
            self._file = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise FileRefused(f"the file cannot be opened: {error.strerror}") from error
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            last = self._last_place()
            _sync_folder(path.parent)
        except BlockingIOError as error:
            os.close(self._file)
            raise FileRefused("another collector is writing this file") from error
        except (OSError, LineRefused) as error:
            os.close(self._file)
            raise FileRefused("not a collector's file: begin another one") from error
        if last is not None and last.key_id != key.key_id:
            os.close(self._file)
            raise FileRefused("the file was begun with another key: begin another one")
        self.file_id = last.file_id if last else token_bytes(16).hex()
        self.count = last.sequence if last else 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def seen(self, named: Named) -> bool:
        """Whether the certificate was already recorded in this sitting."""
        return named in self._seen

    def append(self, record: Collected) -> int:
        """Put a record on the disk; its number in the file. Raises FileRefused when it is not there."""
        self._write(record, self.count + 1)
        self.count += 1
        self._seen.add(record.named)
        return self.count

    def append_total(self) -> None:
        """Say how many records there are, so that a loss at the end of the file shows. Raises FileRefused."""
        self._write(Total(self.count), self.count)

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._file)

    def _write(self, record: Collected | Total, sequence: int) -> None:
        place = Place(self._key.key_id, self.file_id, sequence)
        line = seal(record, place, self._key.key).encode() + b"\n"
        end = os.fstat(self._file).st_size
        try:
            _append(self._file, line, sync=self._sync)
        except OSError as error:
            os.ftruncate(self._file, end)
            raise FileRefused(f"the record was not written: {error.strerror}") from error

    def _last_place(self) -> Place | None:
        """The place of the last whole line, None in an empty file; the rest of a broken one is cut off.

        Raises LineRefused, and then nothing was cut: the file is somebody else's.
        """
        size = os.fstat(self._file).st_size
        tail = os.pread(self._file, 2 * MAX_LINE, max(0, size - 2 * MAX_LINE))
        whole, end, broken = tail.rpartition(b"\n")
        if not end:
            if size > MAX_LINE or not _may_be_ours(broken):
                raise LineRefused("no line")
            os.ftruncate(self._file, 0)
            return None
        last = place_of(whole.rpartition(b"\n")[2].decode("ascii", errors="replace"))
        if len(broken) > MAX_LINE:
            raise LineRefused("no line")
        os.ftruncate(self._file, size - len(broken))
        return last


def _may_be_ours(broken: bytes) -> bool:
    """Whether bytes may be the beginning of a first line: such a line begins as every JSON object in base64url."""
    return broken[:2] == b"ey"[: len(broken[:2])] or not broken.strip(b"\x00")


def _append(file: int, line: bytes, *, sync: bool) -> None:
    if os.write(file, line) != len(line):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    if sync:
        os.fsync(file)


def _sync_folder(folder: Path) -> None:
    """Force the file's name to the disk, which is written apart from its content."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
