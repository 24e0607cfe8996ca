"""The worker of a process, from its handlers and tasks and those that every provider has."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from idp.store.engine import Store
from idp.tenants.directory import Directory
from idp.worker.dead import DeadLetters
from idp.worker.job import Handler
from idp.worker.jobs import Jobs
from idp.worker.recurring import Recurrences, Recurring, every
from idp.worker.worker import Worker

_DAY = 24 * 3600


def assemble(
    *,
    store: Store,
    directory: Directory,
    now: Callable[[], datetime],
    token_bytes: Callable[[int], bytes],
    handlers: Mapping[str, Handler],
    tasks: Sequence[Recurring],
    threads: int,
) -> Worker:
    """A worker that does the jobs of `handlers`, by kind, and the tasks, and forgets old dead letters daily."""
    dead = DeadLetters(store=store, directory=directory, now=now)
    forgetting = Recurring(name="dead-letters", next_moment=every(_DAY), run=dead.forget)
    jobs = Jobs(store=store, directory=directory, handlers=handlers, now=now, token_bytes=token_bytes)
    recurrences = Recurrences(store=store, tasks=(*tasks, forgetting), now=now, token_bytes=token_bytes)
    return Worker(jobs=jobs, recurrences=recurrences, threads=threads)
