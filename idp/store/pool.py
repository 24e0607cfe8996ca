"""The connections to PostgreSQL: SQLAlchemy's pool, and at hand those that came back whole.

SQLAlchemy makes, limits, waits for, replaces and ends them. Its way out of the pool and in again is some forty
Python calls, more than a statement on them costs; so a connection on which nothing is open stays at hand, and
whoever comes next takes it as it lies. To SQLAlchemy it is in use meanwhile. Nobody waits for one that lies at
hand, and there are never more at hand than the pool keeps.
"""

from collections import deque
from threading import Lock
from typing import Any

from sqlalchemy import PoolProxiedConnection, QueuePool


class ConnectionPool(QueuePool):
    """A pool of `Prepared`. Threads share it: a deque's `append` and `pop` are atomic.

    `_asking`: how many threads ask SQLAlchemy for a connection now: while there are any, none stays at hand.
    """

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._at_hand: deque[PoolProxiedConnection] = deque()
        self._asking = 0
        self._counting = Lock()

    def connect(self) -> PoolProxiedConnection:
        """See Pool: the one at hand that was used last, or SQLAlchemy's."""
        held = self._taken()
        if held is not None:
            return held
        self._ask(1)
        try:  # who puts one back from here on sees that we ask; what was put back before, we see
            return self._taken() or super().connect()
        finally:
            self._ask(-1)

    def put_back(self, held: PoolProxiedConnection) -> None:
        """Let a connection on which nothing is open lie at hand; SQLAlchemy's if more are open than are kept."""
        if self.overflow() > 0:
            held.close()
            return
        self._at_hand.append(held)
        if self._asking:
            self.clear()

    def clear(self) -> None:
        """Leave all that lie at hand to SQLAlchemy, which knows whether they are still good."""
        while (held := self._last()) is not None:
            held.close()

    def dispose(self) -> None:
        """See Pool."""
        self._ask(1)  # for ever: what comes back later is SQLAlchemy's
        self.clear()
        super().dispose()

    def _taken(self) -> PoolProxiedConnection | None:
        """The last one whose server is there, as far as is known."""
        while (held := self._last()) is not None:
            if held.dbapi_connection.alive:  # type: ignore[union-attr]
                return held
            held.invalidate()
        return None

    def _last(self) -> PoolProxiedConnection | None:
        try:
            return self._at_hand.pop()
        except IndexError:
            return None

    def _ask(self, change: int) -> None:
        with self._counting:
            self._asking += change
