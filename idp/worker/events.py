"""Delivering events: one push over a connection of its own, judged by RFC 8935, the same bytes every time.

Only 202 is a delivery. Of the refusals in RFC 8935's own form three can mend by themselves and are tried again
until the event expires: `invalid_key` (the receiver has an old JWKS), `authentication_failed` and
`access_denied` (a bearer that is just being changed on one side). The others would be refused for ever.
Everything else (a status of another meaning, a redirect, no answer) is tried again.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from connectors.errors import ConnectorError
from connectors.ports import EventAnswer, EventReceiver
from idp.revocation.breaker import Breaker
from idp.tenants.directory import event_bearer_place
from idp.tenants.tenancy import ACTIVE, Client, Tenant
from idp.worker.job import Abandon, Job, Postpone
from idp.worker.outcome import draw_again_when_late

DELIVERED = 202
FINAL_ERRORS = frozenset({"invalid_request", "invalid_issuer", "invalid_audience"})
_log = structlog.get_logger("idp.events")


@dataclass(frozen=True, slots=True, kw_only=True)
class EventDelivery:
    """Handler of the jobs that `idp/events/events.py` leaves. `delay_seconds`: the longest random delay."""

    receiver: EventReceiver
    now: Callable[[], datetime]
    token_bytes: Callable[[int], bytes]
    monotonic: Callable[[], float]
    delay_seconds: int
    _breakers: dict[tuple[str, str], Breaker] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_breakers", defaultdict(lambda: Breaker(self.monotonic)))

    def run(self, tenant: Tenant, job: Job) -> None:
        """Push one event. Raises Postpone, Abandon and the connector's errors."""
        client = tenant.clients.get(str(job.payload["client_id"]))
        if client is None or client.event_endpoint is None or client.state != ACTIVE:
            raise Abandon("the service takes no events any more")
        now = self.now().timestamp()
        draw_again_when_late(job, now=now, delay_seconds=self.delay_seconds, token_bytes=self.token_bytes)
        breaker = self._breakers[tenant.tenant_id, client.client_id]
        if not breaker.allows():  # so that one receiver's silence does not hold up all the others
            raise Postpone(problem="the receiver does not answer")
        try:
            answer = self.receiver.push(
                client.event_endpoint,
                str(job.payload["token"]).encode(),
                bearer=_bearer(tenant, client),
                sandbox=tenant.sandbox,
            )
        except ConnectorError:
            breaker.failed()
            raise
        breaker.succeeded()
        judge(answer)
        _log.info("event.delivered", tenant=tenant.tenant_id, client=client.client_id)


def judge(answer: EventAnswer) -> None:
    """Return when the event was delivered. Raises Abandon or Postpone."""
    if answer.status == DELIVERED:
        return
    if answer.status == 400 and answer.error in FINAL_ERRORS:
        raise Abandon(f"refused: {answer.error}")
    raise Postpone(problem=f"the receiver answered {answer.status} {answer.error}".rstrip())


def _bearer(tenant: Tenant, client: Client) -> str | None:
    """The token that the receiver wants to see, or None. Raises SealBroken."""
    if client.sealed_event_bearer is None:
        return None
    return tenant.keys.open(event_bearer_place(client.client_id), client.sealed_event_bearer).decode()
