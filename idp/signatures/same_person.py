"""Whether a signature certificate belongs to the person whom a service knows by a `sub`.

By its row, where it is known here, else by J-LIS's tie to a user certificate that is. Nothing is written down.
"""

from collections.abc import Collection
from dataclasses import dataclass

from connectors.errors import ConnectorError
from connectors.ports import TieSource
from idp.continuity import holders
from idp.errors import Reason, Refusal
from idp.jpki.verify import VerifiedCertificate
from idp.keys.sealing import digest
from idp.login import person
from idp.people import record
from idp.store import moving
from idp.store.engine import Store, Transaction
from idp.tenants.tenancy import Client, Tenant


@dataclass(frozen=True, slots=True, kw_only=True)
class SamePerson:
    """The question and whom it asks."""

    store: Store
    ties: TieSource

    def holds(self, tenant: Tenant, client: Client, sub: str, certificate: VerifiedCertificate) -> bool | None:
        """True, False where it is somebody else's who is known here, None where nobody can say.

        Raises Refusal with NOT_FOUND for a person whom this service never knew.
        """
        keys, index = tenant.keys, person.cert_index(tenant, certificate)
        with self.store.for_tenant(tenant.tenant_id).write() as tx:  # records are held while they are read
            pair = moving.by_digest(tx, digest(sub))
            if pair is None or pair.sector_id not in client.sectors:
                raise Refusal(Reason.NOT_FOUND, "nobody whom this service knows")
            owner = record.surviving(tx, keys, holders.first_owner(tenant, pair))
            mine, holder = record.read(tx, keys, owner), record.holder(tx, keys, index)
        has_card = mine is None or bool(mine.certificates)
        if holder is not None:
            return _answer({holder}, owner, has_card=has_card)
        tied = self._tied(tenant, certificate)
        with self.store.for_tenant(tenant.tenant_id).write() as tx:
            found = {holder for one in tied if (holder := _holder(tx, tenant, one)) is not None}
        return _answer(found, owner, has_card=has_card)

    def _tied(self, tenant: Tenant, certificate: VerifiedCertificate) -> list[bytes]:
        """The indexes of the user certificates beside it; none where J-LIS cannot be asked."""
        try:
            names = self.ties.ask(certificate.name).certificates
        except ConnectorError:
            return []
        anchors = {(anchor.kind, anchor.key_id): anchor.spki_sha256 for anchor in tenant.anchors}
        return [
            tenant.keys.cert_index(name.kind, anchors[name.kind, name.issuer_key_id], name.serial)
            for name in names
            if (name.kind, name.issuer_key_id) in anchors
        ]


def _answer(holders: Collection[bytes], owner: bytes, *, has_card: bool) -> bool | None:
    """Whose the certificate is; nobody can say where it is known as two people's, or of a person without a card.

    Who signs in by an ID and a password may well be the one whose card is known here, under another number.
    """
    if set(holders) == {owner}:
        return True
    return False if len(holders) == 1 and has_card else None


def _holder(tx: Transaction, tenant: Tenant, index: bytes) -> bytes | None:
    return record.holder(tx, tenant.keys, index)
