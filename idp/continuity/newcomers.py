"""A resident who comes to a service that has moved here from another tenant: their number there is theirs here.

Found by certificate alone: the one that was shown, then those that J-LIS links to it, each by the giver's own
keyed index in the giver's own transaction. Only for a service whose window names the giver, or that shares its
number with one, and only while the release stands.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from connectors.errors import ConnectorError
from connectors.ports import CertificateName, LineageAnswer, LineageSource
from idp.continuity import carried_numbers
from idp.continuity.carry import Carry, Giver, Opened, is_released, opened
from idp.continuity.holders import origin_of, seal_origin
from idp.errors import Reason, Refusal
from idp.jpki.verify import VerifiedCertificate
from idp.keys.sealing import Place, digest
from idp.login import person
from idp.store import certificates, moving
from idp.store.engine import Store, Transaction
from idp.tenants.directory import Directory
from idp.tenants.tenancy import Client, Tenant


@dataclass(frozen=True, slots=True, kw_only=True)
class Newcomers:
    """Seeks before a login is accepted, and attaches in its transaction."""

    store: Store
    directory: Directory
    lineage: LineageSource
    carry: Carry

    def seek(self, tenant: Tenant, client: Client, certificate: VerifiedCertificate) -> Opened | None:
        """The number of the certificate's person at the tenant that gives the service's residents, or None.

        A service that shares its number here shares what the others bring, but for their own user numbers. Raises
        Refusal: LINEAGE_UNAVAILABLE when J-LIS must be asked and does not answer (never a second number by
        guess), CERTIFICATE_CONFLICT as `person.known`.
        """
        givers = self._givers(tenant, client)
        handle = self._handle(givers[0].tenant, certificate) if givers else None
        if handle is None:
            return None
        giving = givers[0].tenant
        with self.store.for_tenant(giving.tenant_id).read() as tx:
            for giver in givers:
                index = giving.keys.pair_index(giver.client.sector_id, handle)
                row = moving.one(tx, index, giver.client.client_id)
                if row is not None:
                    found = opened(tx, giver, [row])[0]
                    own = client.window is not None and client.window.other_client == giver.client.client_id
                    return found if own else replace(found, user_number="")
        return None

    def attach(
        self, tx: Transaction, tenant: Tenant, client: Client, number: Opened | None, handle: bytes
    ) -> None:
        """Give the number that was found to the person of this handle, unless they have one at the service.

        `tx` is of the service's tenant. A number that is another person's here already stays theirs.
        """
        if number is None:
            return
        taking = next((one for one in tenant.once_for(_taking, client) if self._giver(one) is not None), None)
        if taking is None or taking.window is None:
            return
        mine = tenant.keys.pair_index(client.sector_id, handle)
        theirs = tenant.keys.pair_index(client.sector_id, number.holder)
        here = moving.live_at(tx, [mine, theirs])
        pair_id = here.get(theirs)
        if (own := here.get(mine)) is not None:
            carried_numbers.hand_over(tx, client, pair_id, own)
        elif pair_id is not None:
            self._give(tx, tenant, client, number, handle, pair_id)
        elif not moving.issued(tx, [digest(number.number)]):
            self.carry.take(tx, tenant, taking.window.migration_id, taking, [number], holder=handle)

    def _givers(self, tenant: Tenant, client: Client) -> list[Giver]:
        """Who gives the service's residents, and those of services that share its number: all one tenant's."""
        found = []
        for taking in tenant.once_for(_taking, client):
            giver = self._giver(taking)
            if giver is not None and self._gives(giver, tenant, taking):
                found.append(giver)
        return found

    def _gives(self, giver: Giver, tenant: Tenant, taking: Client) -> bool:
        with self.store.for_tenant(giver.tenant.tenant_id).read() as tx:
            return is_released(tx, giver, tenant, taking.client_id)

    def _give(
        self, tx: Transaction, tenant: Tenant, client: Client, number: Opened, handle: bytes, pair_id: bytes
    ) -> None:
        """Let the person of this handle have the pair that waits for them."""
        waiting = moving.by_id(tx, pair_id)
        if waiting is None:
            return
        made = origin_of(tenant, waiting)
        origin = seal_origin(tenant.keys, pair_id, replace(made, holder=handle))
        new = tenant.keys.pair_index(client.sector_id, handle)
        moving.reindex(tx, pair_id, old=waiting.pair_index, new=new, sealed_origin=origin)
        if client.user_numbers and client.window is not None:
            self.carry.link(tx, tenant, client.window.migration_id, client, {pair_id: number.user_number})

    def _giver(self, client: Client) -> Giver | None:
        window = client.window
        if window is None:
            return None
        tenant = self.directory.tenant(window.other_tenant)
        there = tenant.clients.get(window.other_client) if tenant else None
        return Giver(tenant, there) if tenant and there else None

    def _handle(self, giver: Tenant, certificate: VerifiedCertificate) -> bytes | None:
        """The person's handle at the giver, by this certificate or by one that J-LIS links to it."""
        known = person.find(self.store, giver, certificate)
        if known is not None:
            return known.handle
        try:
            lineage = self.lineage.ask(certificate.name)
        except ConnectorError as error:
            raise Refusal(Reason.LINEAGE_UNAVAILABLE, str(error)) from error
        if lineage.answer is not LineageAnswer.LINKED:
            return None
        with self.store.for_tenant(giver.tenant_id).read() as tx:
            for name in lineage.certificates:
                for index in _indexes(giver, name):
                    row = certificates.find(tx, index)
                    if row is not None:
                        return giver.keys.open(Place("certificate", index, "handle"), row.sealed_handle)
        return None


def _taking(tenant: Tenant, client: Client) -> tuple[Client, ...]:
    """Of the service and those that share its number, who takes over from another tenant: it is the sector's.

    None in most sectors.
    """
    return tuple(one for one in (client, *tenant.sharing(client)) if _takes_over(one))


def _takes_over(client: Client) -> bool:
    window = client.window
    return window is not None and bool(window.other_tenant and window.migration_id)


def _indexes(giver: Tenant, name: CertificateName) -> Iterator[bytes]:
    """The index of a certificate that J-LIS names, under each anchor of the giver's that it may be of."""
    for anchor in giver.anchors:
        if anchor.kind is name.kind and anchor.key_id == name.issuer_key_id:
            yield giver.keys.cert_index(name.kind, anchor.spki_sha256, name.serial)
