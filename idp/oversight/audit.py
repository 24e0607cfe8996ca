"""The audit trail: what an entry says, and how tampering with it shows.

An entry commits in the action's own transaction and carries a keyed MAC. One sealer per tenant links committed
entries into a hash chain each second and signs the chain's head each minute, so no login waits for a hot row.
"""

import hashlib
import hmac
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from idp.keys.sealing import TenantKeys
from idp.store import audit as rows
from idp.store.engine import Transaction
from idp.tenants.tenancy import Tenant
from ppid.encoding import length_prefixed

GENESIS = bytes(32)
"""The chain value before the first entry."""
HEAD_SECONDS = 60
LATE_MILLISECONDS = 60 * 60 * 1000
"""How long after its time an entry may still commit: far over any transaction, so that none is passed over."""
_BATCH = 500
_CANONICAL = msgspec.json.Encoder(order="deterministic")


class Action(StrEnum):
    """What was done, as a dotted verb."""

    TENANT_CREATED = "tenant.created"
    TENANT_CHANGED = "tenant.changed"
    ANCHOR_LOADED = "trust.anchor-loaded"
    ANCHOR_REMOVED = "trust.anchor-removed"
    TRUST_POLICY_STATED = "trust.policy-stated"
    TRUST_CERTIFICATE_LOADED = "trust.certificate-loaded"
    TRUST_CERTIFICATE_REMOVED = "trust.certificate-removed"
    TRUST_LIST_LOADED = "trust.list-loaded"
    OFFICER_ADDED = "approval.officer-added"
    OFFICER_REMOVED = "approval.officer-removed"
    PROPOSED = "approval.proposed"
    APPROVED = "approval.given"
    APPROVAL_REFUSED = "approval.refused"
    APPLIED = "approval.applied"
    WITHDRAWN = "approval.withdrawn"
    DATA_KEY_MADE = "keys.data-made"
    DATA_KEY_ACTIVATED = "keys.data-activated"
    DATA_KEY_REWRAPPED = "keys.data-rewrapped"
    DATA_KEY_RETIRED = "keys.data-retired"
    WRAPPING_KEY_ROTATED = "keys.wrapping-rotated"
    PPID_KEY_ROTATED = "keys.ppid-rotated"
    PPID_KEY_BROUGHT = "keys.ppid-brought"
    SIGNING_KEY_MADE = "keys.signing-made"
    SIGNING_KEY_ACTIVATED = "keys.signing-activated"
    SIGNING_KEY_RETIRED = "keys.signing-retired"
    SIGNING_KEY_REMOVED = "keys.signing-removed"
    BACKUP_CREATED = "backup.created"
    SERVICE_CREATED = "service.created"
    SERVICE_CHANGED = "service.changed"
    SERVICE_INVITED = "service.invited"
    SERVICE_APPROVED = "service.approved"
    SERVICE_DISABLED = "service.disabled"
    SERVICE_ENABLED = "service.enabled"
    SERVICE_REMOVED = "service.removed"
    PROCEDURE_CHANGED = "procedure.changed"
    RECEIPT_GIVEN = "receipt.given"
    RECEIPT_TOLD = "receipt.told"
    RESOURCE_CREATED = "resource.created"
    RESOURCE_REMOVED = "resource.removed"
    TERMINAL_ENROLLED = "terminal.enrolled"
    TERMINAL_CHANGED = "terminal.changed"
    TERMINAL_REVOKED = "terminal.revoked"
    LOGIN_ACCEPTED = "login.accepted"
    LOGIN_REFUSED = "login.refused"
    LOGIN_DECLINED = "login.declined"
    LOGIN_FINISHED_BY_CODE = "login.finished-by-code"
    LOGIN_VERIFIED = "login.verified-later"
    LOGIN_OVERTURNED = "login.overturned"
    SESSION_VERIFIED = "session.verified-again"
    SESSION_REVOKED = "session.revoked"
    OWN_PAGES_ENTERED = "own-pages.entered"
    OWN_PAGES_DATA_GIVEN = "own-pages.data-given"
    SIGN_IN_DISPUTED = "own-pages.sign-in-disputed"
    SIGNED_OUT = "session.signed-out"
    CONSENT_GIVEN = "consent.given"
    CONSENT_DENIED = "consent.denied"
    CONSENT_WITHDRAWN = "consent.withdrawn"
    ATTRIBUTES_RELEASED = "attributes.released"
    STATEMENT_SIGNED = "statement.signed"
    LATEST_AGREED = "latest-information.agreed"
    LATEST_ASKED = "latest-information.asked"
    LATEST_ENDED = "latest-information.ended"
    STATEMENT_REFUSED = "statement.refused"
    SEAL_BROKEN = "seal.broken"
    CODE_REDEEMED = "code.redeemed"
    CODE_REPLAYED = "code.replayed"
    CODE_MISUSED = "code.misused"
    TOKEN_REFRESHED = "token.refreshed"
    TOKEN_REUSED = "token.reused"
    TOKEN_REVOKED = "token.revoked"
    VERIFICATION_ANSWERED = "verification.answered"
    VERIFICATION_REFUSED = "verification.refused"
    SIGNATURE_STATUS_ASKED = "signature-certificate.asked"
    SIGNATURE_STATUS_CHANGED = "signature-certificate.changed"
    BATCH_ACCEPTED = "batch.accepted"
    PASSWORD_ISSUED = "password.issued"
    ACCOUNT_REQUESTED = "account-request.made"
    ACCOUNT_REQUEST_READ = "account-request.read"
    ACCOUNT_REQUEST_DECIDED = "account-request.decided"
    PASSWORD_CHANGED = "password.changed"
    PASSWORD_ENDED = "password.ended"
    COMPANY_REGISTERED = "company.registered"
    ORGANIZATION_PASSWORD_ISSUED = "organization-password.issued"
    ORGANIZATION_PASSWORD_CHANGED = "organization-password.changed"
    ORGANIZATION_PASSWORD_ENDED = "organization-password.ended"
    PASSKEY_BOUND = "passkey.bound"
    PASSKEY_REMOVED = "passkey.removed"
    RESIDENT_CODE = "resident-code.used"
    USER_NUMBER_LINKED = "user-number.linked"
    USER_NUMBER_DELETED = "user-number.deleted"
    USER_NUMBERS_IMPORTED = "user-number.imported"
    USER_NUMBER_GIVEN = "user-number.given"
    COLLECTION_KEY_MADE = "collection.key-made"
    COLLECTION_VERIFIED = "collection.verified"
    LEDGER_WRITTEN = "ledger.written"
    PERSON_ASKED = "person.asked"
    PERSON_REFERRED_TO = "person.referred-to"
    AGENT_CHANGED = "agent.changed"
    TRANSFER_CODE_MADE = "person.transfer-code-made"
    EXCHANGE_ANSWERED = "exchange.answered"
    EXCHANGE_REFUSED = "exchange.refused"


class Auditor:
    """Writes entries. Needs a clock and randomness, nothing else."""

    def __init__(self, now: Callable[[], datetime], token_bytes: Callable[[int], bytes]) -> None:
        self._now = now
        self._token_bytes = token_bytes

    def record(self, tx: Transaction, keys: TenantKeys, action: Action, outcome: str, **details: object) -> None:
        """Write one entry inside `tx`: if it cannot be written, the action does not happen either.

        `details` are JSON values without personal data; a person is named by `TenantKeys.audit_tag` only.
        """
        entry_id = self._token_bytes(16)
        at = int(self._now().timestamp() * 1000)
        body = _CANONICAL.encode(details).decode()
        mac = entry_mac(keys, entry_id, at, action, outcome, body)
        rows.add(tx, rows.EntryRow(entry_id, at, action, outcome, body, mac))


def told(
    tx: Transaction, keys: TenantKeys, *actions: Action, since: datetime | None = None
) -> Iterator[tuple[Action, Mapping[str, Any]]]:
    """The details of every entry of these actions that is as it was written, the oldest first."""
    for entry in rows.of_actions(tx, actions, since=int(since.timestamp() * 1000) if since else 0):
        if is_authentic(keys, entry):
            yield Action(entry.action), json.loads(entry.body)


def entry_mac(keys: TenantKeys, entry_id: bytes, at: int, action: str, outcome: str, body: str) -> bytes:
    """HMAC over every field of an entry."""
    return keys.audit_mac(entry_id, at.to_bytes(8, "big"), action.encode(), outcome.encode(), body.encode())


def next_chain(chain: bytes, sequence: int, entry: rows.EntryRow) -> bytes:
    """SHA-256 over the previous chain value, the sequence number, the entry's id and its MAC."""
    message = length_prefixed(chain, sequence.to_bytes(8, "big"), entry.entry_id, entry.mac)
    return hashlib.sha256(message).digest()


def seal(tx: Transaction, tenant: Tenant, now: datetime) -> int:
    """Link the committed entries that no link names yet, and sign a head if one is due; how many were linked.

    One sealer per tenant at a time: a second one fails on the chain's primary key and tries again later.
    """
    sequence, chain = rows.last_link(tx) or (0, GENESIS)
    newest = rows.newest_linked(tx, after=sequence - _BATCH) or 0
    since = min(newest, int(now.timestamp() * 1000)) - LATE_MILLISECONDS
    links = []
    for entry in rows.unchained(tx, since=since, count=_BATCH):
        sequence += 1
        chain = next_chain(chain, sequence, entry)
        links.append(rows.LinkRow(sequence, entry.entry_id, chain, entry))
    if links:
        rows.add_links(tx, links)
    at = int(now.timestamp())
    if sequence and abs(at - (rows.last_head_at(tx) or 0)) >= HEAD_SECONDS:  # clocks are set back, too
        signature = _head_key(tenant.keys).sign(_head_message(tenant.tenant_id, sequence, at, chain))
        rows.add_head(tx, rows.HeadRow(sequence, at, chain, signature))
    return len(links)


@dataclass(frozen=True, slots=True)
class Finding:
    """A place where the trail does not hold: the sequence number of the link or head, and what is wrong."""

    sequence: int
    problem: str


@dataclass(frozen=True, slots=True)
class Head:
    """A head kept elsewhere: the chain value that was seen at a sequence number."""

    sequence: int
    chain: bytes


@dataclass(frozen=True, slots=True)
class Verified:
    """What a walk over the trail gave. `newest`: the chain's end, to be kept elsewhere; None without links.

    `span`: when the first and the last of the linked entries were written, in milliseconds since 1970; None for
    a trail that does not hold, whose times may be anybody's, and for an empty one.
    """

    links: int
    span: tuple[int, int] | None
    newest: Head | None
    findings: list[Finding]


def verify(tx: Transaction, tenant: Tenant, *, now: datetime, kept: Head | None = None) -> Verified:
    """Walk the whole chain: every link, every MAC, every signed head, every entry that no link names.

    Whoever may write to the database can cut off the end of the trail together with its heads: only a head kept
    elsewhere (`kept`) shows that.
    """
    chains: dict[int, bytes] = {}
    links = rows.links(tx)
    findings = list(_verify_links(links, tenant.keys, chains))
    heads = rows.heads(tx)
    findings += _verify_heads(heads, chains, tenant.tenant_id, _head_key(tenant.keys).public_key())
    findings += _verify_end(tx, chains, heads, now)
    if kept is not None and chains.get(kept.sequence) != kept.chain:
        findings.append(Finding(kept.sequence, "the head kept elsewhere is not in the chain"))
    newest = max(chains, default=None)
    times = [link.entry.at_milliseconds for link in links if link.entry] if not findings else []
    return Verified(
        links=len(chains),
        span=(min(times), max(times)) if times else None,
        newest=None if newest is None else Head(newest, chains[newest]),
        findings=sorted(findings, key=lambda finding: finding.sequence),
    )


def _verify_end(
    tx: Transaction, chains: Mapping[int, bytes], heads: list[rows.HeadRow], now: datetime
) -> Iterator[Finding]:
    """The youngest part, which the sealer should have linked and signed by now."""
    settled = int((now.timestamp() - HEAD_SECONDS) * 1000)
    linked = rows.newest_linked(tx, after=len(chains) - _BATCH)
    unlinked = [entry.at_milliseconds for entry in rows.unchained(tx, since=0, count=_BATCH)]
    # A server that was stopped leaves its last second unlinked, until it runs again: that is no finding.
    latest = min(max([*unlinked, linked or 0]), int(now.timestamp() * 1000))
    overdue = sum(at < latest - HEAD_SECONDS * 1000 for at in unlinked)
    if overdue:
        yield Finding(len(chains) + 1, f"{overdue} entries are not linked, and later ones are a minute younger")
    if not chains and not unlinked:
        yield Finding(0, "the trail is empty: every tenant's begins with its creation")
    signed = max((head.sequence for head in heads), default=0)
    if linked is not None and linked < settled - HEAD_SECONDS * 1000 and signed == 0:
        yield Finding(len(chains), "no head was ever signed")


def _verify_links(links: list[rows.LinkRow], keys: TenantKeys, chains: dict[int, bytes]) -> Iterator[Finding]:
    chain = GENESIS
    for expected, link in enumerate(links, start=1):
        entry = link.entry
        if link.sequence != expected:
            yield Finding(expected, "a link is missing")
            return
        if entry is None:
            yield Finding(expected, "the entry is missing")
            return
        if not is_authentic(keys, entry):
            yield Finding(expected, "the entry was altered")
        chain = next_chain(chain, expected, entry)
        if chain != link.chain:
            yield Finding(expected, "the chain is broken")
            return
        chains[expected] = chain


def is_authentic(keys: TenantKeys, entry: rows.EntryRow) -> bool:
    """Whether an entry is as it was written."""
    try:
        mac = entry_mac(keys, entry.entry_id, entry.at_milliseconds, entry.action, entry.outcome, entry.body)
        return hmac.compare_digest(mac, entry.mac)
    except (OverflowError, AttributeError, TypeError):  # a value that we never write
        return False


def _verify_heads(
    heads: list[rows.HeadRow], chains: Mapping[int, bytes], tenant_id: str, key: Ed25519PublicKey
) -> Iterator[Finding]:
    for head in heads:
        try:
            key.verify(head.signature, _head_message(tenant_id, head.sequence, head.at, head.chain))
        except (InvalidSignature, OverflowError):
            yield Finding(head.sequence, "the head's signature is wrong")
            continue
        if chains.get(head.sequence) != head.chain:
            yield Finding(head.sequence, "a signed head does not fit the chain")


def _head_key(keys: TenantKeys) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(keys.audit_signing_seed())


def _head_message(tenant_id: str, sequence: int, at: int, chain: bytes) -> bytes:
    numbers = (sequence.to_bytes(8, "big"), at.to_bytes(8, "big"))
    return length_prefixed(b"audit-head/1", tenant_id.encode(), *numbers, chain)
