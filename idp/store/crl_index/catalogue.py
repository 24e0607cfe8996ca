"""All indexes of a machine: one folder, one file per issuer and shard, replaced one at a time.

The files are the catalogue; there is nothing beside them to disagree with. Whoever replaces one holds the folder's
lock; whoever fetches a list holds that list's turn, so that a machine fetches it once.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from idp.jpki.crl_refused import CrlReason, CrlRefused, UnknownIssuer
from idp.jpki.crl_scope import WHOLE, Scope, shard_of
from idp.jpki.revocation import CLOCK_SKEW
from idp.jpki.trust import Anchor
from idp.store.crl_index import turns, unknown
from idp.store.crl_index.index import Index
from idp.store.crl_index.layout import Facts
from idp.store.crl_index.reading import VerifiedList, read_list
from idp.store.crl_index.source import Progress, Readable, no_progress
from idp.store.crl_index.unknown import UnknownList
from idp.store.crl_index.writing import write

SUFFIX = ".crlidx"
_TURN = ".turn"
_LOCK = "loading.lock"


@dataclass(frozen=True, slots=True)
class Loaded:
    """A list that is in use now. `unchanged`: it already was; nothing was written."""

    facts: Facts
    unchanged: bool


class Catalogue:
    """The indexes in one folder, for loading and for looking up. Safe for threads and processes."""

    def __init__(self, directory: Path, *, max_bytes: int) -> None:
        self.directory = directory
        self._folder = str(directory)  # part of a path at every lookup: not to be written out each time
        self._max_bytes = max_bytes
        self._open: dict[str, tuple[tuple[int, int, int], Index]] = {}

    def load(
        self,
        unverified: Readable,
        anchors: Iterable[Anchor],
        *,
        now: Callable[[], datetime],
        progress: Progress = no_progress,
        scope: Scope | None = None,
        patience: float = 0.0,
    ) -> Loaded:
        """Verify a list and put it in the place of the one in use for its issuer and shard.

        `scope`: what it must cover, where that is known beforehand. `patience`: seconds to wait for the end of
        another loader's work. Raises CrlRefused, and then the list in use stays: SCOPE for another list than was
        asked for, BUSY while another loader works here, NOT_YET, ROLLBACK, STORAGE, and whatever `read_list` finds
        wrong. A failure of the stream itself is raised as it is.
        """
        try:
            verified = read_list(unverified, anchors, max_bytes=self._max_bytes, progress=progress)
        except UnknownIssuer as refused:
            with self._lock(patience):
                unknown.remember(self.directory, refused, now())
            raise
        if scope is not None and verified.tail.scope.shard != scope.shard:
            raise CrlRefused(CrlReason.SCOPE, "a list of another distribution point than the one asked for")
        with self._lock(patience):
            loaded_at = now()
            if verified.header.this_update > loaded_at + CLOCK_SKEW:
                raise CrlRefused(CrlReason.NOT_YET, "thisUpdate lies in the future")
            name = _file_name(verified.anchor, verified.tail.scope.shard)
            in_use = self._facts_in_use(name)
            if in_use is not None:
                if in_use.digest == verified.digest:
                    return Loaded(in_use, unchanged=True)
                _require_newer(verified, in_use, loaded_at)
            return Loaded(write(self.directory, name, verified, loaded_at=loaded_at), unchanged=False)

    def in_use(self, anchor: Anchor, point: bytes | None) -> Facts | None:
        """What is known of the list of exactly that scope; None when there is none that can be used.

        Raises CrlRefused with STORAGE, and GARBLED for a point that is no name.
        """
        return self._facts_in_use(_file_name(anchor, _shard_of(point)))

    @contextmanager
    def turn(
        self, anchor: Anchor, point: bytes | None, *, patience: float
    ) -> Iterator[Callable[[datetime], None]]:
        """Be the one on this machine who fetches that list; call what is given with the time when it is done.

        Raises CrlRefused: BUSY when somebody else is still at it after `patience` seconds, STORAGE, GARBLED.
        """
        with turns.turn(self._turn_file(anchor, point), patience=patience) as handle:
            yield lambda at: turns.stamp(handle, at)

    def fetched_at(self, anchor: Anchor, point: bytes | None) -> datetime | None:
        """When somebody on this machine last fetched that list with success, even if it had not changed."""
        return turns.stamped(self._turn_file(anchor, point))

    def _turn_file(self, anchor: Anchor, point: bytes | None) -> str:
        return f"{self._folder}/{_file_name(anchor, _shard_of(point))}{_TURN}"

    def covering(self, anchor: Anchor, point: bytes | None) -> list[Index]:
        """The indexes that speak for a certificate of `anchor` with that distribution point (DER Name), or none.

        They are the point's and the whole CA's; empty when neither was ever loaded, which is another thing than
        a serial number that stands in neither. Raises CrlRefused with DAMAGED or STORAGE for an index that cannot
        be used, GARBLED for a point that is no name.
        """
        names = _names_covering(_issuer_part(anchor), point)
        return [index for name in names if (index := self._index(name)) is not None]

    def of_anchor(self, anchor: Anchor) -> list[Index]:
        """Every index of that anchor, whatever its shard."""
        return [self.index(name) for name in self.names() if name.startswith(_issuer_part(anchor))]

    def points_of(self, anchor: Anchor) -> list[bytes]:
        """The distribution points (DER Names) of that anchor of which there are lists that can be used."""
        points = []
        for name in self.names():
            if name.startswith(_issuer_part(anchor)):
                with suppress(CrlRefused):
                    points.append(self.index(name).facts.point)
        return [point for point in points if point is not None]

    def unknown_issuers(self) -> list[UnknownList]:
        """Lists that were offered and that no anchor answers for, the latest first: for an operator to look at."""
        return unknown.read(self.directory)

    def names(self) -> list[str]:
        """The file names of all indexes, sorted: by issuer key identifier, then shard."""
        return sorted(path.name for path in self.directory.glob("*" + SUFFIX))

    def index(self, name: str) -> Index:
        """The index of that file name. Raises CrlRefused with DAMAGED or STORAGE."""
        found = self._index(name)
        if found is None:
            raise CrlRefused(CrlReason.STORAGE, "there is no such index")
        return found

    def _index(self, name: str) -> Index | None:
        """The index, mapped anew when its file was replaced, or None when there is none."""
        path = f"{self._folder}/{name}"
        try:
            stat = os.stat(path)  # noqa: PTH116 - at every lookup: pathlib takes four times as long
        except FileNotFoundError:
            return None
        except OSError as error:
            raise CrlRefused(CrlReason.STORAGE, f"the index cannot be read: {error.strerror}") from error
        identity = (stat.st_ino, stat.st_mtime_ns, stat.st_size)
        known = self._open.get(name)
        if known is not None and known[0] == identity:
            return known[1]
        index = Index(Path(path))
        # Readers of the old one keep its mapping until they are done.
        self._open[name] = (identity, index)
        return index

    def _facts_in_use(self, name: str) -> Facts | None:
        try:
            index = self._index(name)
        except CrlRefused as refused:
            if refused.reason is CrlReason.DAMAGED:
                return None  # the way to mend a damaged index is to load a list over it
            raise
        return None if index is None else index.facts

    @contextmanager
    def _lock(self, patience: float) -> Iterator[None]:
        """One at a time replaces an index, over all processes."""
        with turns.turn(f"{self.directory}/{_LOCK}", patience=patience):
            yield


def _require_newer(verified: VerifiedList, in_use: Facts, now: datetime) -> None:
    """Refuse a list that would take the issuer and shard back in time, or tell another story of the same time.

    A number must rise and thisUpdate must not fall; without numbers, thisUpdate must rise. An issuer that has
    numbered its lists goes on numbering them. A list in use from the future is what a clock set back leaves
    behind: it proves nothing, and its thisUpdate keeps nothing out.
    """
    number, this_update = verified.tail.crl_number, verified.header.this_update
    from_future = in_use.this_update > now + CLOCK_SKEW
    if in_use.crl_number is not None:
        newer = number is not None and number > in_use.crl_number
        newer = newer and (from_future or this_update >= in_use.this_update)
    else:
        newer = from_future or this_update > in_use.this_update
    if not newer:
        raise CrlRefused(CrlReason.ROLLBACK, "not newer than the list in use, by CRLNumber or thisUpdate")


@lru_cache(maxsize=8192)
def _shard_of(point: bytes | None) -> str:
    """`shard_of`, remembered: a municipality's certificates all name one point."""
    return shard_of(point)


@lru_cache(maxsize=8192)
def _names_covering(issuer_part: str, point: bytes | None) -> tuple[str, ...]:
    """The files of the whole CA and of the point, remembered likewise; one where there is no point."""
    shards = dict.fromkeys((shard_of(WHOLE.point), shard_of(point)))
    return tuple(f"{issuer_part}{shard}{SUFFIX}" for shard in shards)


def _file_name(anchor: Anchor, shard: str) -> str:
    return f"{_issuer_part(anchor)}{shard}{SUFFIX}"


def _issuer_part(anchor: Anchor) -> str:
    """Both identifiers: tenants share the folder, and a key identifier can be claimed by anybody's anchor."""
    return _part_of(anchor.key_id, anchor.spki_sha256)


@lru_cache(maxsize=256)
def _part_of(key_id: bytes, spki_sha256: bytes) -> str:
    return f"{key_id.hex()}-{spki_sha256.hex()[:32]}."
