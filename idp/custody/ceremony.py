"""The key ceremony: two officers make a PPID key whose backup is split 3 of 5, and bring it into the custody.

The key exists in the memory of one process for a second and is never written whole; each share goes to its
holder's medium and is read back from there. What could go wrong is tried before anything counts: openssl's
vectors, any three of the shares, and the custody's answers under the new key.
"""

import hashlib
import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from connectors.errors import ConnectorError
from connectors.ports import Keys
from idp.custody import bulk, known_answers, shamir
from idp.custody.minutes import Minutes
from idp.custody.ppid_key import PpidKey
from idp.custody.shares import Share
from idp.keys.sealing import KEY_BYTES
from idp.oversight.approval import Action, Approvals, Payload
from idp.oversight.audit import Action as Audited
from idp.oversight.audit import Auditor
from idp.registration import NotAllowed
from idp.store.engine import Transaction
from idp.tenants.tenancy import Tenant

ACTION = "keys.ceremony"
TOTAL, NEEDED = 5, 3
_NAME_BYTES = 4
Distribute = Callable[[Sequence[Share]], Sequence[Share]]
"""Gives every share to its holder, and returns what it reads back from where it was put."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CeremonyActs:
    """What the officers' approval of a ceremony does: new pairs are made under the key that was brought."""

    ppid_key: PpidKey
    auditor: Auditor

    def actions(self) -> Mapping[str, Action]:
        """The action by its name."""
        return {
            ACTION: Action(
                summary=lambda payload: f"use version {_version(payload)} of the PPID key, from a ceremony",
                apply=self._apply,
                facts=lambda payload: {
                    "key_version": _version(payload),
                    "ceremony": str(payload["ceremony"]),
                    "known_answers_sha256": str(payload["known_answers_sha256"]),
                },
            )
        }

    def _apply(self, tx: Transaction, tenant: Tenant, payload: Payload) -> None:
        version = _version(payload)
        self.ppid_key.use(tx, tenant, version)
        marks = {name: str(payload[name]) for name in ("ceremony", "known_answers_sha256")}
        self.auditor.record(tx, tenant.keys, Audited.PPID_KEY_BROUGHT, "done", version=version, **marks)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ceremony:
    """Holds ceremonies."""

    keys: Keys
    approvals: Approvals
    now: Callable[[], datetime]
    token_bytes: Callable[[int], bytes]

    def hold(self, tenant: Tenant, officer_tokens: tuple[str, str], distribute: Distribute) -> Minutes:
        """Make, split, hand out, bring and approve one version of the tenant's PPID key.

        Raises NotAllowed (ApprovalRefused for a token that is no officer's) before anything is made; the custody's
        errors, WrongAnswer, and what `distribute` raises, after which the key is used by nobody and the shares
        that were given out are worthless.
        """
        officers = tuple(self.approvals.officer(tenant, token) for token in officer_tokens)
        if len(set(officers)) != len(officers):
            raise NotAllowed("a ceremony takes two different officers")
        vectors = known_answers.check_vectors()
        version = self.keys.create(tenant.tenant_id, ppid_key=False) + 1
        key, name = self.token_bytes(KEY_BYTES), self.token_bytes(_NAME_BYTES).hex()
        shares = self._shares(tenant.tenant_id, version, name, key)
        _require_whole(key, distribute(shares))
        expected = known_answers.answers(tenant.tenant_id, version, known_answers.under(key))
        self.keys.bring(tenant.tenant_id, key, version)
        found = known_answers.answers(tenant.tenant_id, version, asking(self.keys, tenant.tenant_id, version))
        known_answers.require_equal(expected, found)
        minutes = Minutes(
            tenant_id=tenant.tenant_id,
            version=version,
            ceremony=name,
            held_at=self.now().isoformat(timespec="seconds"),
            officers=officers,
            needed=NEEDED,
            shares={share.number: share.fingerprint for share in shares},
            vectors=vectors,
            known_answers=tuple(expected),
        )
        self._approve(tenant, minutes, officer_tokens)
        return minutes

    def _shares(self, tenant_id: str, version: int, name: str, key: bytes) -> list[Share]:
        values = shamir.split(key, needed=NEEDED, shares=TOTAL, token_bytes=self.token_bytes)
        return [
            Share(
                tenant_id=tenant_id,
                version=version,
                ceremony=name,
                number=number,
                total=TOTAL,
                needed=NEEDED,
                value=value,
            )
            for number, value in values.items()
        ]

    def _approve(self, tenant: Tenant, minutes: Minutes, officer_tokens: tuple[str, str]) -> None:
        answers = hashlib.sha256("\n".join(minutes.known_answers).encode()).hexdigest()
        payload = {"version": minutes.version, "ceremony": minutes.ceremony, "known_answers_sha256": answers}
        proposal = self.approvals.propose(tenant, ACTION, payload)
        for token in officer_tokens:
            self.approvals.approve(tenant, proposal.proposal_id, token)


@dataclass(frozen=True, slots=True)
class Restored:
    """A key that is back. `brought`: by this very restore; `answers`: how many were equal, byte for byte."""

    version: int
    brought: bool
    answers: int


def restore(keys: Keys, minutes: Minutes, shares: Sequence[Share]) -> Restored:
    """Bring a key back from three of its shares, into a custody that has none of its versions from it on.

    Versions come back in their order. Raises NotAllowed for shares that are not of these minutes, WrongAnswer for
    a key that is not the one, the custody's errors. May be run again: a version that is there is only compared.
    """
    known_answers.check_vectors()
    key = _combined(minutes, shares)
    tenant_id, version = minutes.tenant_id, minutes.version
    expected = minutes.known_answers
    known_answers.require_equal(expected, known_answers.answers(tenant_id, version, known_answers.under(key)))
    missing = keys.create(tenant_id, ppid_key=False) < version
    if missing:
        keys.bring(tenant_id, key, version)
    found = known_answers.answers(tenant_id, version, asking(keys, tenant_id, version))
    known_answers.require_equal(expected, found)
    return Restored(version, missing, len(found))


def is_empty(keys: Keys, tenant_id: str) -> bool:
    """Whether the custody has no PPID key of this tenant: what a drill needs."""
    try:
        keys.latest_version(tenant_id)
    except ConnectorError:
        keys.ping()  # away is another thing than empty
        return True
    return False


def asking(keys: Keys, tenant_id: str, version: int) -> known_answers.Hmacs:
    """The computation of the custody."""
    return lambda messages: bulk.tags(keys, tenant_id, version, messages)


def _combined(minutes: Minutes, shares: Sequence[Share]) -> bytes:
    for share in shares:
        same = (share.tenant_id, share.version, share.ceremony) == (
            minutes.tenant_id,
            minutes.version,
            minutes.ceremony,
        )
        if not same or minutes.shares.get(share.number) != share.fingerprint:
            raise NotAllowed(f"share {share.number} is not one of the ceremony in these minutes")
    values = {share.number: share.value for share in shares}
    if len(values) < minutes.needed:
        raise NotAllowed(f"{minutes.needed} different shares are needed")
    return shamir.combine(values)


def _require_whole(key: bytes, shares: Sequence[Share]) -> None:
    """Every three of the shares as they lie with their holders give the key."""
    if {share.number for share in shares} != set(range(1, TOTAL + 1)):
        raise known_answers.WrongAnswer("not every share came back from where it was put")
    for some in itertools.combinations(shares, NEEDED):
        if shamir.combine({share.number: share.value for share in some}) != key:
            raise known_answers.WrongAnswer("three of the shares do not give the key")


def _version(payload: Payload) -> int:
    version = payload["version"]
    if type(version) is not int or version < 1:
        raise NotAllowed("a ceremony makes one version of the PPID key")
    return version
