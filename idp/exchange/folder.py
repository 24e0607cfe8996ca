"""The folder of one tenant: what lies where, and how a file moves without ever being lost or answered twice.

A file is taken by renaming it into `work`. Its answer is made there, in a folder that becomes `NAME.answered` by
one rename when it is complete: from then on it is published, however often we are interrupted, and never made
again. Whoever works here holds the folder's lock.
"""

import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from idp.exchange.answer import Answer

SETTLED_SECONDS = 60
"""So long must the file system have seen no change of a file before it counts as whole."""
READY = ".ready"
_ANSWERED, _MAKING = ".answered", ".making"
_ENDINGS = (".result.csv", ".manifest.json", ".manifest.jws")
"""Of the answer's files, in the order in which they are published."""
MAX_NAME_BYTES = 200
"""Of a file: what is made beside it has a longer name, and 255 are the most that file systems take."""


class FolderBusy(Exception):
    """Another process is at work in the folder."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A file in `work`, and its name as it came."""

    path: Path

    @property
    def stem(self) -> str:
        """The name without `.csv`, by which the answer is called."""
        return self.path.name[: -len(".csv")]

    @property
    def is_usable(self) -> bool:
        """Whether an answer can be called by the name: UTF-8, and not too long."""
        return _is_usable(self.path.name)


class ExchangeFolder:
    """One tenant's folder; its folders are made when they are not there."""

    def __init__(self, path: Path) -> None:
        self._in, self.out, self._done = path / "in", path / "out", path / "done"
        self._refused, self._work = path / "refused", path / "work"
        for folder in (self._in, self.out, self._done, self._refused, self._work):
            folder.mkdir(parents=True, exist_ok=True)

    @contextmanager
    def lock(self) -> Iterator[None]:
        """One at a time, over all processes; released by the kernel even if we die. Raises FolderBusy."""
        with (self._work / "lock").open("wb") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise FolderBusy("another process is at work in the folder") from error
            yield

    def finish(self) -> int:
        """Publish the answers that were complete when an earlier run was interrupted; how many."""
        for unfinished in self._work.glob("*" + _MAKING):
            shutil.rmtree(unfinished)
        answered = sorted(self._work.glob("*" + _ANSWERED))
        for folder in answered:
            self._publish(Taken(self._work / folder.name[: -len(_ANSWERED)]))
        return len(answered)

    def left_over(self) -> list[Taken]:
        """Files that an earlier run had taken and not answered; their markers go, where it died before that."""
        left = [Taken(path) for path in _lists_in(self._work)]
        for taken in left:
            self._forget_marker(self._in / taken.path.name)
        return left

    def waiting(self, settled_seconds: float) -> tuple[list[Path], int]:
        """The files that are whole, by name, and how many are not yet."""
        now = self._now()
        found = _lists_in(self._in)
        whole = [path for path in found if self._is_whole(path, now - settled_seconds)]
        return whole, len(found) - len(whole)

    def take(self, path: Path) -> Taken:
        """Take a file out of `in`. One whose name cannot be used stays there, until it is refused."""
        taken = Taken(self._work / path.name if _is_usable(path.name) else path)
        if taken.path != path:
            path.rename(taken.path)
        with suppress(OSError):  # of a name that is too long there can be no marker
            _marker(path).unlink(missing_ok=True)
        _sync(self._work, self._in)
        return taken

    def has_answer(self, taken: Taken) -> bool:
        """Whether an answer of that name still lies in `out`: another one would take its place."""
        return any((self.out / (taken.stem + ending)).exists() for ending in _ENDINGS)

    def answer(self, taken: Taken, answer: Answer) -> None:
        """Put the answer out and the question away."""
        making = self._work / (taken.path.name + _MAKING)
        making.mkdir()
        for ending, content in zip(_ENDINGS, (answer.result, answer.manifest, answer.signature), strict=True):
            _write(making / (taken.stem + ending), content)
        _sync(making)
        making.rename(self._work / (taken.path.name + _ANSWERED))
        _sync(self._work)
        self._publish(taken)

    def refuse(self, taken: Taken, reason: str) -> None:
        """Put a file away with the reason beside it, under another name where its own cannot be used."""
        refused = _free(self._refused / _usable(taken.path.name))
        temporary = self._refused / (refused.name + ".tmp")
        _write(temporary, reason.encode())
        temporary.rename(refused.with_name(refused.name + ".reason.txt"))
        taken.path.rename(refused)
        _sync(self._refused, self._work, self._in)

    def _publish(self, taken: Taken) -> None:
        answered = self._work / (taken.path.name + _ANSWERED)
        for ending in _ENDINGS:
            complete = answered / (taken.stem + ending)
            if complete.exists():
                complete.rename(self.out / complete.name)
                _sync(self.out)
        if taken.path.exists():
            taken.path.rename(_free(self._done / taken.path.name))
        _sync(self._done, self._work)
        answered.rmdir()

    def _forget_marker(self, path: Path) -> None:
        """Remove the marker of a file that is not there any more; a new file of that name keeps its own."""
        if not os.path.lexists(path):
            _marker(path).unlink(missing_ok=True)

    def _is_whole(self, path: Path, settled_at: float) -> bool:
        with suppress(OSError):  # of a name that is too long there can be no marker
            if _marker(path).exists():
                return True
        found = path.lstat()
        return max(found.st_mtime, found.st_ctime) <= settled_at

    def _now(self) -> float:
        """The file system's own time: that of a share is another computer's."""
        clock = self._work / "clock"
        clock.write_bytes(b"")
        os.utime(clock)
        return clock.stat().st_mtime


def _lists_in(folder: Path) -> list[Path]:
    return sorted(
        path
        for path in folder.iterdir()
        if path.name.lower().endswith(".csv") and not path.name.startswith(".") and not path.is_dir()
    )


def _marker(path: Path) -> Path:
    return path.with_name(path.name + READY)


def _is_usable(name: str) -> bool:
    """A name that is not UTF-8 has surrogates in it (PEP 383): no manifest can tell it."""
    try:
        return len(name.encode()) <= MAX_NAME_BYTES
    except UnicodeEncodeError:
        return False


def _usable(name: str) -> str:
    return name if _is_usable(name) else f"unusable-name-{hashlib.sha256(os.fsencode(name)).hexdigest()[:16]}.csv"


def _free(path: Path) -> Path:
    """The path, or one with a number where there is such a file already."""
    number, free = 1, path
    while free.exists():
        number += 1
        free = path.with_name(f"{path.name[:-4]}.{number}{path.name[-4:]}")
    return free


def _write(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync(*folders: Path) -> None:
    for folder in folders:
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
