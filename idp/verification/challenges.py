"""Challenges: 32 bytes that one service has signed once, within five minutes.

They are short-lived state, found by their digest; the record outlives the challenge a little, so that *used* and
*over* can be told from *never given*.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from idp import base64url
from idp.errors import Reason, Refusal
from idp.keys.sealing import digest
from idp.store.shortlived import Change, ShortLived
from idp.tenants.tenancy import Client, Tenant
from idp.verification import shapes
from idp.verification.api import Answer, Call, Endpoint
from idp.verification.limits import CHALLENGE_SECONDS, Limits

CHALLENGE_BYTES = 32
LIFE = timedelta(seconds=CHALLENGE_SECONDS)
_REMEMBERED = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenges:
    """Giving and taking challenges."""

    state: ShortLived
    limits: Limits
    now: Callable[[], datetime]
    token_bytes: Callable[[int], bytes]

    def endpoint(self) -> Endpoint:
        """`POST /challenges`. Takes no Idempotency-Key: one challenge more does no harm."""
        return Endpoint(
            path="/challenges",
            name="challenges",
            run=self.give,
            summary="A challenge to be signed by a resident's card or phone.",
            takes=shapes.NoMembers,
            gives=shapes.ChallengeAnswer,
            media_types={"application/json": {}, "": None},
            example={
                "challenge": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
                "expires_at": "2026-04-01T09:05:00Z",
            },
        )

    def give(self, call: Call) -> Answer:
        """A new challenge, for this service alone. Raises ApiProblem with rate_limited while it holds too many."""
        if call.unverified:
            call.read(shapes.NoMembers)
        moment = self.now()
        window = self.limits.hold_challenge(call.tenant, call.client, now=moment.timestamp())
        challenge = base64url.encode(self.token_bytes(CHALLENGE_BYTES))
        ends = moment + LIFE
        fields = {
            "client": call.client.client_id,
            "ends": str(ends.timestamp()),
            "window": str(window),
            "state": "given",
        }
        self.state.create(_key(call.tenant, challenge), fields, seconds=int(_REMEMBERED.total_seconds()))
        return Answer({"challenge": challenge, "expires_at": f"{ends:%Y-%m-%dT%H:%M:%SZ}"})

    def take(self, tenant: Tenant, client: Client, unverified_challenge: str) -> bytes:
        """The challenge's bytes, taken atomically: it is spent whatever comes of the proof.

        Raises Refusal: NOT_FOUND for one never given to this service, forgotten, or another tenant's;
        ALREADY_USED; EXPIRED.
        """
        taking = Change(expect={"client": client.client_id, "state": "given"}, put={"state": "taken"})
        taken = self.state.change(_key(tenant, unverified_challenge), taking)
        if taken is None or taken.before["client"] != client.client_id:
            raise Refusal(Reason.NOT_FOUND, "no challenge of this service")
        if not taken.applied:
            raise Refusal(Reason.ALREADY_USED, "the challenge was taken before")
        self.limits.release_challenge(tenant, client, int(taken.before["window"]))
        if self.now().timestamp() >= float(taken.before["ends"]):
            raise Refusal(Reason.EXPIRED, "the challenge is over")
        return shapes.bytes_of(unverified_challenge)


def _key(tenant: Tenant, challenge: str) -> str:
    return f"api-challenge:{tenant.tenant_id}:{digest(challenge).hex()}"
