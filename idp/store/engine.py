"""Opening the database, and transactions that see exactly one tenant."""

from collections.abc import Hashable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, fields
from functools import cache
from typing import Any, Protocol, cast

from sqlalchemy import Connection, Engine, Executable, create_engine, event, make_url, text
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

_POOL, _OVERFLOW = 4, 4
_SQLITE_BUSY_MILLISECONDS = 10_000


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


class Opened(Protocol):
    """An open transaction, as its kind of database keeps it."""

    @property
    def connection(self) -> Connection:
        """SQLAlchemy's, in this transaction."""
        ...

    def run(self, statement: Executable, given: Mapping[str, object], /) -> Ran:
        """See Transaction."""
        ...


class Begin(Protocol):
    """How one is begun: it commits at the end of the block and rolls back on any exception."""

    def __call__(self, engine: Engine, tenant_id: str, *, reading: bool) -> AbstractContextManager[Opened]:
        """Raises SQLAlchemy's errors."""
        ...


@dataclass(frozen=True, slots=True)
class Transaction:
    """An open transaction of one tenant: repositories read and write through it."""

    _opened: Opened
    tenant_id: str

    @property
    def connection(self) -> Connection:
        """SQLAlchemy's connection, for everything that not every login does."""
        return self._opened.connection

    def run(self, statement: Executable, parameters: Mapping[str, object]) -> Ran:
        """Execute a statement that a module has written once, by the shortest way: what every login does.

        Always with the same names of parameters, none of which is a list. It may wait until somebody asks what it
        gave, or the transaction ends: an error of it may come as late.
        """
        return self._opened.run(statement, parameters)


def values(tx: Transaction, row: Any, **more: object) -> dict[str, Any]:
    """The columns of a row that is a dataclass, with the transaction's tenant and what else is given."""
    kind: Hashable = row.__class__
    return {name: getattr(row, name) for name in _columns(kind)} | {"tenant_id": tx.tenant_id, **more}


@cache
def _columns(kind: Hashable) -> tuple[str, ...]:
    return tuple(field.name for field in fields(cast(Any, kind)))


class TenantStore:
    """One tenant's rows. On PostgreSQL row-level security enforces what the queries already say."""

    def __init__(self, engine: Engine, begin: Begin, tenant_id: str) -> None:
        self._engine = engine
        self._begin = begin
        self._tenant_id = tenant_id

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        """A transaction that commits at the end of the block and rolls back on any exception."""
        with _errors(), self._begin(self._engine, self._tenant_id, reading=False) as opened:
            yield Transaction(opened, self._tenant_id)

    @contextmanager
    def read(self) -> Iterator[Transaction]:
        """A transaction for reading: on SQLite it takes no write lock.

        On PostgreSQL each statement of `run` may have one of its own: two may see what came between them.
        """
        with _errors(), self._begin(self._engine, self._tenant_id, reading=True) as opened:
            yield Transaction(opened, self._tenant_id)


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
        with _errors(), self._begin(self.engine, "", reading=True) as opened:
            yield opened.connection

    def ping(self) -> None:
        """Return when the database answers; raise DatabaseUnavailable otherwise."""
        with self.read_platform() as connection:
            connection.execute(text("SELECT 1"))


@contextmanager
def _errors() -> Iterator[None]:
    """SQLAlchemy's errors as ours."""
    try:
        yield
    except OperationalError as error:
        raise DatabaseUnavailable("the database does not answer") from error
    except IntegrityError as error:
        raise WriteConflict("another transaction wrote the same key") from error
    except DBAPIError as error:
        if error.connection_invalidated:
            raise DatabaseUnavailable("the connection to the database was lost") from error
        raise


@dataclass(frozen=True, slots=True)
class _Plain:
    """A transaction of SQLAlchemy's own."""

    connection: Connection

    def run(self, statement: Executable, given: Mapping[str, object]) -> Ran:
        return self.connection.execute(statement, given)


@contextmanager
def _begun(engine: Engine, tenant_id: str, *, reading: bool) -> Iterator[_Plain]:
    with engine.connect() as connection:
        opened = connection.execution_options(reading=reading, preserve_rowcount=True)
        with opened.begin():
            yield _Plain(opened)


def open_store(database_url: str, *, password: str | None = None) -> Store:
    """Open a store by SQLAlchemy URL: `sqlite:///path` or `postgresql+psycopg://...`."""
    url = make_url(database_url)
    if password is not None:
        url = url.set(password=password)
    if url.get_backend_name() == "sqlite":
        return Store(_open_sqlite(database_url), _begun)
    from idp.store import flights  # its driver is not there where SQLite is

    engine = create_engine(url, pool_size=_POOL, max_overflow=_OVERFLOW, hide_parameters=True)
    flights.listen(engine)
    return Store(engine, flights.begun)


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
