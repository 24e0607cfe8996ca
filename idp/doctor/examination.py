"""All checks in the order in which one rests on the other: what lies below a failure is not looked at."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from connectors.errors import ConnectorError
from connectors.ports import Keys, OcspSource
from idp.custody.ring import RingRule
from idp.doctor import evidence, ground, signing, stores, tenants
from idp.doctor.evidence import Responder
from idp.doctor.finding import Finding, State, fail
from idp.doctor.seals import SEALS_LOOKED_AT, seals_broken
from idp.events.events import KIND as EVENT
from idp.jpki.ocsp_question import Question
from idp.keys.sealing import SealBroken
from idp.oversight import authentic, tombstones
from idp.store import outbox
from idp.store.crl_index.catalogue import Catalogue
from idp.store.engine import Store
from idp.store.shortlived import ShortLived
from idp.tenants.directory import Directory
from idp.tenants.tenancy import Tenant
from idp.trust.assembly import Trust
from idp.trust.purposes import PURPOSES

_NONCE_BYTES = 32
_ANY_SERIAL = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Examination:
    """What is examined. `responders`: those of the settings; `real_seconds`: the machine's own clock.

    `lists_refresh_seconds`: see `evidence.lists`.
    """

    store: Store
    keys: Keys
    state: ShortLived
    state_is_shared: bool
    directory: Directory
    catalogue: Catalogue | None
    lists_refresh_seconds: int | None
    responders: Sequence[Responder]
    way_to: Callable[[Sequence[str]], OcspSource]
    trust: Trust
    ring_rule: Callable[[Tenant], RingRule]
    mtls_host_is_believed: bool
    sources_are_told: bool
    now: Callable[[], datetime]
    clock_is_moved: bool
    real_seconds: Callable[[], float]
    token_bytes: Callable[[int], bytes]

    def findings(self) -> Iterator[Finding]:
        """One after the other, as they are found. May raise DatabaseUnavailable when it goes away meanwhile."""
        for step in (self._database, self._custody):
            found = list(step())
            yield from found
            if any(finding.state is State.FAIL for finding in found):
                return
        yield from self._tenants()
        yield from evidence.lists(self.catalogue, self.now(), refresh_seconds=self.lists_refresh_seconds)
        yield from evidence.responders(self._responders(), self._question())
        yield from evidence.ends(self.trust.inventory.alarms())
        with self.store.read_platform() as connection:
            counts = outbox.counts(connection, int(self.now().timestamp()))
        yield evidence.outbox(counts, self.now())

    def _database(self) -> Iterator[Finding]:
        answers = ground.database(self.store)
        yield answers
        if answers.state is State.FAIL:
            return
        current = ground.schema(self.store)
        yield current
        if current.state is not State.FAIL:
            yield from ground.rules(self.store, self.real_seconds, moved=self.clock_is_moved)

    def _custody(self) -> Iterator[Finding]:
        yield ground.short_lived(self.state, shared=self.state_is_shared)
        custody = ground.custody(self.keys)
        yield custody
        if custody.state is State.FAIL:
            return
        try:
            self.directory.refresh()
        except (ConnectorError, SealBroken) as error:
            remedy = "give the tenants' keys back to the custody"
            yield fail("tenants", f"their keys cannot be opened: {type(error).__name__}", remedy)

    def _tenants(self) -> Iterator[Finding]:
        if not self.directory.all():
            yield fail("tenants", "there is none", "idp tenant create")
        for tenant in self.directory.all():
            with self.store.for_tenant(tenant.tenant_id).read() as tx:
                known = tombstones.roll(tx, tenant)
                strange = authentic.refused(tx, tenant)
                dead = sum(job.kind == EVENT for job in outbox.dead(tx))
                broken = seals_broken(tx, tenant, since=self.now() - SEALS_LOOKED_AT)
            yield signing.keys(tenant)
            yield from signing.ring(tenant, self.ring_rule(tenant), int(self.now().timestamp()))
            yield tenants.anchors(tenant, self.now())
            yield tenants.rows_of_trust(tenant, strange)
            yield tenants.seals(tenant, broken)
            yield tenants.officers(tenant, known)
            yield from tenants.events(tenant, dead)
            yield from tenants.mtls_host(tenant, believed=self.mtls_host_is_believed)
            yield from tenants.sources(tenant, told=self.sources_are_told)
            for purpose in PURPOSES:
                found = stores.store(tenant.tenant_id, purpose, self.trust.stores.content(tenant, purpose))
                if found is not None:
                    yield found

    def _responders(self) -> list[Responder]:
        """Those of the settings, then those that officers named."""
        named = [
            Responder(f"{url} ({purpose} of {tenant.tenant_id})", self.way_to([url]))
            for tenant in self.directory.all()
            for purpose in PURPOSES
            for url in self._stated(tenant, purpose)
        ]
        return [*self.responders, *named]

    def _stated(self, tenant: Tenant, purpose: str) -> tuple[str, ...]:
        return self.trust.stores.content(tenant, purpose).policy.responders

    def _question(self) -> bytes | None:
        """About a certificate of the first anchor that there is: any answer will do."""
        for tenant in self.directory.all():
            for anchor in tenant.anchors:
                return Question(anchor, _ANY_SERIAL, self.token_bytes(_NONCE_BYTES)).request()
        return None
