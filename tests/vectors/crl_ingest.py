"""The ingest of a national list without stream, threads and disk: the judgements of `idp.jpki` in their order."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from idp.jpki.crl_columns import Columns, read_columns
from idp.jpki.crl_entries import SLACK, Scratch, split
from idp.jpki.crl_header import MAX_HEADER_BYTES, Header, read_header
from idp.jpki.crl_refused import Garbled
from idp.jpki.crl_signature import algorithm_of, signer
from idp.jpki.crl_tail import Tail, read_tail
from idp.jpki.trust import Anchor

MAX_BYTES = 1 << 24


@dataclass(frozen=True)
class Taken:
    """A list that an anchor signed."""

    header: Header
    tail: Tail
    columns: Columns
    anchor: Anchor


def take(der: bytes, anchors: Iterable[Anchor], *, max_bytes: int = MAX_BYTES) -> Taken:
    """Judge a whole list as `idp/store/crl_index/reading.py` does. Raises CrlRefused."""
    header = read_header(der[:MAX_HEADER_BYTES], max_bytes=max_bytes)
    running = algorithm_of(header).new_hash()
    if len(der) != header.total:
        raise Garbled("cut off, or followed by something")
    columns = entries(der[header.entries_start : header.entries_end])
    tail = read_tail(der[header.entries_end :], header)
    running.update(memoryview(der)[header.tbs_start : header.tbs_end])
    return Taken(header, tail, columns, signer(header, tail, running.digest(), anchors))


def entries(octets: bytes) -> Columns:
    """The content of revokedCertificates as columns. Raises CrlRefused."""
    buffer = np.frombuffer(octets + bytes(SLACK), dtype=np.uint8)
    return read_columns(buffer, split(buffer, len(octets), Scratch(len(buffer)), final=True))
