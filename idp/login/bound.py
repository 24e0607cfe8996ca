"""What was bound by a certificate lives as long as its person has a good one: passwords given out on line,
passkeys.

It is not the very certificate that counts: who renews a card keeps what they have. But whoever has none that is
good any more, because the last was revoked or has ended, is led to the counter, as with the card: a card that is
reported stolen, and a death, end every way in at the same moment. What is bound is not deleted. It counts again
with the next good certificate, which J-LIS links to the same person.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from idp.errors import Reason, Refusal
from idp.events.outbox import JSON
from idp.jpki.profile import Device
from idp.jpki.trust import Anchor
from idp.login import levels
from idp.login.transaction import Attempt
from idp.people import certificate_names, record
from idp.people.certificate_names import Named
from idp.people.record import Record
from idp.revocation.check import RevocationCheck, SerialAlone
from idp.revocation.recorded import recorded, written
from idp.revocation.tally import Tally
from idp.store import certificates
from idp.store.engine import Store
from idp.tenants.tenancy import Tenant

_NOT_THIS_ONE = (Reason.CERTIFICATE_REVOKED, Reason.CERTIFICATE_STATUS_UNKNOWN, Reason.CERTIFICATE_UNTRUSTED)


@dataclass(frozen=True, slots=True)
class GoodCertificate:
    """A certificate of the person that was found good now. `evidence`: JSON, as an acceptance keeps it.

    `members`: its name, as `named_again.py` writes it; for sealed places alone.
    """

    evidence: str
    members: dict[str, JSON] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class BoundByCertificate:
    """The question, and whom it is asked of."""

    store: Store
    revocation: RevocationCheck
    now: Callable[[], datetime]

    def require(self, attempt: Attempt, handle: bytes, device: Device, tally: Tally) -> GoodCertificate:
        """A good certificate of that person. `device`: of the one that bound them; `tally`: what J-LIS was asked.

        Raises Refusal: CERTIFICATE_TYPE_NOT_ACCEPTED for a device that the service does not take;
        CERTIFICATE_REVOKED or CERTIFICATE_EXPIRED when they have none; as `RevocationCheck` when nobody can tell.
        """
        tenant, policy = attempt.tenant, attempt.demand.revocation
        levels.require_type(attempt.client, device)
        refused = Refusal(Reason.CERTIFICATE_EXPIRED, "none of the person's certificates lasts still")
        for named, anchor in self._lasting(tenant, handle):
            try:
                found = self.revocation.evidence_for(SerialAlone(anchor, named.serial, None), policy, tally)
            except Refusal as refusal:
                if refusal.reason not in _NOT_THIS_ONE:
                    raise
                refused = refusal
                continue
            tag = partial(tenant.keys.evidence_tag, attempt.transaction.transaction_id)
            return GoodCertificate(written(recorded(found, tag)), _members(named, device))
        raise refused

    def _lasting(self, tenant: Tenant, handle: bytes) -> Sequence[tuple[Named, Anchor]]:
        """The person's certificates that have not ended, the one that lasts longest first."""
        with self.store.for_tenant(tenant.tenant_id).read() as tx:
            mine = record.read(tx, tenant.keys, handle) or Record()
            rows = certificates.named_among(tx, [member.index for member in mine.certificates])
        moment = int(self.now().timestamp())
        names = [named for row in rows if (named := certificate_names.opened(tenant.keys, row)) is not None]
        lasting = sorted((n for n in names if n.ends_at > moment), key=lambda named: -named.ends_at)
        return [(named, anchor) for named in lasting if (anchor := named.anchor(tenant)) is not None]


def _members(named: Named, device: Device) -> dict[str, JSON]:
    return {
        "kind": str(named.kind),
        "anchor": named.anchor_spki.hex(),
        "serial": f"{named.serial:x}",
        "point": None,
        "device": str(device),
    }
