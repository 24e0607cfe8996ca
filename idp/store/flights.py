"""Transactions on PostgreSQL: by the short way of `prepared`, or by SQLAlchemy's for who asks for it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, cast

import psycopg
from sqlalchemy import Connection, Engine, Executable, PoolProxiedConnection, event
from sqlalchemy.exc import DBAPIError, DisconnectionError, PendingRollbackError

from idp.store import prepared
from idp.store.prepared import Errand, Prepared


class Ran:
    """What a statement gave, as SQLAlchemy's result would tell it. A statement that waits is sent when asked."""

    def __init__(self, flight: "Flight", errand: Errand) -> None:
        self._flight = flight
        self._errand = errand

    @property
    def rowcount(self) -> int:
        """How many rows it has written, or found."""
        result = self._flight.settled(self._errand).result
        return (result and result.command_tuples) or 0

    def first(self) -> Any:
        """The first row, its columns by name, or None."""
        return prepared.first(self._flight.link, self._flight.settled(self._errand))


class Flight:
    """An open transaction of one tenant. `reading`: a statement that goes the short way has one of its own."""

    def __init__(self, engine: Engine, held: PoolProxiedConnection, tenant_id: str, *, reading: bool) -> None:
        self.link = cast(Prepared, held.driver_connection)
        self._engine = engine
        self._held = held
        self._tenant_id = tenant_id
        self._reading = reading
        self._connection: Connection | None = None
        self._over = False
        if not reading:
            self.link.begin(tenant_id)

    @property
    def connection(self) -> Connection:
        """SQLAlchemy's, in this very transaction."""
        if self._connection is None:
            options = {"tenant": self._tenant_id, "preserve_rowcount": True}
            self._connection = Connection(self._engine, self._held).execution_options(**options)
            self._connection.begin()
        return self._connection

    def run(self, statement: Executable, given: Mapping[str, object]) -> Ran:
        """Let a module's statement wait for the next flight, or read at once. Raises SQLAlchemy's errors."""
        self._require_open()
        known = prepared.known(statement, given)
        for listener in self._engine.dispatch.before_cursor_execute:
            listener(self._announced, None, known.sql, given, None, False)
        with self._errors(known.sql):
            errand = known.filled(given)
            if self._reading and self._connection is None:
                self.link.read_at_once(self._tenant_id, errand)
            else:
                self.link.later(errand)
        return Ran(self, errand)

    def settled(self, errand: Errand) -> Errand:
        """The errand with what it has brought back. Raises SQLAlchemy's errors."""
        if errand.result is None:
            self._require_open()
            with self._errors(errand.statement.sql):
                self.link.settle()
        return errand

    def commit(self) -> None:
        """Make it last, with what waits still. Raises SQLAlchemy's errors."""
        self._require_open()
        if self._connection is not None:
            with self._errors("COMMIT"):
                self.link.settle()  # SQLAlchemy takes a transaction whose COMMIT failed for ended
            self._connection.commit()
            return
        for listener in self._engine.dispatch.commit:
            listener(self._announced)
        with self._errors("COMMIT"):
            self.link.commit()

    def close(self) -> None:
        """Give the connection back; the pool ends what was not committed."""
        self._over = True
        (self._connection or self._held).close()

    def _require_open(self) -> None:
        """Raise PendingRollbackError after an error or the end: nothing that is said then would count."""
        if self._over:
            raise PendingRollbackError("the transaction has failed or ended")

    @property
    def _announced(self) -> Any:
        """What listeners to the engine's events are given as the connection."""
        return self._connection or self

    @contextmanager
    def _errors(self, sql: str) -> Iterator[None]:
        """Turn errors of the driver into SQLAlchemy's; a connection whose server is gone leaves the pool."""
        try:
            yield
        except psycopg.Error as error:
            self._over = not self._reading
            if self.link.lost:
                self._held.invalidate(error)
            raise _as_sqlalchemy_gives_it(sql, error, lost=self.link.lost) from error


def listen(engine: Engine) -> None:
    """Let SQLAlchemy make our kind of connection, begin transactions on it, and leave dead ones alone."""
    event.listen(engine, "do_connect", prepared.connect)

    @event.listens_for(engine, "begin")
    def _set_tenant(connection: Connection) -> None:
        link = cast(Prepared, connection.connection.driver_connection)
        try:
            link.begin(connection.get_execution_options().get("tenant", ""))
            link.settle()  # a cursor that SQLAlchemy has opened before it begins does not wait for it
        except psycopg.Error as error:
            if link.lost:
                connection.invalidate(error)
            raise _as_sqlalchemy_gives_it("BEGIN", error, lost=link.lost) from error

    @event.listens_for(engine, "checkout")
    def _require_alive(link: Prepared, _record: object, _proxy: object) -> None:
        if link.lost or not link.silent:
            raise DisconnectionError("the server has closed the connection meanwhile")


def _held(engine: Engine) -> PoolProxiedConnection:
    try:
        return engine.raw_connection()
    except psycopg.Error as error:
        raise _as_sqlalchemy_gives_it("", error, lost=True) from error


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


@contextmanager
def begun(engine: Engine, tenant_id: str, *, reading: bool = False) -> Iterator[Flight]:
    """A transaction that commits at the end of the block and rolls back on any exception.

    Raises SQLAlchemy's errors.
    """
    flight = Flight(engine, _held(engine), tenant_id, reading=reading)
    try:
        yield flight
        flight.commit()
    finally:
        flight.close()
