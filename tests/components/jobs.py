"""Jobs of a town's outbox: left, done by handlers that a test writes, counted."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field

from idp.events.outbox import Outbox
from idp.store import outbox as rows
from idp.worker.jobs import Jobs


@dataclass
class Does:
    """A handler that calls a function with the job and remembers the payloads it saw."""

    what: Callable = lambda tenant, job: None
    seen: list = field(default_factory=list)

    def run(self, tenant, job):
        """See Handler."""
        self.seen.append((tenant.tenant_id, job.payload))
        self.what(tenant, job)


def raises(error):
    """A handler that always fails so."""

    def fail(_tenant, _job):
        raise error

    return Does(fail)


def leave(town, kind, payload=None, *, tenant_id="aoba", delay_seconds=0, lives_seconds=3600):
    """Put one job into the outbox, committed; its id."""
    tenant = town.product.directory.tenant(tenant_id)
    with town.product.store.for_tenant(tenant_id).write() as tx:
        return Outbox(town.clock, secrets.token_bytes).put(
            tx, tenant.keys, kind, payload or {}, delay_seconds=delay_seconds, lives_seconds=lives_seconds
        )


def jobs(town, handlers, *, product=None, directory=None, **more):
    """Who does the jobs of a town, over its own product or another process's worth."""
    product = product or town.product
    return Jobs(
        store=product.store,
        directory=directory or product.directory,
        handlers=handlers,
        now=town.clock,
        token_bytes=secrets.token_bytes,
        **more,
    )


def pass_time(town, seconds):
    """Let the town's clock go forward."""
    town.clock.set_offset(town.clock.offset + seconds)


def stored(town, job_id, tenant_id="aoba"):
    """A job's row, or None."""
    table = rows._o
    with town.product.store.for_tenant(tenant_id).read() as tx:
        mine = (table.c.tenant_id == tenant_id, table.c.job_id == job_id)
        return tx.connection.execute(table.select().where(*mine)).first()


def dead(town, tenant_id="aoba"):
    """Problem by job id of what was given up."""
    with town.product.store.for_tenant(tenant_id).read() as tx:
        return {job.job_id: job.problem for job in rows.dead(tx)}
