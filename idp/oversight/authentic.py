"""What decides whom a tenant trusts: rows that carry a MAC by the tenant's audit key.

Whoever may write to the database alone can add a row, but none that counts. A row that was ours and is put back
after its removal does: `deploy/runbooks/officers.md` says what that means.
"""

import hmac
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TypeVar

import structlog

from idp.keys.sealing import TenantKeys
from idp.store import tenants, trust
from idp.store.engine import Transaction
from idp.store.tenants import AnchorRow
from idp.store.trust import CertificateRow, PolicyRow
from idp.tenants.tenancy import Tenant

_log = structlog.get_logger("idp.trust")
_Row = TypeVar("_Row", AnchorRow, CertificateRow, PolicyRow)


def signed(keys: TenantKeys, row: _Row) -> _Row:
    """The row with its MAC, ready to be stored."""
    return replace(row, mac=keys.trust_mac(*_content(row)))


def is_authentic(keys: TenantKeys, row: AnchorRow | CertificateRow | PolicyRow) -> bool:
    """Whether the row is as this product wrote it."""
    try:
        return row.mac is not None and hmac.compare_digest(keys.trust_mac(*_content(row)), row.mac)
    except (AttributeError, TypeError):  # a value of a type that we never write
        return False


def anchors(tenant_id: str, keys: TenantKeys, found: Iterable[AnchorRow], *, sandbox: bool) -> Iterator[AnchorRow]:
    """The JPKI anchors that count. A sandbox tenant's may lack a MAC: the first schema had none."""
    for row in found:
        if is_authentic(keys, row) or (sandbox and row.mac is None):
            yield row
        else:
            _refused(tenant_id, "trust_anchor", row.spki_sha256)


def certificates(tx: Transaction, tenant: Tenant) -> list[CertificateRow]:
    """The certificates of all purposes that count, anchors first."""
    counting = []
    for row in trust.certificates(tx):
        if is_authentic(tenant.keys, row):
            counting.append(row)
        else:
            _refused(tenant.tenant_id, "trust_certificate", row.certificate_sha256)
    return counting


def policy(tx: Transaction, tenant: Tenant, purpose: str) -> str:
    """What was stated of a purpose (JSON); nothing where nothing that counts was."""
    for row in trust.policies(tx):
        if row.purpose == purpose:
            if is_authentic(tenant.keys, row):
                return row.policy
            _refused(tenant.tenant_id, "trust_store", purpose.encode())
    return trust.NOTHING_STATED


def refused(tx: Transaction, tenant: Tenant) -> int:
    """How many of the tenant's rows do not count."""
    of_jpki = [row for row in tenants.anchors(tx) if not (tenant.sandbox and row.mac is None)]
    rows: tuple[AnchorRow | CertificateRow | PolicyRow, ...] = (
        *of_jpki,
        *trust.certificates(tx),
        *trust.policies(tx),
    )
    return sum(not is_authentic(tenant.keys, row) for row in rows)


def approval_of(keys: TenantKeys, client_id: str, purpose: str) -> str:
    """What is stored with a service's purpose of verification once two officers have approved it."""
    return keys.trust_mac(b"client.verify", client_id.encode(), purpose.encode()).hex()


def is_approved(keys: TenantKeys, client_id: str, verify: Mapping[str, object]) -> bool:
    """Whether two officers approved the purpose in a service's registration."""
    right = approval_of(keys, client_id, str(verify.get("purpose")))
    return hmac.compare_digest(right.encode(), str(verify.get("mac")).encode())


def legacy_approval_of(keys: TenantKeys, client_id: str, until: str) -> str:
    """What is stored with a service of the profile `legacy` once two officers have agreed to its end."""
    return keys.trust_mac(b"client.legacy", client_id.encode(), until.encode()).hex()


def is_legacy_approved(keys: TenantKeys, client_id: str, legacy: Mapping[str, object]) -> bool:
    """Whether two officers agreed to the end in a service's registration."""
    right = legacy_approval_of(keys, client_id, str(legacy.get("until")))
    return hmac.compare_digest(right.encode(), str(legacy.get("mac")).encode())


def _content(row: AnchorRow | CertificateRow | PolicyRow) -> tuple[bytes, ...]:
    if isinstance(row, AnchorRow):
        return b"trust_anchor", row.spki_sha256, row.kind.encode(), row.der
    if isinstance(row, CertificateRow):
        return b"trust_certificate", row.purpose.encode(), row.certificate_sha256, row.role.encode(), row.der
    return b"trust_store", row.purpose.encode(), row.policy.encode()


def _refused(tenant_id: str, table: str, key: bytes) -> None:
    """`key`: the row's within its table, of public keys and certificates of authorities."""
    name = key.hex() if isinstance(key, bytes) else "unreadable"  # SQLite keeps what it is given
    _log.error("trust.row-refused", tenant=tenant_id, table=table, row=name)
