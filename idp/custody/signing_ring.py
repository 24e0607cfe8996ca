"""The ring of a tenant's keys turned: by age, by an operator, or because a key is no longer a secret.

What is to happen is decided by `idp/custody/ring.py` twice: before the transaction, to make the keys that will be
needed (an RSA key takes a while), and inside it, on the ring as it is then. So two that turn it at once turn it
once, and one that is killed has done everything or nothing.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

import structlog

from idp.custody import ring
from idp.custody.ring import Ring, RingKey, RingRule
from idp.keys.sealing import SealBroken
from idp.keys.signing_keys import PrivateKey, new_kid, new_private_key, sealed_private, sealed_retired
from idp.oversight.audit import Action, Auditor
from idp.registration import NotAllowed
from idp.services.request_encryption import REQUEST_KEYS
from idp.store import signing_keys as rows
from idp.store import tenants
from idp.store.engine import Store, Transaction, WriteConflict
from idp.store.signing_keys import CURRENT, NEXT, RETIRED, SigningKeyRow
from idp.tenants.directory import Directory
from idp.tenants.tenancy import SIGNING_ALGS, Tenant

MOST_AT_ONCE = 20
"""Tenants whose rings one run of the task turns, so that other tasks have their turn soon."""
_ATTEMPTS = 3
_log = structlog.get_logger("idp.signing-ring")
Decision = Callable[[Ring], Ring]


@dataclass(frozen=True, slots=True)
class Turned:
    """What became of the ring: ids of keys by what was done to them."""

    made: list[str] = field(default_factory=list)
    activated: list[str] = field(default_factory=list)
    retired: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        """Whether anything was done."""
        return bool(self.made or self.activated or self.retired or self.removed)


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningRing:
    """The acts, over the store. `rotate_days`, `kept_days`: for tenants that say nothing of their own."""

    store: Store
    directory: Directory
    auditor: Auditor
    now: Callable[[], datetime]
    token_bytes: Callable[[int], bytes]
    rotate_days: int
    kept_days: int

    def rule(self, tenant: Tenant) -> RingRule:
        """What the tenant's ring must have."""
        rotate = tenant.settings.signing_key_days or self.rotate_days
        kept = tenant.settings.signing_key_kept_days or self.kept_days
        return RingRule(
            (*SIGNING_ALGS, *REQUEST_KEYS), rotate * ring.DAY_SECONDS, kept * ring.DAY_SECONDS, REQUEST_KEYS
        )

    def turn_all(self) -> int:
        """Let time do its work on every tenant's ring; how many were turned. For the worker.

        A ring that cannot be turned is left for the next run, and keeps no other from its turn.
        """
        turned = 0
        for tenant in self.directory.all():
            if turned == MOST_AT_ONCE:
                break
            if self._is_settled(tenant):
                continue
            try:
                turned += bool(self.turn(tenant))
            except (NotAllowed, SealBroken, WriteConflict) as error:
                _log.warning("ring.waiting", tenant=tenant.tenant_id, error=type(error).__name__)
        return turned

    def turn(self, tenant: Tenant) -> Turned:
        """Let time do its work on one ring."""
        rule = self.rule(tenant)
        return self._turned(tenant, "age", lambda found: ring.aged(found, self._seconds(), rule))

    def rotate(self, tenant: Tenant, algs: tuple[str, ...]) -> Turned:
        """Let the next keys of these algorithms sign. Raises RingRefused while somebody may not know one."""
        return self._turned(tenant, "rotated", lambda found: ring.rotated(found, self._seconds(), algs))

    def compromised(self, tenant: Tenant, algs: tuple[str, ...]) -> Turned:
        """Take the current keys of these algorithms out, at once: nothing that they signed is believed here.

        Raises RingRefused when somebody else has just done so.
        """
        kids = [key.kid for key in ring_of(tenant) if key.alg in algs and key.state == CURRENT]
        if not kids:
            raise ring.RingRefused("there is no current key of this algorithm")
        return self._turned(tenant, "compromised", lambda found: ring.without(found, self._seconds(), kids))

    def retire(self, tenant: Tenant, kid: str) -> Turned:
        """Bring one key into its next state. Raises RingRefused."""
        return self._turned(tenant, "by hand", lambda found: ring.stepped(found, self._seconds(), kid))

    def seconds_unknown(self, before: Tenant, kids: Iterable[str]) -> int:
        """How long services may have key sets without one of the keys that have begun to sign; 0 when none has.

        `before`: the tenant as it was then, in whose ring they were published already, or not.
        """
        now, since = self._seconds(), {key.kid: key.since for key in ring_of(before)}
        return max((since.get(kid, now) + ring.PUBLISHED_SECONDS - now for kid in kids), default=0)

    def _is_settled(self, tenant: Tenant) -> bool:
        """Whether nothing is due, as far as this process knows: no database is asked."""
        found = ring_of(tenant)
        return ring.aged(found, self._seconds(), self.rule(tenant)) == found

    def _turned(self, tenant: Tenant, why: str, decide: Decision) -> Turned:
        fresh: dict[str, list[PrivateKey]] = {}
        for _ in range(_ATTEMPTS):
            with self.store.for_tenant(tenant.tenant_id).read() as tx:
                found = decide(_ring(rows.every(tx)))
            for alg in (key.alg for key in found if not key.kid):
                fresh.setdefault(alg, []).append(new_private_key(alg))
            with self.store.for_tenant(tenant.tenant_id).write() as tx:
                tenants.hold(tx)
                turning = _Turning(self, tx, tenant, why, fresh)
                if (turned := turning.to(decide)) is None:
                    continue  # the ring has become another since it was read: other keys are needed
            self.directory.refresh()
            return turned
        raise NotAllowed("the ring is being turned by others: try again")

    def _seconds(self) -> int:
        return int(self.now().timestamp())


@dataclass(frozen=True, slots=True)
class _Turning:
    """One transaction that turns a ring, whose tenant it holds."""

    acts: SigningRing
    tx: Transaction
    tenant: Tenant
    why: str
    fresh: Mapping[str, list[PrivateKey]]

    def to(self, decide: Decision) -> Turned | None:
        """Turn it as is decided on what is there now. None, and nothing written, when keys for it lack."""
        stored = {row.kid: row for row in rows.every(self.tx)}
        before = _ring(stored.values())
        wanted = decide(before)
        fresh = {alg: list(keys) for alg, keys in self.fresh.items()}
        if any(not key.kid and not fresh.get(key.alg) for key in wanted):
            return None
        turned = Turned()
        for kid in stored.keys() - {key.kid for key in wanted}:
            rows.remove(self.tx, kid)
            turned.removed.append(kid)
        moved = [key for key in wanted if key.kid and key not in before]
        moved.sort(key=lambda key: key.state != RETIRED)  # a current key leaves its place before the next takes it
        for key in moved:
            self._move(stored[key.kid], key, turned)
        for key in (key for key in wanted if not key.kid):
            self._make(key, fresh[key.alg].pop(), turned)
        self._tell(turned)
        return turned

    def _move(self, row: SigningKeyRow, key: RingKey, turned: Turned) -> None:
        retired = key.state == RETIRED
        sealed = sealed_retired(self.tenant.keys, row) if retired else row.sealed_private_key
        rows.put(self.tx, replace(row, state=key.state, since=key.since, sealed_private_key=sealed))
        (turned.retired if retired else turned.activated).append(key.kid)

    def _make(self, key: RingKey, private: PrivateKey, turned: Turned) -> None:
        kid = new_kid(key.alg, self.acts.token_bytes)
        sealed = sealed_private(self.tenant.keys, kid, private)
        rows.add(self.tx, SigningKeyRow(kid, key.alg, key.state, sealed, key.since))
        turned.made.append(kid)
        if key.state != NEXT:
            turned.activated.append(kid)

    def _tell(self, turned: Turned) -> None:
        if not turned:
            return
        tenants.touch(self.tx)
        for action, kids in (
            (Action.SIGNING_KEY_MADE, turned.made),
            (Action.SIGNING_KEY_ACTIVATED, turned.activated),
            (Action.SIGNING_KEY_RETIRED, turned.retired),
            (Action.SIGNING_KEY_REMOVED, turned.removed),
        ):
            for kid in kids:
                self.acts.auditor.record(self.tx, self.tenant.keys, action, "done", kid=kid, why=self.why)


def ring_of(tenant: Tenant) -> Ring:
    """The ring as a process knows it."""
    signing = (RingKey(key.kid, key.alg, key.state, key.since) for key in tenant.signing_keys)
    opening = (RingKey(key.kid, key.alg, key.state, key.since) for key in tenant.request_keys)
    return (*signing, *opening)


def _ring(found: Iterable[SigningKeyRow]) -> Ring:
    return tuple(RingKey(row.kid, row.alg, row.state, row.since) for row in found)
