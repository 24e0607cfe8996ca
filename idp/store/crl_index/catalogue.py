"""All indexes of a machine: one folder, one file per issuer and shard, replaced one at a time.

The files are the catalogue; there is nothing beside them to disagree with. Whoever loads holds the folder's lock.
"""

import fcntl
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from idp.jpki.crl_refused import CrlReason, CrlRefused, UnknownIssuer
from idp.jpki.crl_scope import WHOLE, shard_of
from idp.jpki.revocation import CLOCK_SKEW
from idp.jpki.trust import Anchor
from idp.store.crl_index import unknown
from idp.store.crl_index.index import Index
from idp.store.crl_index.layout import Facts
from idp.store.crl_index.reading import VerifiedList, read_list
from idp.store.crl_index.source import Progress, Readable, no_progress
from idp.store.crl_index.unknown import UnknownList
from idp.store.crl_index.writing import write

SUFFIX = ".crlidx"
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
        self._max_bytes = max_bytes
        self._open: dict[str, tuple[tuple[int, int, int], Index]] = {}

    def load(
        self,
        unverified: Readable,
        anchors: Iterable[Anchor],
        *,
        now: Callable[[], datetime],
        progress: Progress = no_progress,
    ) -> Loaded:
        """Verify a list and put it in the place of the one in use for its issuer and shard.

        Raises CrlRefused, and then the list in use stays: BUSY while another loader works here, NOT_YET, ROLLBACK,
        STORAGE, and whatever `read_list` finds wrong.
        """
        with self._lock():
            try:
                verified = read_list(unverified, anchors, max_bytes=self._max_bytes, progress=progress)
            except UnknownIssuer as refused:
                unknown.remember(self.directory, refused, now())
                raise
            loaded_at = now()
            if verified.header.this_update > loaded_at + CLOCK_SKEW:
                raise CrlRefused(CrlReason.NOT_YET, "thisUpdate lies in the future")
            name = _file_name(verified.anchor, verified.tail.scope.shard)
            in_use = self._facts_in_use(name)
            if in_use is not None:
                if in_use.digest == verified.digest:
                    return Loaded(in_use, unchanged=True)
                _require_newer(verified, in_use)
            return Loaded(write(self.directory, name, verified, loaded_at=loaded_at), unchanged=False)

    def covering(self, anchor: Anchor, point: bytes | None) -> list[Index]:
        """The indexes that speak for a certificate of `anchor` with that distribution point (DER Name), or none.

        They are the point's and the whole CA's; empty when neither was ever loaded, which is another thing than
        a serial number that stands in neither. Raises CrlRefused
        with DAMAGED or STORAGE for an index that cannot be used, GARBLED for a point that is no name.
        """
        shards = {WHOLE.shard: None, shard_of(point): None}
        found = (self._index(_file_name(anchor, shard)) for shard in shards)
        return [index for index in found if index is not None]

    def of_anchor(self, anchor: Anchor) -> list[Index]:
        """Every index of that anchor, whatever its shard."""
        return [self.index(name) for name in self.names() if name.startswith(_issuer_part(anchor))]

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
        path = self.directory / name
        try:
            stat = path.stat()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise CrlRefused(CrlReason.STORAGE, f"the index cannot be read: {error.strerror}") from error
        identity = (stat.st_ino, stat.st_mtime_ns, stat.st_size)
        known = self._open.get(name)
        if known is not None and known[0] == identity:
            return known[1]
        index = Index(path)
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
    def _lock(self) -> Iterator[None]:
        """One loader at a time, over all processes; released by the kernel even if the loader dies."""
        try:
            self.directory.mkdir(parents=True, exist_ok=True)
            lock = (self.directory / _LOCK).open("wb")
        except OSError as error:
            raise CrlRefused(CrlReason.STORAGE, f"the folder cannot be used: {error.strerror}") from error
        with lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise CrlRefused(CrlReason.BUSY, "another loader is at work") from error
            yield


def _require_newer(verified: VerifiedList, in_use: Facts) -> None:
    """Refuse a list that would take the issuer and shard back in time, or tell another story of the same time.

    A number must rise and thisUpdate must not fall; without numbers, thisUpdate must rise. An issuer that has
    numbered its lists goes on numbering them.
    """
    number, this_update = verified.tail.crl_number, verified.header.this_update
    if in_use.crl_number is not None:
        newer = number is not None and number > in_use.crl_number and this_update >= in_use.this_update
    else:
        newer = this_update > in_use.this_update
    if not newer:
        raise CrlRefused(CrlReason.ROLLBACK, "not newer than the list in use, by CRLNumber or thisUpdate")


def _file_name(anchor: Anchor, shard: str) -> str:
    """Both identifiers: tenants share the folder, and a key identifier can be claimed by anybody's anchor."""
    return f"{_issuer_part(anchor)}{shard}{SUFFIX}"


def _issuer_part(anchor: Anchor) -> str:
    return f"{anchor.key_id.hex()}-{anchor.spki_sha256.hex()[:32]}."
