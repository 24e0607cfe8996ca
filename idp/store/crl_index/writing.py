"""Writing an index: into a temporary file beside its place, fsynced, then renamed over what was there."""

import os
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from idp.jpki.crl_refused import CrlReason, CrlRefused
from idp.store.crl_index import directory as directories
from idp.store.crl_index import layout
from idp.store.crl_index.reading import VerifiedList
from idp.store.crl_index.rows import Table

TEMPORARY = "loading.tmp"
"""One name is enough: a folder has one loader at a time, and what a dead one left is written over."""
_BLOCK = layout.BLOCK_ITEMS


def write(directory: Path, name: str, verified: VerifiedList, *, loaded_at: datetime) -> layout.Facts:
    """Make `directory/name` the index of this list, atomically and durably.

    Raises CrlRefused with STORAGE when that fails: then the file that was there is still there.
    """
    temporary = directory / TEMPORARY
    try:
        with temporary.open("wb") as file:
            facts = _write_file(file, verified, loaded_at)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(directory / name)
        fsync_directory(directory)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise CrlRefused(CrlReason.STORAGE, f"the index cannot be written: {error.strerror}") from error
    return facts


def _write_file(file: BinaryIO, verified: VerifiedList, loaded_at: datetime) -> layout.Facts:
    header, tail = verified.header, verified.tail
    body = _write_tables(file, verified.table)
    facts = layout.Facts(
        issuer_key_id=tail.issuer_key_id,
        issuer=header.issuer,
        anchor=verified.anchor.spki_sha256,
        point=tail.scope.point,
        shard=tail.scope.shard,
        crl_number=tail.crl_number,
        this_update=header.this_update,
        next_update=header.next_update,
        digest=verified.digest,
        source_bytes=header.total,
        loaded_at=loaded_at,
        **body,
    )
    file.seek(0)
    file.write(layout.encode(facts))
    return facts


def _write_tables(file: BinaryIO, table: Table) -> dict[str, Any]:
    narrow_steps, narrow_directory = directories.build(table.narrow)
    wide_steps, wide_directory = directories.build(table.low)
    columns: dict[str, tuple[NDArray[Any], NDArray[np.int64] | None]] = {
        "narrow_directory": (narrow_directory, None),
        "narrow": (table.narrow, None),
        "wide_directory": (wide_directory, None),
        "low": (table.low, None),
        "middle": (table.middle, table.order),
        "high": (table.high, table.order),
        "rank": (table.rank, table.order),
    }
    file.seek(layout.HEADER_BYTES)
    sums = layout.Sums()
    for name in layout.COLUMNS:
        column, order = columns[name]
        for start in range(0, len(column), _BLOCK):
            block = column[start : start + _BLOCK] if order is None else column[order[start : start + _BLOCK]]
            sums.add(block.data)
            file.write(block.data)
        file.write(bytes(-column.nbytes % 8))
    counts = {name: len(column) for name, (column, _) in columns.items()}
    return {"narrow_steps": narrow_steps, "wide_steps": wide_steps, "counts": counts, "sums": sums.digest()}


def fsync_directory(directory: Path) -> None:
    """Make a rename in the folder outlive a power cut. Raises OSError."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
