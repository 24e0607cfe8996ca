"""From a stream to verified entries: one pass over the file, two megabytes of it at a time."""

from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from idp.jpki.crl_columns import Columns, read_columns
from idp.jpki.crl_entries import Scratch, split
from idp.jpki.crl_header import MAX_HEADER_BYTES, Header, read_header
from idp.jpki.crl_refused import Garbled
from idp.jpki.crl_signature import algorithm_of, signer
from idp.jpki.crl_tail import Tail, read_tail
from idp.jpki.trust import Anchor
from idp.store.crl_index.rows import Rows, Table
from idp.store.crl_index.source import CHUNK, Progress, Readable, Source

_LARGEST_TEMPORARY = 4 * CHUNK


@dataclass(frozen=True, slots=True)
class VerifiedList:
    """A list that its anchor signed, complete and understood. Its age and its place in time are not judged.

    `digest`: SHA-256 of the TBSCertList.
    """

    anchor: Anchor
    header: Header
    tail: Tail
    digest: bytes
    table: Table


def read_list(
    unverified: Readable, anchors: Iterable[Anchor], *, max_bytes: int, progress: Progress
) -> VerifiedList:
    """Read, hash, split and verify a CertificateList.

    What is proven, in this order:
    1. the header is strict DER of a version 2 list, of no more than `max_bytes`, with nextUpdate (5.1.2);
    2. every entry follows the one before, to the very end of the list, and is understood (5.3);
    3. outer and inner algorithm agree, nothing critical is unknown, the scope is one that we support (5.2);
    4. an anchor has its key identifier and name and may sign lists, and did sign these bytes (6.3.3 f, g);
    5. nothing follows.
    Raises CrlRefused.
    """
    with Source(unverified, max_bytes=max_bytes) as source:
        source.fill(MAX_HEADER_BYTES)
        header = read_header(source.bytes(MAX_HEADER_BYTES), max_bytes=max_bytes)  # 1
        source.hash_tbs(algorithm_of(header).new_hash, header.tbs_start, header.tbs_end)
        source.consume(header.entries_start)
        rows = _read_entries(source, header, progress)  # 2
        tail = _read_tail(source, header)  # 3
        tbs_digest, digest = source.digests()
        anchor = signer(header, tail, tbs_digest, anchors)  # 4
        source.require_end()  # 5
    progress(header.total, header.total)
    return VerifiedList(anchor, header, tail, digest, rows.sorted())


def _read_tail(source: Source, header: Header) -> Tail:
    left = header.total - header.entries_end
    source.fill(left)
    tail_bytes = source.bytes(left)
    if len(tail_bytes) < left:
        raise Garbled("the list is cut off after its entries")
    tail = read_tail(tail_bytes, header)
    source.consume(left)
    return tail


def _read_entries(source: Source, header: Header, progress: Progress) -> Rows:
    """All entries. The columns of one chunk are read by a second thread while the next one is split."""
    # glibc takes blocks larger than any freed so far straight from the kernel, and gives them straight back. One
    # large block freed first, untouched, lets the columns of all chunks use the same pages again: a fifth of the
    # page faults.
    np.empty(_LARGEST_TEMPORARY, dtype=np.uint8)
    rows, scratch = Rows(), Scratch(len(source.array))
    with ThreadPoolExecutor(1, thread_name_prefix="crl-columns") as beside:
        reading: Future[Columns] | None = None
        while left := header.entries_end - source.consumed:
            wanted = min(left, source.length + CHUNK)
            source.fill(wanted)
            if source.length < wanted:
                raise Garbled("the list is cut off within its entries")
            chain = split(source.array, wanted, scratch, final=wanted == left)
            if reading is not None:
                rows.extend(reading.result())
            reading = beside.submit(read_columns, source.array, chain)
            source.consume(chain.consumed)
            progress(source.consumed, header.total)
        if reading is not None:
            rows.extend(reading.result())
    return rows
