"""Opening the database, and transactions that see exactly one tenant."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields
from typing import Any, Protocol

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


Run = Callable[[Connection, Executable, Mapping[str, object]], Ran]


@dataclass(frozen=True, slots=True)
class Transaction:
    """An open transaction of one tenant: repositories read and write through it."""

    connection: Connection
    tenant_id: str
    _run: Run

    def run(self, statement: Executable, parameters: Mapping[str, object]) -> Ran:
        """Execute a statement that a module has written once, by the shortest way: what every login does.

        Always with the same names of parameters, none of which is a list.
        """
        return self._run(self.connection, statement, parameters)


def values(tx: Transaction, row: Any, **more: object) -> dict[str, Any]:
    """The columns of a row that is a dataclass, with the transaction's tenant and what else is given."""
    return {field.name: getattr(row, field.name) for field in fields(row)} | {"tenant_id": tx.tenant_id, **more}


class TenantStore:
    """One tenant's rows. On PostgreSQL row-level security enforces what the queries already say."""

    def __init__(self, engine: Engine, run: Run, tenant_id: str) -> None:
        self._engine = engine
        self._run = run
        self._tenant_id = tenant_id

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        """A transaction that commits at the end of the block and rolls back on any exception."""
        with _begin(self._engine, tenant_id=self._tenant_id) as connection:
            yield Transaction(connection, self._tenant_id, self._run)

    @contextmanager
    def read(self) -> Iterator[Transaction]:
        """A transaction for reading: on SQLite it takes no write lock."""
        with _begin(self._engine, tenant_id=self._tenant_id, reading=True) as connection:
            yield Transaction(connection, self._tenant_id, self._run)


class Store:
    """The database of all tenants."""

    def __init__(self, engine: Engine, run: Run = Connection.execute) -> None:
        self.engine = engine
        self._run = run

    def for_tenant(self, tenant_id: str) -> TenantStore:
        """The rows of one tenant and no other."""
        return TenantStore(self.engine, self._run, tenant_id)

    @contextmanager
    def read_platform(self) -> Iterator[Connection]:
        """A transaction without tenant: it sees the table of tenants and no row of any."""
        with _begin(self.engine, tenant_id="", reading=True) as connection:
            yield connection

    def ping(self) -> None:
        """Return when the database answers; raise DatabaseUnavailable otherwise."""
        with self.read_platform() as connection:
            connection.execute(text("SELECT 1"))


@contextmanager
def _begin(engine: Engine, *, tenant_id: str, reading: bool = False) -> Iterator[Connection]:
    options: dict[str, Any] = {"tenant": tenant_id, "reading": reading, "preserve_rowcount": True}
    try:
        with _begun(engine, options) as connection:
            try:
                yield connection
            except BaseException:
                connection.rollback()
                raise
            connection.commit()
    except OperationalError as error:
        raise DatabaseUnavailable("the database does not answer") from error
    except IntegrityError as error:
        raise WriteConflict("another transaction wrote the same key") from error
    except DBAPIError as error:
        if error.connection_invalidated:
            raise DatabaseUnavailable("the connection to the database was lost") from error
        raise


def _begun(engine: Engine, options: Mapping[str, Any]) -> Connection:
    """A connection with a transaction. One that the pool kept may be dead: that shows here, and harms nobody."""
    for _ in range(_POOL + _OVERFLOW):
        connection = engine.connect().execution_options(**options)
        try:
            connection.begin()
        except DBAPIError as error:
            connection.close()
            if not error.connection_invalidated:
                raise
        else:
            return connection
    connection = engine.connect().execution_options(**options)
    connection.begin()
    return connection


def open_store(database_url: str, *, password: str | None = None) -> Store:
    """Open a store by SQLAlchemy URL: `sqlite:///path` or `postgresql+psycopg://...`."""
    url = make_url(database_url)
    if password is not None:
        url = url.set(password=password)
    if url.get_backend_name() == "sqlite":
        return Store(_open_sqlite(database_url))
    from idp.store import prepared  # its driver is not there where SQLite is

    engine = create_engine(url, pool_size=_POOL, max_overflow=_OVERFLOW, hide_parameters=True)
    event.listen(engine, "do_connect", prepared.connect)

    @event.listens_for(engine, "begin")
    def _set_tenant(connection: Connection) -> None:
        prepared.begin(connection, connection.get_execution_options().get("tenant", ""))

    return Store(engine, prepared.run)


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
