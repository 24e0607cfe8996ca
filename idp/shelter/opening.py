"""Opening collectors' files: which records they hold, and what is broken, double, missing or not for us."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from cryptography.hazmat.primitives.asymmetric import ec

from idp.shelter.collected import Collected, Total
from idp.shelter.line import MAX_LINE, ForeignLine, LineRefused, Opened, Place, open_line

Progress = Callable[[int, int], None]
"""Told how many bytes of how many are done."""


class FileUnreadable(Exception):
    """A file that cannot be opened; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A record with its place."""

    place: Place
    record: Collected


@dataclass(frozen=True, slots=True)
class Broken:
    """A line that does not open: the file's name, the line's number from 1, and what is wrong."""

    file: str
    line: int
    problem: str


@dataclass(frozen=True, slots=True)
class Missing:
    """Places of a collector's file that no line has, from `first` to `last`."""

    file_id: str
    first: int
    last: int


@dataclass(slots=True)
class Opening:
    """What several files hold together; a line that comes twice counts once.

    `duplicates`: lines left out because they said again what another said. `conflicts`: records with a place that
    another record has too, as after the copy of a device; all of them are kept.
    """

    entries: list[Entry] = field(default_factory=list)
    broken: list[Broken] = field(default_factory=list)
    duplicates: int = 0
    conflicts: int = 0
    _known: dict[tuple[str, int], list[Collected]] = field(default_factory=dict)
    _totals: dict[str, int] = field(default_factory=dict)

    def add(self, opened: Opened) -> None:
        """Take in a line."""
        place, record = opened.place, opened.record
        if isinstance(record, Total):
            self._totals[place.file_id] = max(self._totals.get(place.file_id, 0), record.records)
            return
        same_place = self._known.setdefault((place.file_id, place.sequence), [])
        if record in same_place:
            self.duplicates += 1
            return
        self.conflicts += bool(same_place)
        same_place.append(record)
        self.entries.append(Entry(place, record))

    def missing(self) -> list[Missing]:
        """The gaps, as far as later lines and totals show them."""
        ends = dict(self._totals)
        present: dict[str, set[int]] = {}
        for file_id, sequence in self._known:
            ends[file_id] = max(ends.get(file_id, 0), sequence)
            present.setdefault(file_id, set()).add(sequence)
        gaps: list[Missing] = []
        for file_id in sorted(ends):
            gaps += _gaps(file_id, sorted(present.get(file_id, ())), ends[file_id])
        return gaps


def open_files(
    files: Sequence[Path],
    private_keys: Mapping[str, ec.EllipticCurvePrivateKey],
    progress: Progress = lambda done, total: None,
) -> Opening:
    """Open all lines of all files. Raises FileUnreadable."""
    opening = Opening()
    try:
        total = sum(path.stat().st_size for path in files)
        done = 0
        for path in files:
            with path.open("rb") as file:
                for number, line in _lines(file):
                    _take(opening, path.name, number, line, private_keys)
                    done += len(line)
                    if number % 500 == 0:
                        progress(done, total)
    except OSError as error:
        raise FileUnreadable(f"a file cannot be read: {error.strerror}") from error
    progress(total, total)
    return opening


def _take(
    opening: Opening, name: str, number: int, line: bytes, private_keys: Mapping[str, ec.EllipticCurvePrivateKey]
) -> None:
    text = line.strip()
    if not text:
        return
    try:
        opening.add(open_line(text.decode("ascii", errors="replace"), private_keys))
    except ForeignLine:
        opening.broken.append(Broken(name, number, "for another key than this tenant's"))
    except LineRefused:
        opening.broken.append(Broken(name, number, "damaged, or not made by a collector"))


def _lines(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Lines with their numbers; one without end is read in pieces, the first of which counts."""
    number, within = 0, False
    while piece := file.readline(2 * MAX_LINE):
        if not within:
            number += 1
            yield number, piece
        within = not piece.endswith(b"\n")


def _gaps(file_id: str, present: Sequence[int], end: int) -> Iterator[Missing]:
    expected = 1
    for sequence in [*present, end + 1]:
        if sequence > expected:
            yield Missing(file_id, expected, sequence - 1)
        expected = max(expected, sequence + 1)
