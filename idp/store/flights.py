"""Transactions on PostgreSQL: by the short way of `prepared`, or by SQLAlchemy's for who asks for it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self, cast

import psycopg
from psycopg.pq.abc import PGresult
from sqlalchemy import Connection, Engine, Executable, PoolProxiedConnection, event
from sqlalchemy.exc import DBAPIError, DisconnectionError, InvalidRequestError, PendingRollbackError

from idp.store import prepared
from idp.store.pool import ConnectionPool
from idp.store.prepared import Errand, Prepared


@dataclass(slots=True, eq=False, kw_only=True)
class Ran(Errand):
    """An errand that tells what its statement gave, as SQLAlchemy's result does. One that waits is sent then."""

    flight: "Flight" = field(repr=False)

    @property
    def rowcount(self) -> int:
        """How many rows it has written, or found."""
        result = self.result or self.flight.brought(self)
        return result.command_tuples or 0

    def first(self) -> Any:
        """The first row, its columns by name, or None."""
        result = self.flight.brought(self)  # while it is open: the connection's reader is another's afterwards
        return self.statement.first(result, self.flight.link)


class Flight:
    """A transaction of one tenant: it commits at the end of the block and rolls back on any exception.

    `reading`: a statement that goes the short way has one of its own. All of it raises SQLAlchemy's errors.
    """

    link: Prepared
    _held: PoolProxiedConnection

    def __init__(self, engine: Engine, tenant_id: str, *, reading: bool) -> None:
        self.tenant_id = tenant_id
        self._engine = engine
        self._pool: ConnectionPool = engine.pool  # type: ignore[assignment]  # by `open_store`
        self._reading = reading
        self._connection: Connection | None = None
        self._over = False

    def __enter__(self) -> Self:
        try:
            self._held = self._pool.connect()
        except psycopg.Error as error:
            raise _as_sqlalchemy_gives_it("", error, lost=True) from error
        except InvalidRequestError as error:  # SQLAlchemy's word for a server that ends each that is made
            raise _as_sqlalchemy_gives_it("", psycopg.OperationalError(str(error)), lost=True) from error
        self.link = self._held.dbapi_connection  # type: ignore[assignment]  # by `listen`
        if not self._reading:
            self.link.begin(self.tenant_id)
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, error: BaseException | None, _traceback: TracebackType | None
    ) -> None:
        try:
            if error is None:
                self._commit()
        finally:
            self._over = True
            if self._connection is None and self.link.at_rest:
                self._pool.put_back(self._held)
            else:
                (self._connection or self._held).close()  # the pool ends what was not committed

    @property
    def connection(self) -> Connection:
        """SQLAlchemy's, in this very transaction."""
        self._require_open()
        if self._connection is None:
            self._over = True  # unless it begins: SQLAlchemy would go on without it, even on another link
            options = {"tenant": self.tenant_id, "preserve_rowcount": True}
            self._connection = Connection(self._engine, self._held).execution_options(**options)
            self._connection.begin()
            self._over = False
        return self._connection

    def run(
        self,
        statement: Executable,
        given: Mapping[str, object],
        /,
        *,
        unless: type[Exception] | None = None,
    ) -> Ran:
        """Let a module's statement wait for the next round trip, or read at once."""
        self._require_open()
        known = prepared.known(statement, given)
        errand = Ran(known, known.filled(given), unless, flight=self)
        try:
            if self._reading and self._connection is None:
                self.link.read_at_once(self.tenant_id, errand)
            else:
                self.link.later(errand)
        except psycopg.Error as error:
            raise self._failed(known.sql, error) from error
        return errand

    def brought(self, errand: Errand) -> PGresult:
        """What an errand brings back, which may wait still."""
        self._require_open()
        if errand.result is None:
            self._settle(errand.statement.sql)
        return cast(PGresult, errand.result)

    def _commit(self) -> None:
        """Make it last, with what waits still."""
        self._over = self._over or self.link.failed
        self._require_open()
        if self._connection is not None:
            self._settle("COMMIT")  # SQLAlchemy takes a transaction whose COMMIT failed for ended
            self._connection.commit()
        elif not self._reading:  # each statement that reads had a transaction of its own
            try:
                self.link.commit()
            except psycopg.Error as error:
                raise self._failed("COMMIT", error) from error

    def _require_open(self) -> None:
        """Raise PendingRollbackError after an error or the end: nothing that is said then would count."""
        if self._over:
            raise PendingRollbackError("the transaction has failed or ended")

    def _settle(self, sql: str) -> None:
        """Bring back what waits, for the sake of this statement."""
        try:
            self.link.settle()
        except psycopg.Error as error:
            raise self._failed(sql, error) from error

    def _failed(self, sql: str, error: psycopg.Error) -> BaseException:
        """The driver's error as SQLAlchemy's; a connection whose server is gone leaves the pool."""
        self._over = not self._reading or self.link.lost
        if self.link.lost:
            self._held.invalidate(error)
        return _as_sqlalchemy_gives_it(sql, error, lost=self.link.lost)


def listen(engine: Engine) -> None:
    """Let SQLAlchemy make our kind of connection, begin transactions on it, and leave dead ones alone."""
    event.listen(engine, "do_connect", prepared.connect)

    @event.listens_for(engine, "begin")
    def _set_tenant(connection: Connection) -> None:
        link = cast(Prepared, connection.connection.dbapi_connection)
        try:
            link.begin(connection.get_execution_options().get("tenant", ""))
            link.settle()  # a cursor that SQLAlchemy has opened before it begins does not wait for it
        except psycopg.Error as error:
            if link.lost:
                connection.invalidate(error)
            raise _as_sqlalchemy_gives_it("BEGIN", error, lost=link.lost) from error

    @event.listens_for(engine, "checkout")
    def _require_alive(link: Prepared, _record: object, _proxy: object) -> None:
        if not link.alive:
            raise DisconnectionError("the server has closed the connection meanwhile")

    @event.listens_for(engine, "invalidate")
    def _leave_others(_link: Prepared, _record: object, _error: object) -> None:
        cast(ConnectionPool, engine.pool).clear()  # whatever took one away may have taken all


def _as_sqlalchemy_gives_it(sql: str, error: psycopg.Error, *, lost: bool) -> BaseException:
    return DBAPIError.instance(
        sql,
        None,
        error,
        psycopg.Error,
        hide_parameters=True,
        connection_invalidated=lost,
        dialect=prepared.DIALECT,
    )
