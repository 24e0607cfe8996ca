"""Whether a person can still sign in: by the revocation lists, and by what J-LIS links to a certificate.

Only what is certain counts against a person. A certificate that signed here before names were kept, one whose
issuer is trusted no longer, and one that J-LIS names and no list does: each counts as good.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from connectors.ports import CertificateName, LineageSource
from idp.jpki.trust import Anchor
from idp.people import certificate_names
from idp.people.certificate_names import Named
from idp.store.certificates import NamedRow
from idp.store.crl_index.lists import Status, Verdict
from idp.tenants.tenancy import Tenant


class Lists(Protocol):
    """The revocation lists in use."""

    def verdicts(self, anchor: Anchor, serials: Sequence[int]) -> list[Verdict]:
        """What all lists of `anchor` say of each serial number. Raises CrlRefused."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The questions."""

    lists: Lists
    lineage: LineageSource
    now: Callable[[], datetime]

    def revoked(self, tenant: Tenant, rows: Iterable[NamedRow]) -> dict[bytes, Named]:
        """Those of the certificates that a list names, by index. Raises CrlRefused."""
        by_anchor: dict[Anchor, list[tuple[bytes, Named]]] = defaultdict(list)
        for row in rows:
            named = certificate_names.opened(tenant.keys, row)
            anchor = named.anchor(tenant) if named else None
            if named is not None and anchor is not None:
                by_anchor[anchor].append((row.cert_index, named))
        found = {}
        for anchor, asked in by_anchor.items():
            verdicts = self.lists.verdicts(anchor, [named.serial for _, named in asked])
            for (index, named), verdict in zip(asked, verdicts, strict=True):
                if verdict.status is Status.REVOKED:
                    found[index] = named
        return found

    def last_revoked(self, tenant: Tenant, rows: Sequence[NamedRow]) -> Named | None:
        """Of a person none of whose certificates is good any more, the revoked one that would have lasted longest.

        None while one is good, and where all have ended without being revoked. Raises CrlRefused.
        """
        revoked, now = self.revoked(tenant, rows), int(self.now().timestamp())
        for row in rows:
            if not row.key_index or row.cert_index in revoked:
                continue  # one that has never signed here is asked for by its link
            named = certificate_names.opened(tenant.keys, row)
            if named is None or named.anchor(tenant) is None or named.ends_at > now:
                return None
        return max(revoked.values(), key=lambda named: named.ends_at, default=None)

    def has_successor(self, tenant: Tenant, named: Named, rows: Sequence[NamedRow]) -> bool:
        """Whether J-LIS links a certificate to this one that may be good. `rows`: those that are known here.

        Raises CrlRefused, and what the lineage raises.
        """
        anchor = named.anchor(tenant)
        if anchor is None:
            return True
        known, now = {}, int(self.now().timestamp())
        for row in rows:
            other = certificate_names.opened(tenant.keys, row)
            if other is not None:
                known[other.anchor_spki, other.serial] = other.ends_at
        answer = self.lineage.ask(CertificateName(named.kind, anchor.key_id, named.serial))
        for name in answer.certificates:
            issuer = _issuer(tenant, name)
            if issuer is None:
                return True
            over = known.get((issuer.spki_sha256, name.serial), now + 1) <= now
            (verdict,) = self.lists.verdicts(issuer, [name.serial])
            if not over and verdict.status is not Status.REVOKED:
                return True
        return False


def _issuer(tenant: Tenant, name: CertificateName) -> Anchor | None:
    for anchor in tenant.anchors:
        if anchor.kind is name.kind and anchor.key_id == name.issuer_key_id:
            return anchor
    return None
