"""A list as it streams in: into one buffer, hashed by a second thread meanwhile, never more than allowed."""

import hashlib
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Protocol, Self

import numpy as np

from idp.jpki.crl_entries import SLACK, Bytes
from idp.jpki.crl_refused import CrlReason, CrlRefused, Garbled
from idp.jpki.crl_signature import Hash

CHUNK = 2048 * 1024
_WINDOW = 2 * CHUNK


class Readable(Protocol):
    """A binary stream: an open file, standard input, an HTTP answer's body."""

    def readinto(self, buffer: memoryview, /) -> int | None:
        """Read into the buffer; 0 at the end."""
        ...


class Progress(Protocol):
    """Told how many bytes of how many have been taken."""

    def __call__(self, done: int, total: int) -> None:
        """`total` is what the list says of its own length."""
        ...


def no_progress(done: int, total: int) -> None:
    """Tell nobody."""


class Source:
    """A window on a stream: bytes come in at its end and are consumed at its beginning.

    Once it is known where the TBSCertList lies, it is hashed as it comes in; the hashing of one chunk goes on
    while the caller works on it. There are two buffers: what was in the window before `consume` stays as it was
    until the next `consume`.
    """

    def __init__(self, stream: Readable, *, max_bytes: int) -> None:
        self._stream = stream
        self._left = max_bytes
        self._view, self._other = (memoryview(bytearray(_WINDOW + SLACK)) for _ in range(2))
        self.length = 0
        self.consumed = 0
        self._hashes: list[Hash] = []
        self._tbs = (0, 0)
        self._hasher = ThreadPoolExecutor(1, thread_name_prefix="crl-hash")
        self._hashing: Future[None] | None = None
        self._hashed = self._view

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._hasher.shutdown()

    def fill(self, size: int) -> None:
        """Read until the window holds `size` bytes (at most two chunks) or the stream ends.

        Raises CrlRefused: TOO_LARGE past the cap, STORAGE when reading fails.
        """
        before = self.length
        while self.length < size:
            try:
                read = self._stream.readinto(self._view[self.length : size])
            except OSError as error:
                raise CrlRefused(CrlReason.STORAGE, "the list cannot be read") from error
            if not read:
                break
            self._left -= read
            if self._left < 0:
                raise CrlRefused(CrlReason.TOO_LARGE, "more bytes than the settings allow")
            self.length += read
        self._wait()
        self._hashed = self._view
        self._hashing = self._hasher.submit(self._hash, self._view[before : self.length], self.consumed + before)

    def hash_tbs(self, new_hash: Callable[[], Hash], start: int, end: int) -> None:
        """Hash the TBSCertList, which lies between these places of the stream. Nothing has been consumed yet."""
        self._wait()
        self._hashes = [new_hash()] if new_hash is hashlib.sha256 else [new_hash(), hashlib.sha256()]
        self._tbs = (start, end)
        self._hash(self._view[: self.length], 0)

    def digests(self) -> tuple[bytes, bytes]:
        """The hash of the TBSCertList by the list's own algorithm, and by SHA-256."""
        self._wait()
        return self._hashes[0].digest(), self._hashes[-1].digest()

    @property
    def array(self) -> Bytes:
        """The window's buffer, with some octets of slack after the longest window."""
        return np.frombuffer(self._view, dtype=np.uint8)

    def bytes(self, size: int) -> bytes:
        """A copy of the window's first `size` bytes, or of all that there are."""
        return bytes(self._view[: min(size, self.length)])

    def consume(self, size: int) -> None:
        """Drop the window's first `size` bytes."""
        if self._hashed is self._other:
            self._wait()
        rest = self.length - size
        self._other[:rest] = self._view[size : self.length]
        self._view, self._other = self._other, self._view
        self.length = rest
        self.consumed += size

    def require_end(self) -> None:
        """Raise Garbled unless window and stream are empty."""
        self.fill(self.length + 1)
        if self.length:
            raise Garbled("bytes after the list")

    def _hash(self, octets: memoryview, place: int) -> None:
        """Hash octets that come from this place of the stream."""
        start, end = (max(0, bound - place) for bound in self._tbs)
        for running in self._hashes:
            running.update(octets[start:end])

    def _wait(self) -> None:
        if self._hashing is not None:
            self._hashing.result()
            self._hashing = None
