"""Idempotency-Key: whoever lost our answer asks again and receives the same, and nothing is done twice.

Key and request are stored as keyed digests, the answer sealed, for 24 hours. An answer is kept in the very
transaction of what it tells of wherever there is one (`Attempt.keep`), so that no crash can part the two.
"""

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from idp.sealing import Place
from idp.store import idempotency as rows
from idp.store.engine import Store, Transaction
from idp.tenancy import Client, Tenant
from idp.verification.problems import ApiProblem

KEPT_SECONDS = 24 * 60 * 60
LOST_SECONDS = 120
"""A request that has no answer after so long was lost with its process: its key may be used again."""
_KEY = re.compile(r"[\x21-\x7e]{1,255}")


@dataclass(frozen=True, slots=True)
class Written:
    """An answer as it goes out."""

    status: int
    mimetype: str
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """The first request of its key, under way."""

    store: Store
    tenant: Tenant
    client_id: str
    key_digest: bytes
    ends: int

    def keep(self, tx: Transaction, answer: Written) -> None:
        """Keep the answer inside `tx`."""
        record = json.dumps([answer.status, answer.mimetype, answer.body.decode()], separators=(",", ":"))
        sealed = self.tenant.keys.seal(_place(self.key_digest), record.encode())
        rows.settle(tx, self.client_id, self.key_digest, sealed, expires_at=self.ends)

    def keep_alone(self, answer: Written) -> None:
        """Keep an answer that no transaction belongs to, or let the key go when it is not worth keeping."""
        with self.store.for_tenant(self.tenant.tenant_id).write() as tx:
            if answer.status < 500 and answer.status != 429:
                self.keep(tx, answer)
            else:
                rows.release(tx, self.client_id, self.key_digest)

    def let_go(self) -> None:
        """Let the key be used again after a failure of ours."""
        with self.store.for_tenant(self.tenant.tenant_id).write() as tx:
            rows.release(tx, self.client_id, self.key_digest)


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeats:
    """Where requests with a key begin."""

    store: Store
    now: Callable[[], datetime]

    def begin(self, tenant: Tenant, client: Client, key: str, *parts: bytes) -> Attempt | Written:
        """An attempt for a key that is new, the kept answer for the same request.

        `parts` are what makes a request the same. Raises ApiProblem: malformed for no key, idempotency_key_reused
        for another request, idempotency_in_progress while the first is under way.
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
                ends = moment + KEPT_SECONDS
                return Attempt(
                    store=self.store, tenant=tenant, client_id=client.client_id, key_digest=key_digest, ends=ends
                )
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
