"""Events to services: what happened to a person, told under the number that this service alone knows them by.

A Security Event Token (RFC 8417) is signed when the event is emitted and delivered by the worker
(`idp/worker/events.py`) at a moment that is drawn anew for every service (`idp/events/spread.py`): two services
must not be able to join their numbers by when they heard of the same thing. So nothing in a token is equal in two
services beyond what the event itself says: its `jti` is random, its `iat` is the moment of its own delivery, and
when a thing happened is told to the day. RFC 9493 section 3.2.3 names the person (`iss_sub`); there is no
`sub`, so that no receiver takes the token for an ID token (RFC 8417 section 4.5).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from idp.events import spread
from idp.events.outbox import JSON, Outbox
from idp.japan import day_in_japan
from idp.keys.signing import signed
from idp.store.engine import Transaction
from idp.tenants.tenancy import ACTIVE, Client, Tenant
from idp.worker.outcome import random_share

KIND = "event"
"""The outbox's kind of a delivery; its payload: `client_id`, `token`, `due` (seconds since 1970)."""
LIVES_SECONDS = 72 * 3600
"""From the first attempt on."""
TYPE = "secevent+jwt"
_JTI_BYTES = 16


class EventName(StrEnum):
    """What can happen to a person, as services are told."""

    CERTIFICATE_STATUS_CHANGED = "certificate-status-changed"
    BASIC4_CHANGED = "basic4-changed"
    CONSENT_WITHDRAWN = "consent-withdrawn"
    REPRESENTATION_ENDED = "representation-ended"
    SUBJECT_MIGRATED = "subject-migrated"
    ACCOUNT_DISABLED = "account-disabled"
    ACCOUNT_ENABLED = "account-enabled"


_RISC = {
    name: f"https://schemas.openid.net/secevent/risc/event-type/{name}"
    for name in (EventName.ACCOUNT_DISABLED, EventName.ACCOUNT_ENABLED)
}
"""Events that OpenID RISC has a name for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Events:
    """Leaves events for services that want them; what happens in `span_seconds` is told in the next so many."""

    outbox: Outbox
    now: Callable[[], datetime]
    token_bytes: Callable[[int], bytes]
    span_seconds: int

    def emit(
        self,
        tx: Transaction,
        tenant: Tenant,
        client: Client,
        sub: str,
        event_name: EventName,
        data: Mapping[str, JSON],
        occurred_at: datetime,
    ) -> None:
        """Tell one service inside `tx`, if it is active and has a receiver; otherwise do nothing.

        `sub`: the person's number at that service. `data` becomes part of the event: whatever in it is equal for
        two services joins nobody's numbers by itself (a reason, a method), and must not be a moment or an id.
        """
        if client.event_endpoint is None or client.state != ACTIVE:
            return
        now, share = int(self.now().timestamp()), random_share(self.token_bytes)
        due = spread.moment(now, span_seconds=self.span_seconds, share=share)
        lives = due - now + LIVES_SECONDS
        claims = {
            "iss": tenant.issuer,
            "aud": client.client_id,
            "iat": due,
            "jti": self.token_bytes(_JTI_BYTES).hex(),
            "sub_id": {"format": "iss_sub", "iss": tenant.issuer, "sub": sub},
            "events": {_uri(tenant, event_name): {**data, "occurred_on": day_in_japan(occurred_at).isoformat()}},
        }
        key = tenant.signing_key(client.id_token_signed_response_alg)
        token = signed(key, TYPE, claims)
        payload: Mapping[str, JSON] = {"client_id": client.client_id, "token": token, "due": due}
        self.outbox.put(tx, tenant.keys, KIND, payload, delay_seconds=due - now, lives_seconds=lives)

    def tell_migrated(
        self, tx: Transaction, tenant: Tenant, client: Client, sub: str, previous_sub: str, previous_iss: str = ""
    ) -> None:
        """Tell one service that a person has another number now, and by which it knew them before.

        `sub_id` names the new number, `previous` the old one in the same form (RFC 9493 section 3.2.3).
        `previous_iss`: the issuer that gave the old one, where it was another.
        """
        previous = {"format": "iss_sub", "iss": previous_iss or tenant.issuer, "sub": previous_sub}
        self.emit(tx, tenant, client, sub, EventName.SUBJECT_MIGRATED, {"previous": previous}, self.now())


def _uri(tenant: Tenant, event_name: EventName) -> str:
    return _RISC.get(event_name) or tenant.url(f"/events/{event_name}")
