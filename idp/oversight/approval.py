"""Two-person approval: a wish waits until two officers have looked at it and said yes, each with their own token.

What can be wished for are actions, handed in by name. The second approval, the act itself and their audit
entries are one transaction, so an approved wish happens exactly once or not at all.
"""

import hashlib
import hmac
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from idp.keys.sealing import digest
from idp.oversight import audit, tombstones
from idp.oversight.tombstones import Remembered
from idp.registration import NotAllowed
from idp.store import approvals as rows
from idp.store.engine import Store, Transaction
from idp.tenants.tenancy import Tenant
from ppid.encoding import length_prefixed

NEEDED = 2
"""How many different officers."""
LIFETIME = timedelta(days=7)
MAX_PAYLOAD_CHARACTERS = 256 * 1024
EXPIRED = "expired"
"""What `state` reads once an open proposal is past its time; stored is only what somebody did."""
BROKEN = "broken"
"""What `state` reads of a row that this product never wrote."""
_SHOWN = 200
_UNREADABLE = "the proposal cannot be read"
_BROKEN = (ArithmeticError, AttributeError, LookupError, OSError, RecursionError, TypeError, ValueError)
_NO_OFFICER = "this is no officer's token"
Payload = Mapping[str, Any]


class ApprovalRefused(NotAllowed):
    """A proposal or an approval that does not count; the sentence says why. Nothing was written but the audit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """Something that only two officers together can do.

    `summary`: one sentence for people; it reads the whole payload and raises NotAllowed for one that is not
    this action's. `facts`: what an officer compares. `asks`: what each must give as confirmation, empty for
    nothing; `confirm` tells whether it fits. `apply` acts in the transaction of the second approval and raises
    NotAllowed when it can no longer be done.
    """

    summary: Callable[[Payload], str]
    apply: Callable[[Transaction, Tenant, Payload], None]
    facts: Callable[[Payload], Mapping[str, Any]] = dict
    asks: str = ""
    confirm: Callable[[Tenant, Payload, str], bool] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A wish as people see it. `state`: open, applied, withdrawn, expired or broken; `approved_by`: who counts."""

    proposal_id: str
    action: str
    summary: str
    facts: Mapping[str, Any]
    asks: str
    state: str
    proposed_at: datetime
    expires_at: datetime
    approved_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an approval led to. `missing`: how many officers are still needed; 0 when the act was done."""

    proposal_id: str
    officer: str
    missing: int

    @property
    def applied(self) -> bool:
        """Whether this was the deciding approval."""
        return self.missing == 0


class Approvals:
    """Proposals of all tenants, over the store."""

    def __init__(
        self,
        *,
        store: Store,
        auditor: audit.Auditor,
        now: Callable[[], datetime],
        token_bytes: Callable[[int], bytes],
        actions: Mapping[str, Action],
        applied: Callable[[], object] = lambda: None,
    ) -> None:
        """`applied` is called after the commit of an act, so that this process sees what it changed."""
        self._store = store
        self._auditor = auditor
        self._now = now
        self._token_bytes = token_bytes
        self._actions = actions
        self._applied = applied

    def propose(self, tenant: Tenant, action: str, payload: Payload) -> Proposal:
        """Ask for an act. Raises NotAllowed for an unknown action and for a payload that is not the action's."""
        text = json.dumps(payload, sort_keys=True, separators=(",", ":"))
        if len(text) > MAX_PAYLOAD_CHARACTERS:
            raise ApprovalRefused("this is too large to be proposed")
        at = self._seconds()
        row = rows.ProposalRow(
            proposal_id=self._token_bytes(8).hex(),
            action=action,
            payload=text,
            state=rows.OPEN,
            proposed_at=at,
            expires_at=at + int(LIFETIME.total_seconds()),
        )
        self._read(row)
        with self._store.for_tenant(tenant.tenant_id).write() as tx:
            rows.add_proposal(tx, row)
            self._record(tx, tenant, audit.Action.PROPOSED, row)
        return self._shown(row, ())

    def approve(self, tenant: Tenant, proposal_id: str, officer_token: str, confirmation: str = "") -> Outcome:
        """One officer's yes; with the second one's the act is done.

        Raises ApprovalRefused for a token of no officer, a proposal that is not open, a second yes of the same
        officer, a wrong confirmation, and a proposal that is not what was approved before; NotAllowed when the
        act cannot be done, and then the approval does not count either.
        """
        with self._refusals_recorded(tenant, proposal_id):
            outcome = self._approve(tenant, proposal_id, officer_token, confirmation)
        if outcome.applied:
            self._applied()
        return outcome

    def officer(self, tenant: Tenant, officer_token: str) -> str:
        """Whose token this is. Raises ApprovalRefused when it is no live officer's."""
        with self._store.for_tenant(tenant.tenant_id).read() as tx:
            return _officer(tenant, tombstones.roll(tx, tenant), officer_token)

    def withdraw(self, tenant: Tenant, proposal_id: str) -> None:
        """Let a wish go. Raises ApprovalRefused unless it is open."""
        memory = self._remembered(tenant)
        with self._store.for_tenant(tenant.tenant_id).write() as tx:
            row = self._open(tx, memory, proposal_id)
            rows.settle(tx, proposal_id, "withdrawn")
            self._record(tx, tenant, audit.Action.WITHDRAWN, row)

    def all(self, tenant: Tenant) -> list[Proposal]:
        """The tenant's proposals, the newest first, at most 200."""
        with self._store.for_tenant(tenant.tenant_id).read() as tx:
            live = tombstones.live(tombstones.roll(tx, tenant))
            return [self._seen(tx, tenant, row, live) for row in rows.proposals(tx, count=_SHOWN)]

    def one(self, tenant: Tenant, proposal_id: str) -> Proposal:
        """One proposal. Raises ApprovalRefused when there is none."""
        with self._store.for_tenant(tenant.tenant_id).read() as tx:
            row = rows.proposal(tx, proposal_id)
            if row is None:
                raise ApprovalRefused("there is no such proposal")
            return self._seen(tx, tenant, row, tombstones.live(tombstones.roll(tx, tenant)))

    def _approve(self, tenant: Tenant, proposal_id: str, officer_token: str, confirmation: str) -> Outcome:
        at = self._seconds()
        memory = self._remembered(tenant)
        with self._store.for_tenant(tenant.tenant_id).write() as tx:
            row = self._open(tx, memory, proposal_id)
            action, payload = self._read(row)
            officers = memory.roll(rows.officers(tx))
            officer = _officer(tenant, officers, officer_token)
            if action.confirm is not None and not action.confirm(tenant, payload, confirmation):
                raise ApprovalRefused(f"the confirmation is not {action.asks}")
            mine = rows.ApprovalRow(officer, at, _mac(tenant, row, officer, at))
            if not rows.add_approval(tx, proposal_id, mine):
                raise ApprovalRefused("this officer has approved already")
            missing = max(0, NEEDED - len(_approvers(tx, tenant, row, tombstones.live(officers), strictly=True)))
            self._record(tx, tenant, audit.Action.APPROVED, row, officer=officer)
            if not missing:
                action.apply(tx, tenant, payload)
                rows.settle(tx, proposal_id, "applied")
                self._record(tx, tenant, audit.Action.APPLIED, row)
        return Outcome(proposal_id, officer, missing)

    @contextmanager
    def _refusals_recorded(self, tenant: Tenant, proposal_id: str) -> Iterator[None]:
        """A refused approval is written down, in a transaction of its own: its own one is gone."""
        try:
            yield
        except NotAllowed as refused:
            with self._store.for_tenant(tenant.tenant_id).write() as tx:
                if (row := rows.proposal(tx, proposal_id)) is not None:
                    self._record(tx, tenant, audit.Action.APPROVAL_REFUSED, row, "refused", problem=str(refused))
            raise

    def _remembered(self, tenant: Tenant) -> Remembered:
        with self._store.for_tenant(tenant.tenant_id).read() as tx:
            return tombstones.remembered(tx, tenant)

    def _open(self, tx: Transaction, memory: Remembered, proposal_id: str) -> rows.ProposalRow:
        row = rows.proposal(tx, proposal_id, held=True)
        if row is None:
            raise ApprovalRefused("there is no such proposal")
        if (state := self._state(row)) != rows.OPEN:
            raise ApprovalRefused(f"the proposal is {state}")
        if ended := memory.ended.get(proposal_id):
            raise ApprovalRefused(f"the proposal is {ended}, and was opened again in the database")
        return row

    def _read(self, row: rows.ProposalRow) -> tuple[Action, Payload]:
        """The action and its payload. Raises NotAllowed: whoever may write to the database may write anything."""
        action = self._actions.get(row.action)
        if action is None:
            raise ApprovalRefused("there is no such action")
        try:
            payload = json.loads(row.payload)
            action.summary(payload)
            action.facts(payload)
        except _BROKEN as error:
            if isinstance(error, NotAllowed):
                raise
            raise ApprovalRefused(_UNREADABLE) from error
        return action, payload

    def _seen(self, tx: Transaction, tenant: Tenant, row: rows.ProposalRow, live: set[str]) -> Proposal:
        """As people see it; a row that somebody broke keeps nobody from seeing the others."""
        try:
            return self._shown(row, _approvers(tx, tenant, row, live))
        except _BROKEN:
            epoch = _moment(0, self._now())
            return Proposal(
                proposal_id=str(row.proposal_id),
                action=str(row.action),
                summary=_UNREADABLE,
                facts={},
                asks="",
                state=BROKEN,
                proposed_at=epoch,
                expires_at=epoch,
                approved_by=(),
            )

    def _shown(self, row: rows.ProposalRow, approved_by: tuple[str, ...]) -> Proposal:
        summary, facts, asks = "", {}, ""
        try:
            action, payload = self._read(row)
            summary, facts, asks = action.summary(payload), dict(action.facts(payload)), action.asks
        except NotAllowed as refused:
            summary = str(refused)
        return Proposal(
            proposal_id=row.proposal_id,
            action=row.action,
            summary=summary,
            facts=facts,
            asks=asks,
            state=self._state(row),
            proposed_at=_moment(row.proposed_at, self._now()),
            expires_at=_moment(row.expires_at, self._now()),
            approved_by=approved_by,
        )

    def _state(self, row: rows.ProposalRow) -> str:
        try:
            is_over = self._seconds() >= row.expires_at
        except TypeError:  # SQLite keeps what it is given
            return BROKEN
        return EXPIRED if row.state == rows.OPEN and is_over else row.state

    def _record(
        self,
        tx: Transaction,
        tenant: Tenant,
        action: audit.Action,
        row: rows.ProposalRow,
        outcome: str = "done",
        **details: object,
    ) -> None:
        content = {"proposal": row.proposal_id, "act": row.action, "content": _content(row).hex()}
        self._auditor.record(tx, tenant.keys, action, outcome, **content, **details)

    def _seconds(self) -> int:
        return int(self._now().timestamp())


def _officer(tenant: Tenant, officers: Iterable[rows.OfficerRow], token: str) -> str:
    """The live officer of this token. Raises ApprovalRefused."""
    if not token.isascii():
        raise ApprovalRefused(_NO_OFFICER)
    sha256 = digest(token)
    found = [
        officer.officer_id
        for officer in officers
        if officer.state == rows.LIVE
        and hmac.compare_digest(tenant.keys.officer_digest(officer.officer_id, sha256), officer.token_digest)
    ]
    if len(found) != 1:
        raise ApprovalRefused(_NO_OFFICER)
    return found[0]


def _approvers(
    tx: Transaction, tenant: Tenant, row: rows.ProposalRow, live: set[str], *, strictly: bool = False
) -> tuple[str, ...]:
    """Those of the live officers whose approval is of exactly this proposal.

    With `strictly` an approval of anything else raises ApprovalRefused: somebody has changed one or the other.
    """
    found = []
    for approval in rows.approvals(tx, row.proposal_id):
        mac = _mac(tenant, row, approval.officer_id, approval.approved_at)
        if not hmac.compare_digest(mac, approval.mac):
            if strictly:
                raise ApprovalRefused("the proposal was changed after it had been approved")
        elif approval.officer_id in live:
            found.append(approval.officer_id)
    return tuple(found)


def _mac(tenant: Tenant, row: rows.ProposalRow, officer: str, at: int) -> bytes:
    """Over tenant (by its key), proposal, what it asks for, until when, and who approved when."""
    moments = (str(row.expires_at).encode(), str(at).encode())
    return tenant.keys.approval_mac(row.proposal_id.encode(), _content(row), officer.encode(), *moments)


def _content(row: rows.ProposalRow) -> bytes:
    return hashlib.sha256(length_prefixed(row.action.encode(), row.payload.encode())).digest()


def _moment(seconds: int, like: datetime) -> datetime:
    return datetime.fromtimestamp(seconds, like.tzinfo)
