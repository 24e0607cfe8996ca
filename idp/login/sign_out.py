"""Ending logins: their sessions and tokens at once, and the services that took part are told of it.

Who is to be told is written in the transaction that ends the session, so that no end is lost; `idp worker` tells
(`idp/oidc/logout/back_channel.py`). Services of one sector know the person by one number and are told at once.
What ends in several sectors at the same moment is told to each after a delay of its own: two services must not
hear of one person in one moment. Whoever logs out of several sectors when nobody else does is joined by that all
the same, as by logging in: how prompt the word is weighs more here than with events (`idp/events/spread.py`).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from idp.events.outbox import JSON, Outbox
from idp.login.pairwise import open_ppid
from idp.login.sessions import SESSION_SECONDS
from idp.oversight.audit import Action, Auditor
from idp.store import acceptances, released
from idp.store import sessions as rows
from idp.store.engine import Store, Transaction
from idp.store.sessions import Participant, Told
from idp.tenants.tenancy import ACTIVE, DISABLED, Client, Tenant

KIND = "logout"
"""The outbox's kind; its payload: `transaction_id`, `client_id`, `sid`, `sub`, `due` (seconds since
1970), `apart` (after a delay of its own)."""
LIVES_SECONDS = 24 * 60 * 60
"""A service's own session is hardly longer."""
LONGEST_DELAY_SECONDS = 5 * 60
"""The resident looks at the page that says who was told."""
_DELAY_BYTES = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class SignOut:
    """The act. `delay_seconds`: the longest random delay."""

    store: Store
    outbox: Outbox
    auditor: Auditor
    now: Callable[[], datetime]
    token_bytes: Callable[[int], bytes]
    delay_seconds: int

    def run(self, tenant: Tenant, transaction_ids: Iterable[str], *, sector_id: str) -> None:
        """End these logins together. `sector_id`: whose services are told without delay, empty for nobody's."""
        with self.store.for_tenant(tenant.tenant_id).write() as tx:
            for transaction_id in transaction_ids:
                if self.end(tx, tenant, transaction_id, sector_id=sector_id):
                    self.auditor.record(tx, tenant.keys, Action.SIGNED_OUT, "ended")

    def end(self, tx: Transaction, tenant: Tenant, transaction_id: str, *, sector_id: str = "") -> bool:
        """End one login inside `tx`. False when it was over before: nothing is written then."""
        if not acceptances.end(tx, transaction_id, now=self._moment()):
            return False
        released.forget(tx, transaction_id)
        for service in rows.participants(tx, [transaction_id]):
            self._leave_word(tx, tenant, service, sector_id)
        return True

    def leave(self, tx: Transaction, tenant: Tenant, client: Client) -> None:
        """Let one service know that its sessions are over, inside `tx`: the logins themselves go on elsewhere."""
        since = self._moment() - SESSION_SECONDS
        for part in rows.part_of(tx, client.client_id, since=since):
            self._leave_word(tx, tenant, part, client.sector_id)

    def _leave_word(self, tx: Transaction, tenant: Tenant, service: Participant, sector_id: str) -> None:
        client = tenant.clients.get(service.client_id)
        if client is None or not hears(client):
            told = Told.FRONT if client is not None and client.frontchannel_logout_uri else Told.NOBODY
            rows.note(tx, service.transaction_id, service.client_id, told)
            return
        apart = client.sector_id != sector_id
        delay = self._delay() if apart else 0
        payload: dict[str, JSON] = {
            "transaction_id": service.transaction_id,
            "client_id": service.client_id,
            "sid": service.sid,
            "sub": open_ppid(tenant, service.pair_id, service.sealed_ppid),
            "due": self._moment() + delay,
            "apart": apart,
        }
        self.outbox.put(tx, tenant.keys, KIND, payload, delay_seconds=delay, lives_seconds=LIVES_SECONDS)
        rows.note(tx, service.transaction_id, service.client_id, Told.WAITING)

    def _delay(self) -> int:
        return int.from_bytes(self.token_bytes(_DELAY_BYTES), "big") % (self.delay_seconds + 1)

    def _moment(self) -> int:
        return int(self.now().timestamp())


def hears(client: Client) -> bool:
    """Whether a service is told by us, over a connection of our own."""
    return client.state == ACTIVE and client.backchannel_logout_uri is not None


def may_be_told(client: Client) -> bool:
    """Whether a word that waits still goes out: a service that was disabled hears that its sessions ended."""
    return client.state in (ACTIVE, DISABLED) and client.backchannel_logout_uri is not None
