"""The statements of every login on PostgreSQL: prepared once for a connection, sent by libpq, many in one flight.

SQLAlchemy writes them and keeps the connections. Between the two stand some hundred Python calls for each
statement that is executed, and a round trip; both were most of what a login cost. A statement waits here until
somebody asks what it gave, or the transaction ends: then all that wait go out together (libpq's pipeline mode).
PostgreSQL takes what goes out in one flight for one transaction, so that a whole one needs no BEGIN and COMMIT
("Pipelining" in its manual's chapter on the protocol). Values go and rows come back in PostgreSQL's binary form;
rows are read by psycopg. Needs psycopg, which is not there where SQLite is.
"""

import select
from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, NoReturn, cast

import psycopg
from psycopg.adapt import Transformer
from psycopg.errors import NotNullViolation, UniqueViolation
from psycopg.pq import ConnStatus, ExecStatus, TransactionStatus
from psycopg.pq.abc import PGresult
from sqlalchemy import Dialect, Executable, String, bindparam, text
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

from idp.store.binary import MISMATCH, writer

_BINARY = 1
"""The format of values and rows, as libpq numbers it."""
DIALECT: Dialect = PGDialect_psycopg(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]
_GOOD = (ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK)


class Statement:
    """A statement as PostgreSQL prepares it.

    `parameters`: their names, and what writes their values, in the order of their numbers; `formats`: libpq's, one
    for each. `fixed`: values that the statement itself holds. `row`: makes a row of the values of its columns.
    """

    def __init__(self, statement: Executable, given: Mapping[str, object], number: int) -> None:
        compiled = statement.compile(dialect=DIALECT, column_keys=list(given))  # type: ignore[attr-defined]
        columns = [column.keyname for column in compiled._result_columns]
        names = compiled.positiontup or ()
        self.name = f"idp_{number}".encode()
        self.sql: str = compiled.string
        self.parameters = [(name, writer(compiled.binds[name].type)) for name in names]
        self.formats = [_BINARY] * len(names)
        self.fixed = {name: compiled.params[name] for name in names if name not in given}
        self.row: Callable[[Sequence[Any]], Any] = namedtuple("Row", columns)._make  # type: ignore[attr-defined]

    def filled(self, given: Mapping[str, object]) -> Sequence[bytes | None]:
        """The values of a call, as libpq takes them. Raises TypeError for one that its column cannot hold."""
        whole: Mapping[str, Any] = {**self.fixed, **given} if self.fixed else given
        try:
            return [
                None if (value := whole[name]) is None else written(value) for name, written in self.parameters
            ]
        except MISMATCH:
            raise TypeError(f"a {type(value).__name__} that its column cannot hold") from None

    def first(self, result: PGresult, link: "Prepared") -> Any:
        """The first row of what it found, its columns by name, or None."""
        if result.ntuples == 0:
            return None
        link.reader.set_pgresult(result)
        try:
            return link.reader.load_row(0, self.row)
        finally:
            link.reader.set_pgresult(None)  # it lives as long as the connection, and keeps nobody's row


@dataclass(slots=True, eq=False)
class Errand:
    """A statement on its way: what it carries there, and what it brings back.

    `unless`: what to raise where its key is taken, or something that it looks up is missing. `prepares`: it is
    prepared only.
    """

    statement: Statement
    values: Sequence[bytes | None] = field(default=(), repr=False)
    unless: type[Exception] | None = None
    prepares: bool = False
    result: PGresult | None = None


_known: dict[Executable, Statement] = {}
"""By the statements of our modules, which are written once."""
_lock = Lock()


def known(statement: Executable, given: Mapping[str, object]) -> Statement:
    """A module's statement as it is prepared."""
    return _known.get(statement) or _learn(statement, given)


def _learn(statement: Executable, given: Mapping[str, object]) -> Statement:
    with _lock:
        return _known.setdefault(statement, Statement(statement, given, len(_known)))


_BEGIN, _COMMIT = (known(text(words), {}) for words in ("BEGIN", "COMMIT"))
_SET_TENANT = text("SELECT set_config('app.tenant', :tenant, true)").bindparams(bindparam("tenant", type_=String))
_TENANT = known(_SET_TENANT, {"tenant": ""})


def _as_tenant(tenant_id: str) -> Errand:
    """What the transaction of a tenant begins with: an errand of every flight, and its one value a text."""
    return Errand(_TENANT, (tenant_id.encode(),))


class Prepared(psycopg.Connection[Any]):
    """A connection that remembers what it has prepared, and lets statements wait for each other."""

    def take_up(self) -> None:
        """What an initializer would do: psycopg makes connections by `connect`. Before the first use, and once."""
        self._names: set[bytes] = set()
        self._waiting: list[Errand] = []
        self.reader = Transformer(self)
        self._ear = select.poll()
        self._ear.register(self.pgconn.socket, select.POLLIN)

    def begin(self, tenant_id: str) -> None:
        """Let a transaction begin with what comes next. Its tenant is local to it: a pool leaks nothing."""
        if self.at_rest:
            self._waiting = [_as_tenant(tenant_id)]

    def later(self, errand: Errand) -> None:
        """Let a statement wait for the next flight of the transaction that was begun."""
        self._waiting.append(errand)

    def read_at_once(self, tenant_id: str, errand: Errand) -> None:
        """A statement that only reads, in a transaction of its own. One round trip."""
        self._fly([_as_tenant(tenant_id), errand])

    def commit(self) -> None:
        """See psycopg.Connection; what waits goes with it, and needs no COMMIT when it is all there is."""
        flight, self._waiting = self._waiting, []
        if not flight:
            self._end(b"COMMIT")
        elif self.pgconn.transaction_status == TransactionStatus.IDLE:
            self._fly(flight)
        else:
            self._fly([*flight, Errand(_COMMIT)])

    def rollback(self) -> None:
        """See psycopg.Connection; what waits is dropped, what is prepared stays."""
        self._waiting = []
        self._end(b"ROLLBACK")

    def cursor(self, *arguments: Any, **named: Any) -> Any:
        """See psycopg.Connection: whoever sends by themselves comes after what waits."""
        self.settle()
        return super().cursor(*arguments, **named)

    @property
    def lost(self) -> bool:
        """Whether the server is known to be gone."""
        return self.pgconn.status == ConnStatus.BAD

    @property
    def failed(self) -> bool:
        """Whether a transaction is open in which something has failed: the server would turn its COMMIT back."""
        return self.pgconn.transaction_status == TransactionStatus.INERROR

    @property
    def at_rest(self) -> bool:
        """Whether no transaction is open, and nothing waits."""
        return not self._waiting and self.pgconn.transaction_status == TransactionStatus.IDLE

    @property
    def alive(self) -> bool:
        """Whether the server is there, as far as is known: when it closes a connection, it says so unasked."""
        return self.pgconn.status != ConnStatus.BAD and not self._ear.poll(0)

    def settle(self) -> None:
        """Send what waits, and bring back what it gave; its transaction stays open. One round trip.

        Raises psycopg's errors, or what the statement that failed says instead.
        """
        flight, self._waiting = self._waiting, []
        if not flight:
            return
        if self.pgconn.transaction_status == TransactionStatus.IDLE:
            flight = [Errand(_BEGIN), *flight]
        self._fly(flight)

    def _fly(self, flight: Sequence[Errand]) -> None:
        """Send errands, and bring back what they gave. Without a BEGIN they are a transaction of their own.

        After a statement that fails PostgreSQL does nothing more of its flight, and undoes it all at its end; what
        it looks at only there may fail as well.
        """
        failed: Errand | None = None
        self.pgconn.enter_pipeline_mode()
        try:
            for errand in self._sent(flight):
                errand.result = result = self._next_result()
                self.pgconn.get_result()  # None, after each
                if result.status not in _GOOD:
                    failed = failed or errand
                    if errand.prepares:
                        self._names.discard(errand.statement.name)
            end = self._next_result()  # of the flight, or what its commit has failed of
            if end.status != ExecStatus.PIPELINE_SYNC:
                failed = Errand(_COMMIT, result=end)
                self.pgconn.get_result()
                self._next_result()
        finally:
            if not self.lost:
                self.pgconn.exit_pipeline_mode()
        if failed:
            _raise(failed)

    def _sent(self, flight: Sequence[Errand]) -> Sequence[Errand]:
        """Put it on the wire; what there will be answers to, in this order."""
        answered = []
        for errand in flight:
            statement = errand.statement
            if statement.name not in self._names:
                self._names.add(statement.name)  # the same statement may come again in this flight
                self.pgconn.send_prepare(statement.name, statement.sql.encode())
                answered.append(Errand(statement, prepares=True))
            self.pgconn.send_query_prepared(statement.name, errand.values, statement.formats, _BINARY)
            answered.append(errand)
        self.pgconn.pipeline_sync()
        while self.pgconn.flush():
            self._make_room()
        return answered

    def _make_room(self) -> None:
        """Wait until the system takes more of a long flight: libpq keeps the rest, and the server waits for it.

        What has come by then is read, or the server could not go on.
        """
        self._ear.modify(self.pgconn.socket, select.POLLIN | select.POLLOUT)
        try:
            self._ear.poll()
        finally:
            self._ear.modify(self.pgconn.socket, select.POLLIN)
        self.pgconn.consume_input()

    def _next_result(self) -> PGresult:
        """The next one, waited for without holding up other threads. Raises OperationalError without a server."""
        while self.pgconn.is_busy():
            self._ear.poll()
            self.pgconn.consume_input()
        result = self.pgconn.get_result()
        if result is None:
            raise psycopg.OperationalError("the server is gone")
        return result

    def _end(self, how: bytes) -> None:
        if self.pgconn.transaction_status != TransactionStatus.IDLE:
            result = self.pgconn.exec_(how)
            if result.status not in _GOOD:
                raise psycopg.errors.error_from_result(result)


def connect(_dialect: object, _record: object, arguments: Sequence[Any], named: Mapping[str, Any]) -> Prepared:
    """For SQLAlchemy's event `do_connect`. psycopg prepares nothing itself: it would forget ours with its own."""
    link = Prepared.connect(*arguments, **{**named, "prepare_threshold": None})
    link.take_up()
    return link


def _raise(failed: Errand) -> NoReturn:
    """Why a statement has failed. Raises psycopg's error, or what the statement says instead."""
    error = psycopg.errors.error_from_result(cast(PGresult, failed.result))
    if failed.unless is not None and isinstance(error, (UniqueViolation, NotNullViolation)):
        raise failed.unless from error
    raise error
