"""Telling services that a session is over, over connections of our own, until each has answered.

Any answer of success is one (Back-Channel Logout 1.0, section 2.8, asks for 200; some answer 204); everything else
is tried again for a day, with a fresh token each time.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from connectors.errors import ConnectorError
from connectors.ports import LogoutReceiver
from idp.events.outbox import JSON
from idp.login.sign_out import may_be_told
from idp.oidc.logout import logout_token
from idp.revocation.breaker import Breaker
from idp.store import sessions as rows
from idp.store.engine import Store, Transaction
from idp.store.sessions import Told
from idp.tenants.tenancy import Client, Tenant
from idp.worker.job import Abandon, Job, Postpone
from idp.worker.outcome import EXPIRED, draw_again_when_late

_JTI_BYTES = 16
_log = structlog.get_logger("idp.logout")


@dataclass(frozen=True, slots=True, kw_only=True)
class BackChannel:
    """Handler of the jobs that `idp/login/sign_out.py` leaves. `delay_seconds`: the longest random delay."""

    store: Store
    receiver: LogoutReceiver
    now: Callable[[], datetime]
    token_bytes: Callable[[int], bytes]
    monotonic: Callable[[], float]
    delay_seconds: int
    _breakers: dict[tuple[str, str], Breaker] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_breakers", defaultdict(lambda: Breaker(self.monotonic)))

    def run(self, tenant: Tenant, job: Job) -> None:
        """Tell one service of one session's end. Raises Postpone, Abandon and the connector's errors."""
        client = tenant.clients.get(str(job.payload["client_id"]))
        if client is None or not may_be_told(client):
            raise Abandon("the service takes no word any more")
        if job.payload["apart"]:
            now = self.now().timestamp()
            draw_again_when_late(job, now=now, delay_seconds=self.delay_seconds, token_bytes=self.token_bytes)
        breaker = self._breakers[tenant.tenant_id, client.client_id]
        if not breaker.allows():
            raise Postpone(problem="the service does not answer")
        try:
            status = self._tell(tenant, client, job)
        except ConnectorError as error:
            breaker.failed()
            self._note(tenant, job, Told.WAITING, str(error))
            raise
        breaker.succeeded()
        if not 200 <= status < 300:
            self._note(tenant, job, Told.WAITING, f"the service answered {status}")
            raise Postpone(problem=f"the service answered {status}")
        self._note(tenant, job, Told.TOLD, "")
        _log.info("logout.told", tenant=tenant.tenant_id, client=client.client_id)

    def given_up(self, tx: Transaction, tenant: Tenant, payload: Mapping[str, JSON], problem: str) -> None:
        """See LastWord: the resident's page and the operator's list say so."""
        transaction_id, client_id = str(payload["transaction_id"]), str(payload["client_id"])
        why = None if problem == EXPIRED else problem
        rows.note(tx, transaction_id, client_id, Told.GIVEN_UP, problem=why)
        _log.warning("logout.given-up", tenant=tenant.tenant_id, client=client_id)

    def _tell(self, tenant: Tenant, client: Client, job: Job) -> int:
        token = logout_token.make(
            tenant,
            client,
            sub=str(job.payload["sub"]),
            sid=str(job.payload["sid"]),
            jti=self.token_bytes(_JTI_BYTES).hex(),
            now=self._moment(),
        )
        return self.receiver.tell(client.backchannel_logout_uri or "", token.encode(), sandbox=tenant.sandbox)

    def _note(self, tenant: Tenant, job: Job, told: Told, problem: str) -> None:
        """For the resident's page and the operator; a delivery that was made ends its job along with that."""
        at = self._moment() if told is Told.TOLD else None
        with self.store.for_tenant(tenant.tenant_id).write() as tx:
            rows.note(
                tx,
                str(job.payload["transaction_id"]),
                str(job.payload["client_id"]),
                told,
                at=at,
                tried=True,
                problem=problem,
            )
            if told is Told.TOLD:
                job.finish(tx)

    def _moment(self) -> int:
        return int(self.now().timestamp())
