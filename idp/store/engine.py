"""Opening the database, and transactions that see exactly one tenant."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, fields
from functools import cache
from operator import attrgetter
from types import TracebackType
from typing import Any, Protocol

from msgspec import Struct, structs
from sqlalchemy import Connection, Engine, Executable, create_engine, event, make_url, text
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

_POOL, _OVERFLOW = 4, 4
_SQLITE_BUSY_MILLISECONDS = 10_000
_TAKEN_OR_MISSING = ("SQLITE_CONSTRAINT_PRIMARYKEY", "SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_NOTNULL")


class DatabaseUnavailable(Exception):
    """The database does not answer; nothing was written."""


class WriteConflict(Exception):
    """A key was written by another transaction first, or one referred to is not there; nothing was written."""


class Ran(Protocol):
    """What a statement gave: how many rows it wrote, or the first that it found, columns by name."""

    @property
    def rowcount(self) -> int:
        """Rows that were written."""
        ...

    def first(self) -> Any:
        """The first row or None."""
        ...


class Transaction(Protocol):
    """An open transaction of one tenant: what repositories read and write through, by its kind of database."""

    @property
    def tenant_id(self) -> str:
        """Whose rows it sees, and no other's."""
        ...

    @property
    def connection(self) -> Connection:
        """SQLAlchemy's connection, for everything that not every login does."""
        ...

    def run(
        self,
        statement: Executable,
        given: Mapping[str, object],
        /,
        *,
        unless: type[WriteConflict] | None = None,
    ) -> Ran:
        """Execute a statement that a module has written once, by the shortest way: what every login does.

        Always with the same names of parameters, each of them of a type (its column's, as a rule) and none a list.
        It may wait until somebody asks what it gave, or the transaction ends: an error of it may come as late.

        `unless`: what it means when this very statement is refused because its key is taken, or because what it
        looks up for a column is not there (NULL). The transaction fails with that instead of WriteConflict.
        """
        ...


class Begin(Protocol):
    """How one is begun: it commits at the end of the block and rolls back on any exception."""

    def __call__(self, engine: Engine, tenant_id: str, *, reading: bool) -> AbstractContextManager[Transaction]:
        """Raises SQLAlchemy's errors."""
        ...


class Block:
    """A block of code in a transaction: what leaves it of SQLAlchemy's errors are ours.

    A class and no generator, as every login opens several.
    """

    __slots__ = ("_begun",)

    def __init__(self, begun: AbstractContextManager[Transaction]) -> None:
        self._begun = begun

    def __enter__(self) -> Transaction:
        try:
            return self._begun.__enter__()
        except DBAPIError as error:
            _raise_ours(error)
            raise

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        try:
            self._begun.__exit__(kind, error, traceback)
        except DBAPIError as failed:
            _raise_ours(failed)
            raise
        if isinstance(error, DBAPIError):
            _raise_ours(error)


def values(tx: Transaction, row: Any, **more: object) -> dict[str, Any]:
    """The columns of a row, with the transaction's tenant and what else is given.

    A row is a dataclass; one that every login writes is a Struct, which takes a third of the time.
    """
    columns = structs.asdict(row) if isinstance(row, Struct) else _columns(row)
    columns["tenant_id"] = tx.tenant_id
    columns.update(more)
    return columns


def _columns(row: Any) -> dict[str, Any]:
    names, read = _fields(row.__class__)
    return dict(zip(names, read(row), strict=True))


@cache
def _fields(kind: type[Any]) -> tuple[tuple[str, ...], Callable[[Any], Iterable[Any]]]:
    """The names of a dataclass's fields, and what reads them all; a row has two columns at least."""
    names = tuple(field.name for field in fields(kind))
    return names, attrgetter(*names)


class TenantStore:
    """One tenant's rows. On PostgreSQL row-level security enforces what the queries already say."""

    def __init__(self, engine: Engine, begin: Begin, tenant_id: str) -> None:
        self._engine = engine
        self._begin = begin
        self._tenant_id = tenant_id

    def write(self) -> Block:
        """A transaction that commits at the end of the block and rolls back on any exception."""
        return Block(self._begin(self._engine, self._tenant_id, reading=False))

    def read(self) -> Block:
        """A transaction for reading: on SQLite it takes no write lock.

        On PostgreSQL each statement of `run` may have one of its own: two may see what came between them.
        """
        return Block(self._begin(self._engine, self._tenant_id, reading=True))


class Store:
    """The database of all tenants."""

    def __init__(self, engine: Engine, begin: Begin) -> None:
        self.engine = engine
        self._begin = begin

    def for_tenant(self, tenant_id: str) -> TenantStore:
        """The rows of one tenant and no other."""
        return TenantStore(self.engine, self._begin, tenant_id)

    @contextmanager
    def read_platform(self) -> Iterator[Connection]:
        """A transaction without tenant: it sees the table of tenants and no row of any."""
        with self.for_tenant("").read() as tx:
            yield tx.connection

    def ping(self) -> None:
        """Return when the database answers; raise DatabaseUnavailable otherwise."""
        with self.read_platform() as connection:
            connection.execute(text("SELECT 1"))


def _raise_ours(error: DBAPIError) -> None:
    """Raise what callers of the store know an error of SQLAlchemy by; return where they know none."""
    if isinstance(error, OperationalError):
        raise DatabaseUnavailable("the database does not answer") from error
    if isinstance(error, IntegrityError):
        raise WriteConflict("another transaction wrote the same key") from error
    if error.connection_invalidated:
        raise DatabaseUnavailable("the connection to the database was lost") from error


@dataclass(frozen=True, slots=True)
class _Plain:
    """A transaction of SQLAlchemy's own."""

    connection: Connection
    tenant_id: str

    def run(
        self,
        statement: Executable,
        given: Mapping[str, object],
        /,
        *,
        unless: type[WriteConflict] | None = None,
    ) -> Ran:
        try:
            return self.connection.execute(statement, given)
        except IntegrityError as error:
            refused = error.orig
            if unless and isinstance(refused, sqlite3.Error) and refused.sqlite_errorname in _TAKEN_OR_MISSING:
                raise unless from error
            raise


@contextmanager
def _begun(engine: Engine, tenant_id: str, *, reading: bool) -> Iterator[_Plain]:
    with engine.connect() as connection:
        opened = connection.execution_options(reading=reading, preserve_rowcount=True)
        with opened.begin():
            yield _Plain(opened, tenant_id)


def open_store(database_url: str, *, password: str | None = None) -> Store:
    """Open a store by SQLAlchemy URL: `sqlite:///path` or `postgresql+psycopg://...`."""
    url = make_url(database_url)
    if password is not None:
        url = url.set(password=password)
    if url.get_backend_name() == "sqlite":
        return Store(_open_sqlite(database_url), _begun)
    from idp.store import flights, pool  # their driver is not there where SQLite is

    engine = create_engine(
        url, poolclass=pool.ConnectionPool, pool_size=_POOL, max_overflow=_OVERFLOW, hide_parameters=True
    )
    flights.listen(engine)
    return Store(engine, flights.Flight)


def _open_sqlite(database_url: str) -> Engine:
    engine = create_engine(database_url, hide_parameters=True)

    @event.listens_for(engine, "connect")
    def _configure(dbapi_connection: Any, _record: object) -> None:
        dbapi_connection.isolation_level = None  # the driver must not begin transactions by itself
        cursor = dbapi_connection.cursor()
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",  # an acknowledged redemption survives a power cut
            "foreign_keys=ON",
            f"busy_timeout={_SQLITE_BUSY_MILLISECONDS}",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin_immediate(connection: Connection) -> None:
        reading = connection.get_execution_options().get("reading", False)
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

    return engine
