"""Idempotency-Key: whoever lost our answer asks again and receives the same, and nothing is done twice.

Key and request are stored as keyed digests, the answer sealed, for as long as its endpoint says: a verdict grows
old. An answer is kept in the very transaction of what it tells of wherever there is one (`Attempt.keep`), so that
no crash can part the two, and no request that was taken for lost does its work beside the one that took its place.
"""

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from idp.keys.sealing import Place
from idp.store import idempotency as rows
from idp.store.engine import Store, Transaction
from idp.tenants.tenancy import Client, Tenant
from idp.verification.problems import ApiProblem

VERDICT_SECONDS = 10 * 60
"""How long a verdict is repeated: long enough for a lost answer, younger than what J-LIS publishes next."""
BATCH_SECONDS = 24 * 60 * 60
"""How long a batch's job is told again."""
LOST_SECONDS = 120
"""A request that has no answer after so long was lost with its process: its key may be used again."""
_KEY = re.compile(r"[\x21-\x7e]{1,255}")


@dataclass(frozen=True, slots=True)
class Written:
    """An answer as it goes out."""

    status: int
    mimetype: str
    body: bytes


class KeyLost(ApiProblem):
    """The request took so long that its key went to another one; whatever it wrote is rolled back."""

    def __init__(self) -> None:
        super().__init__("idempotency_in_progress", "another request has this Idempotency-Key by now")


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """The first request of its key, under way. `ends`: until when its answer is kept, seconds since 1970."""

    store: Store
    tenant: Tenant
    claim: rows.Claim
    ends: int

    def keep(self, tx: Transaction, answer: Written) -> None:
        """Keep the answer inside `tx`. Raises KeyLost, so that nothing in it is done twice."""
        if not self._settle(tx, answer):
            raise KeyLost

    def keep_alone(self, answer: Written) -> None:
        """Keep an answer that no transaction belongs to, or let the key go when it is not worth keeping."""
        with self.store.for_tenant(self.tenant.tenant_id).write() as tx:
            if answer.status < 500 and answer.status != 429:
                self._settle(tx, answer)
            else:
                rows.release(tx, self.claim)

    def let_go(self) -> None:
        """Let the key be used again after a failure of ours."""
        with self.store.for_tenant(self.tenant.tenant_id).write() as tx:
            rows.release(tx, self.claim)

    def _settle(self, tx: Transaction, answer: Written) -> bool:
        record = json.dumps([answer.status, answer.mimetype, answer.body.decode()], separators=(",", ":"))
        sealed = self.tenant.keys.seal(_place(self.claim.key_digest), record.encode())
        return rows.settle(tx, self.claim, sealed, expires_at=self.ends)


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeats:
    """Where requests with a key begin."""

    store: Store
    now: Callable[[], datetime]

    def begin(
        self, tenant: Tenant, client: Client, key: str, *parts: bytes, kept_seconds: int
    ) -> Attempt | Written:
        """An attempt for a key that is new, the kept answer for the same request.

        `parts` are what makes a request the same; its answer is kept `kept_seconds`. Raises ApiProblem: malformed
        for no key, idempotency_key_reused for another request, idempotency_in_progress while the first is under
        way.
        """
        if not _KEY.fullmatch(key):
            raise ApiProblem("malformed", "Idempotency-Key is 1 to 255 printable characters")
        moment = int(self.now().timestamp())
        key_digest = tenant.keys.request_index(client.client_id, b"key", hashlib.sha256(key.encode()).digest())
        wanted = rows.Claim(
            client_id=client.client_id,
            key_digest=key_digest,
            request_digest=tenant.keys.request_index(
                client.client_id, *(hashlib.sha256(p).digest() for p in parts)
            ),
            expires_at=moment + LOST_SECONDS,
        )
        with self.store.for_tenant(tenant.tenant_id).write() as tx:
            if rows.claim(tx, wanted, now=moment):
                return Attempt(store=self.store, tenant=tenant, claim=wanted, ends=moment + kept_seconds)
            kept = rows.find(tx, client.client_id, key_digest)
        return _again(tenant, key_digest, wanted, kept)


def _again(tenant: Tenant, key_digest: bytes, wanted: rows.Claim, kept: rows.Kept | None) -> Written:
    if kept is not None and kept.request_digest != wanted.request_digest:
        raise ApiProblem("idempotency_key_reused", "this Idempotency-Key was used for another request")
    if kept is None or kept.sealed_answer is None:
        raise ApiProblem("idempotency_in_progress", "the first request of this Idempotency-Key has no answer yet")
    status, mimetype, body = json.loads(tenant.keys.open(_place(key_digest), kept.sealed_answer))
    return Written(status, mimetype, body.encode())


def _place(key_digest: bytes) -> Place:
    return Place("idempotency", key_digest, "answer")
