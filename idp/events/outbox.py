"""Work for later, written in the transaction that makes it necessary: if that rolls back, nothing is to be done.

`idp worker` does it. A payload is sealed under the tenant's keys, so that whoever may ask which tenants have
work due (a question over all tenants) reads nothing about anybody.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TypeAlias

from idp.keys.sealing import Place, TenantKeys
from idp.store import outbox as rows
from idp.store.engine import Transaction

JSON: TypeAlias = "str | int | float | bool | Sequence[JSON] | Mapping[str, JSON] | None"
ID_BYTES = 16


class Outbox:
    """Where a part puts what it leaves for later. Needs a clock and randomness, nothing else."""

    def __init__(self, now: Callable[[], datetime], token_bytes: Callable[[int], bytes]) -> None:
        self._now = now
        self._token_bytes = token_bytes

    def put(
        self,
        tx: Transaction,
        keys: TenantKeys,
        kind: str,
        payload: Mapping[str, JSON],
        *,
        delay_seconds: int = 0,
        lives_seconds: int,
    ) -> bytes:
        """Leave a job inside `tx`, to be done after the delay; its id, 16 random bytes.

        `kind` names the handler, at most 40 characters. A job that is not done `lives_seconds` from now, delay
        included, is given up.
        """
        job_id = self._token_bytes(ID_BYTES)
        now = int(self._now().timestamp())
        plain = json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()
        job = rows.JobRow(
            job_id=job_id,
            kind=kind,
            run_at=now + delay_seconds,
            expires_at=now + lives_seconds,
            sealed_payload=keys.seal(_place(job_id), plain),
        )
        rows.enqueue(tx, job)
        return job_id


def open_payload(keys: TenantKeys, job_id: bytes, sealed: bytes) -> Mapping[str, JSON]:
    """What was put. Raises SealBroken unless tenant, job and bytes are those that were sealed."""
    payload: Mapping[str, JSON] = json.loads(keys.open(_place(job_id), sealed))
    return payload


def _place(job_id: bytes) -> Place:
    return Place("outbox", job_id, "payload")
