"""Tasks that recur, each at moments drawn anew, so that the machines of a provider do not all begin at once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from connectors.errors import ConnectorError
from idp.store.engine import DatabaseUnavailable, Store, WriteConflict
from idp.store.turns import alone
from idp.worker.outcome import random_share

FIRST_SECONDS = 30
"""A process that starts does every task once within this time."""
_log = structlog.get_logger("idp.worker")


@dataclass(frozen=True, slots=True, kw_only=True)
class Recurring:
    """A task: its next moment from now and a random number in [0, 1), and what it does.

    Every worker runs it: what it does on one machine (fetching lists into its own directory) must be done on
    each, and what it does to the database must bear being done twice, and being cut off. `one_at_a_time` is for
    a task that does not bear two at the same moment: whoever comes second leaves it out this once.
    """

    name: str
    next_moment: Callable[[datetime, float], datetime]
    run: Callable[[], object]
    one_at_a_time: bool = False


def every(seconds: float) -> Callable[[datetime, float], datetime]:
    """The next moment of a task that recurs about so often: a fifth sooner or later."""
    return lambda now, share: now + timedelta(seconds=seconds * (0.8 + 0.4 * share))


@dataclass(frozen=True, slots=True)
class _Turn:
    set_at: datetime
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Recurrences:
    """All tasks of a process, done by one thread."""

    store: Store
    tasks: Sequence[Recurring]
    now: Callable[[], datetime]
    token_bytes: Callable[[int], bytes]
    _turns: dict[str, _Turn] = field(default_factory=dict)

    def turn(self) -> None:
        """Do the tasks that are due. None of their errors gets out."""
        for task in self.tasks:
            now, turn = self.now(), self._turns.get(task.name)
            if turn is None or now < turn.set_at:  # just started, or the clock was set back
                wait = timedelta(seconds=FIRST_SECONDS * random_share(self.token_bytes))
                self._turns[task.name] = _Turn(now, now + wait)
            elif turn.due_at <= now:
                self._do(task)
                now = self.now()
                self._turns[task.name] = _Turn(now, task.next_moment(now, random_share(self.token_bytes)))

    def once(self) -> None:
        """Do every task now."""
        for task in self.tasks:
            self._do(task)

    def _do(self, task: Recurring) -> None:
        try:
            if not task.one_at_a_time:
                task.run()
                return
            with alone(self.store, task.name) as mine:
                if mine:
                    task.run()
        except (ConnectorError, DatabaseUnavailable, WriteConflict) as error:
            _log.warning("task.waiting", task=task.name, error=type(error).__name__)
        except Exception as error:  # noqa: BLE001 - a defect of one task must not end the others
            _log.error("task.failed", task=task.name, error=type(error).__name__)
