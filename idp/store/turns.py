"""Taking turns over all machines of one database: a task that must not run twice at once."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import func, select

from idp.store.engine import Store


@contextmanager
def alone(store: Store, name: str) -> Iterator[bool]:
    """Whether nobody else is in such a block of that name now; if so, nobody will be until this one ends.

    PostgreSQL's advisory lock of a transaction, which ends with its connection. On SQLite one process serves
    the database, and its one worker runs a task at a time.
    """
    if store.engine.dialect.name != "postgresql":
        yield True
        return
    key = int.from_bytes(hashlib.sha256(f"idp/turns/{name}".encode()).digest()[:8], "big", signed=True)
    with store.read_platform() as connection:
        yield bool(connection.execute(select(func.pg_try_advisory_xact_lock(key))).scalar_one())
