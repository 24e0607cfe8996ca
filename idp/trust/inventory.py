"""Everything trusted that can end, of all tenants, and the daily word about it in the log."""

import hashlib
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from idp.jpki.crl_refused import CrlRefused
from idp.keys.tenant_keys import KeyPurpose
from idp.oversight import authentic
from idp.store import tenant_keys
from idp.store import trust as rows
from idp.store.crl_index.catalogue import Catalogue
from idp.store.engine import Store
from idp.tenants.directory import Directory
from idp.tenants.tenancy import Tenant
from idp.trust.expiring import Alarm, Kind, Nearness, Trusted, due

_SUMMARY_LIFE = timedelta(minutes=1)
_log = structlog.get_logger("idp.trust")
_ROLES = {rows.ANCHOR: Kind.ANCHOR, rows.INTERMEDIATE: Kind.INTERMEDIATE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """Where trusted things are found. `catalogue`: the indexed lists, where there is a folder for them.

    `responders`: certificates that the settings name, with what each is for.
    """

    store: Store
    directory: Directory
    catalogue: Catalogue | None
    responders: tuple[tuple[str, x509.Certificate], ...]
    now: Callable[[], datetime]
    _summaries: deque[tuple[datetime, Mapping[str, int]]] = field(default_factory=lambda: deque(maxlen=1))

    def all(self) -> Iterator[Trusted]:
        """Everything, in no order."""
        for purpose, certificate in self.responders:
            yield _of_certificate(Kind.RESPONDER, "", purpose, certificate)
        for tenant in self.directory.all():
            for anchor in tenant.anchors:
                yield _of_certificate(Kind.ANCHOR, tenant.tenant_id, f"jpki-{anchor.kind}", anchor.certificate)
            yield from self._of_stores(tenant)
        yield from self._of_catalogue()

    def alarms(self) -> list[Alarm]:
        """What ends soon or is over, the nearest end first. May raise the store's errors."""
        return due(self.all(), self.now())

    def tell(self) -> None:
        """One line in the log for each alarm: the daily task."""
        for alarm in self.alarms():
            write = _log.error if alarm.nearness >= Nearness.URGENT else _log.warning
            write(
                "trust.expiring",
                kind=alarm.trusted.kind,
                tenant=alarm.trusted.tenant,
                purpose=alarm.trusted.purpose,
                name=alarm.trusted.name,
                ends_at=alarm.trusted.ends_at.isoformat(),
                days=alarm.left.days,
                nearness=alarm.nearness.name.lower(),
            )

    def summary(self) -> Mapping[str, int]:
        """How many alarms there are of each nearness, at most a minute old: what `/readyz` adds."""
        now = self.now()
        if not self._summaries or abs(now - self._summaries[-1][0]) > _SUMMARY_LIFE:
            self.directory.refresh()
            found = [alarm.nearness for alarm in self.alarms()]
            self._summaries.append(
                (now, {near.name.lower(): found.count(near) for near in Nearness if near in found})
            )
        return self._summaries[-1][1]

    def _of_stores(self, tenant: Tenant) -> Iterator[Trusted]:
        with self.store.for_tenant(tenant.tenant_id).read() as tx:
            certificates, crls = authentic.certificates(tx, tenant), rows.lists(tx)
            fronts = tenant_keys.live(tx, KeyPurpose.OCSP_RESPONDER)
        for row in certificates:
            certificate = x509.load_der_x509_certificate(row.der)
            yield _of_certificate(_ROLES[row.role], tenant.tenant_id, row.purpose, certificate)
        for crl in crls:
            yield _of_stored_list(tenant.tenant_id, crl)
        for key in fronts:
            if key.certificate is not None:
                certificate = x509.load_der_x509_certificate(key.certificate)
                yield _of_certificate(Kind.RESPONDER, tenant.tenant_id, "our OCSP front", certificate)

    def _of_catalogue(self) -> Iterator[Trusted]:
        if self.catalogue is None:
            return
        for name in self.catalogue.names():
            with suppress(CrlRefused):  # one that cannot be used is `idp crl status`'s to tell
                facts = self.catalogue.index(name).facts
                yield _of_list(
                    "", f"jpki {facts.shard}", facts.issuer_key_id, facts.this_update, facts.next_update
                )


def _of_certificate(kind: Kind, tenant: str, purpose: str, certificate: x509.Certificate) -> Trusted:
    return Trusted(
        kind=kind,
        tenant=tenant,
        purpose=purpose,
        name=hashlib.sha256(certificate.public_bytes(Encoding.DER)).hexdigest(),
        begins_at=certificate.not_valid_before_utc,
        ends_at=certificate.not_valid_after_utc,
    )


def _of_stored_list(tenant: str, row: rows.ListRow) -> Trusted:
    """Without a look at its entries, of which there may be thousands."""
    crl = x509.load_der_x509_crl(row.der)
    identifiers = [e.value for e in crl.extensions if isinstance(e.value, x509.AuthorityKeyIdentifier)]
    key_id = next((identifier.key_identifier for identifier in identifiers), None)
    ends_at = crl.next_update_utc or crl.last_update_utc
    return _of_list(tenant, row.purpose, key_id or row.list_key, crl.last_update_utc, ends_at)


def _of_list(tenant: str, purpose: str, key_id: bytes, begins_at: datetime, ends_at: datetime) -> Trusted:
    name = key_id.hex()
    return Trusted(kind=Kind.LIST, tenant=tenant, purpose=purpose, name=name, begins_at=begins_at, ends_at=ends_at)
