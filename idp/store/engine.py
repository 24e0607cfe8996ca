"""Opening the database, and transactions that see exactly one tenant."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

_SET_TENANT = text("SELECT set_config('app.tenant', :tenant, true)")
_SQLITE_BUSY_MILLISECONDS = 10_000


class DatabaseUnavailable(Exception):
    """The database does not answer; nothing was written."""


class WriteConflict(Exception):
    """A key was written by another transaction first, or one referred to is not there; nothing was written."""


@dataclass(frozen=True, slots=True)
class Transaction:
    """An open transaction of one tenant: repositories read and write through it."""

    connection: Connection
    tenant_id: str


def values(tx: Transaction, row: Any, **more: object) -> dict[str, Any]:
    """The columns of a row that is a dataclass, with the transaction's tenant and what else is given."""
    return {field.name: getattr(row, field.name) for field in fields(row)} | {"tenant_id": tx.tenant_id, **more}


class TenantStore:
    """One tenant's rows. On PostgreSQL row-level security enforces what the queries already say."""

    def __init__(self, engine: Engine, tenant_id: str) -> None:
        self._engine = engine
        self._tenant_id = tenant_id

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        """A transaction that commits at the end of the block and rolls back on any exception."""
        with _begin(self._engine, tenant_id=self._tenant_id) as connection:
            yield Transaction(connection, self._tenant_id)

    @contextmanager
    def read(self) -> Iterator[Transaction]:
        """A transaction for reading: on SQLite it takes no write lock."""
        with _begin(self._engine, tenant_id=self._tenant_id, reading=True) as connection:
            yield Transaction(connection, self._tenant_id)


class Store:
    """The database of all tenants."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def for_tenant(self, tenant_id: str) -> TenantStore:
        """The rows of one tenant and no other."""
        return TenantStore(self.engine, tenant_id)

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
        with engine.connect().execution_options(**options) as connection, connection.begin():
            yield connection
    except OperationalError as error:
        raise DatabaseUnavailable("the database does not answer") from error
    except IntegrityError as error:
        raise WriteConflict("another transaction wrote the same key") from error
    except DBAPIError as error:
        if error.connection_invalidated:
            raise DatabaseUnavailable("the connection to the database was lost") from error
        raise


def open_store(database_url: str, *, password: str | None = None) -> Store:
    """Open a store by SQLAlchemy URL: `sqlite:///path` or `postgresql+psycopg://...`."""
    url = make_url(database_url)
    if password is not None:
        url = url.set(password=password)
    if url.get_backend_name() == "sqlite":
        return Store(_open_sqlite(database_url))
    engine = create_engine(url, pool_size=4, max_overflow=4, pool_pre_ping=True, hide_parameters=True)
    event.listen(engine, "begin", _set_tenant)
    return Store(engine)


def _set_tenant(connection: Connection) -> None:
    """Tell row-level security whose transaction this is: local to it, so a pool leaks nothing."""
    tenant = connection.get_execution_options().get("tenant", "")
    connection.execute(_SET_TENANT, {"tenant": tenant})


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
