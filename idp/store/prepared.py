"""The statements of every login on PostgreSQL: prepared once for a connection, then sent by libpq itself.

SQLAlchemy writes them and keeps the connections. Between the two stand some hundred Python calls for each
statement that is executed, which was most of what a login cost. Values go as text, bytes as they are; rows come
back in PostgreSQL's binary form and are read by psycopg. Needs psycopg, which is not there where SQLite is.
"""

from collections import namedtuple
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from threading import Lock
from typing import Any, cast

import psycopg
from psycopg.adapt import Transformer
from psycopg.pq import ConnStatus, Escaping, ExecStatus, TransactionStatus
from psycopg.pq.abc import PGresult
from sqlalchemy import Connection, Dialect, Executable
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.exc import DBAPIError

_TEXT, _BINARY = 0, 1
_DIALECT: Dialect = PGDialect_psycopg(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]
_GOOD = (ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK)


class Prepared(psycopg.Connection[Any]):
    """A connection that remembers what it has prepared, and ends transactions without detours."""

    @property
    def names(self) -> set[bytes]:
        """What is prepared here."""
        found: set[bytes] = self.__dict__.setdefault("_prepared_names", set())
        return found

    def commit(self) -> None:
        """See psycopg.Connection."""
        self._end(b"COMMIT")

    def rollback(self) -> None:
        """See psycopg.Connection; what is prepared stays."""
        self._end(b"ROLLBACK")

    @property
    def lost(self) -> bool:
        """Whether the server is gone."""
        return self.pgconn.status == ConnStatus.BAD

    def _end(self, how: bytes) -> None:
        if self.pgconn.transaction_status != TransactionStatus.IDLE:
            _require(self.pgconn.exec_(how))


def connect(_dialect: object, _record: object, arguments: Sequence[Any], named: Mapping[str, Any]) -> Prepared:
    """For SQLAlchemy's event `do_connect`. psycopg prepares nothing itself: it would forget ours with its own."""
    return Prepared.connect(*arguments, **{**named, "prepare_threshold": None})


def begin(connection: Connection, tenant_id: str) -> None:
    """Begin a transaction of one tenant: local to it, so that a pool leaks nothing. One round trip.

    Raises SQLAlchemy's errors.
    """
    link = _link(connection)
    tenant = Escaping(link.pgconn).escape_literal(tenant_id.encode())
    command = b"BEGIN; SELECT set_config('app.tenant', " + tenant + b", true)"
    with _errors(connection, link, "BEGIN"):
        _require(link.pgconn.exec_(command))


class Ran:
    """What a statement gave, like SQLAlchemy's result of the same."""

    def __init__(self, result: PGresult, connection: Prepared, row: Callable[..., Any]) -> None:
        self._result = result
        self._connection = connection
        self._row = row

    @property
    def rowcount(self) -> int:
        """How many rows it has written, or found."""
        return self._result.command_tuples or 0

    def first(self) -> Any:
        """The first row, its columns by name, or None."""
        if self._result.ntuples == 0:
            return None
        reader = Transformer(self._connection)
        reader.set_pgresult(self._result)
        return self._row(*reader.load_rows(0, 1, tuple)[0])


class _Statement:
    """A statement as PostgreSQL prepares it. `parameters`: their names, in the order of their numbers."""

    def __init__(self, statement: Executable, given: Mapping[str, object], number: int) -> None:
        compiled = statement.compile(dialect=_DIALECT, column_keys=list(given))  # type: ignore[attr-defined]
        columns = [column.keyname for column in compiled._result_columns]
        self.name = f"idp_{number}".encode()
        self.sql: str = compiled.string
        self.parameters: Sequence[str] = tuple(compiled.positiontup)
        self.fixed = {name: value for name, value in compiled.params.items() if name not in given}
        self.row: Callable[..., Any] = namedtuple("Row", columns) if columns else tuple

    def sent(self, given: Mapping[str, object]) -> list[bytes | None]:
        """The values of a call as libpq takes them."""
        return [_sent(given[name] if name in given else self.fixed[name]) for name in self.parameters]


_known: dict[Executable, _Statement] = {}
"""By the statements of our modules, which are written once."""
_lock = Lock()


def run(connection: Connection, statement: Executable, given: Mapping[str, object]) -> Ran:
    """Execute a module's statement in the transaction that is open. Raises SQLAlchemy's errors."""
    known = _known.get(statement) or _learn(statement, given)
    link = _link(connection)
    for tell in connection.dispatch.before_cursor_execute:
        tell(connection, None, known.sql, given, None, False)
    with _errors(connection, link, known.sql):
        if known.name not in link.names:
            _require(link.pgconn.prepare(known.name, known.sql.encode()))
            link.names.add(known.name)
        values = known.sent(given)
        formats = [_BINARY if isinstance(given.get(name), bytes) else _TEXT for name in known.parameters]
        result = link.pgconn.exec_prepared(known.name, values, formats, _BINARY)  # type: ignore[arg-type]
        return Ran(_require(result), link, known.row)


def _link(connection: Connection) -> Prepared:
    return cast(Prepared, connection.connection.driver_connection)


@contextmanager
def _errors(connection: Connection, link: Prepared, sql: str) -> Iterator[None]:
    """As SQLAlchemy gives errors of the driver; a connection whose server is gone leaves the pool."""
    try:
        yield
    except psycopg.Error as error:
        if link.lost:
            connection.invalidate(error)
        raise DBAPIError.instance(
            sql,
            None,
            error,
            psycopg.Error,
            hide_parameters=True,
            connection_invalidated=link.lost,
            dialect=_DIALECT,
        ) from error


def _require(result: PGresult) -> PGresult:
    """The result of a statement that succeeded. Raises psycopg's error for one that did not."""
    if result.status not in _GOOD:
        raise psycopg.errors.error_from_result(result)
    return result


def _learn(statement: Executable, given: Mapping[str, object]) -> _Statement:
    with _lock:
        return _known.setdefault(statement, _Statement(statement, given, len(_known)))


def _sent(value: object) -> bytes | None:
    """A value in PostgreSQL's text form, or bytes in its binary one. Raises DataError, TypeError."""
    if isinstance(value, str):
        if "\0" in value:
            raise psycopg.DataError("PostgreSQL text holds no NUL")  # libpq would cut it off there
        return value.encode()
    if value is None or isinstance(value, bytes):
        return value
    if isinstance(value, bool):
        return b"t" if value else b"f"
    if isinstance(value, int):
        return str(value).encode()
    if isinstance(value, date):
        return value.isoformat().encode()
    raise TypeError(f"no way to send a {type(value).__name__}")
