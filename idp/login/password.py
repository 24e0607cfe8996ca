"""An ID with its password, in a login: judged, counted, and the same answer for whatever is wrong.

Nobody learns here whether an ID exists: an unknown one is counted, hashed against and answered as a known one.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import Enum, auto
from functools import partial
from typing import Protocol

import structlog

from idp.errors import Reason, Refusal
from idp.login import browsers, levels
from idp.login.bound import BoundByCertificate
from idp.login.other_way import OtherWay, Recognised
from idp.login.states import Channel
from idp.login.transaction import Attempt
from idp.oversight.audit import Action, Auditor
from idp.passwords import hashing, rules
from idp.passwords.account import Account, Issued
from idp.passwords.accounts import FIRST_CHARACTERS, Accounts
from idp.passwords.rules import Fault
from idp.passwords.tries import Tries, Trying
from idp.people import spoken
from idp.revocation.tally import Tally
from idp.store.engine import Store

_log = structlog.get_logger("idp.login")


@dataclass(frozen=True, slots=True)
class Typed:
    """What somebody typed. `new`, `again`: the password that they choose, None where none is chosen.

    `source`: the network address it came from, empty where it is not known; `seen`: the browser's cookie
    (`browsers.py`).
    """

    sign_in_id: str = field(repr=False)
    password: str = field(repr=False)
    new: str | None = field(default=None, repr=False)
    again: str = field(default="", repr=False)
    source: str = field(default="", repr=False)
    seen: str = field(default="", repr=False)


class Verdict(Enum):
    """What became of it."""

    RIGHT = auto()
    WRONG = auto()
    """The ID, the password, or both."""
    WAIT = auto()
    """Tried too often: there is a try again in a while."""
    CHOOSE = auto()
    """It was the first password: one's own has to be chosen."""
    FAULT = auto()
    """The new password cannot be chosen."""


@dataclass(frozen=True, slots=True)
class Judged:
    """The verdict. `url`: where the browser goes on when it was right; `seconds`: until there is a try again."""

    verdict: Verdict
    url: str = ""
    seconds: int = 0
    fault: Fault | None = None


class HasPassword(Protocol):
    """What judging needs of an account, a resident's or one at an organization. `first_until`: as of `Account`."""

    @property
    def handle(self) -> bytes:
        """Whose it is."""
        ...

    @property
    def verifier(self) -> str:
        """What is kept of the password."""
        ...

    @property
    def first_until(self) -> int:
        """0 for a password of their own."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordStep:
    """The step and everything it needs."""

    store: Store
    accounts: Accounts
    tries: Tries
    bound: BoundByCertificate
    other_way: OtherWay
    auditor: Auditor
    now: Callable[[], datetime]

    def run(self, attempt: Attempt, typed: Typed) -> Judged:
        """Judge what was typed for a login that waits.

        Raises Refusal: LEVEL_INSUFFICIENT where passwords are not offered; as `BoundByCertificate`; ALREADY_USED.
        """
        if not attempt.demand.offers_password:
            raise Refusal(Reason.LEVEL_INSUFFICIENT, "passwords are not offered here")
        sign_in_id = self.accounts.read(typed.sign_in_id)
        account = self.accounts.find(attempt.tenant, sign_in_id)
        counted = trying(attempt.tenant.keys.sign_in_id_index(sign_in_id), attempt, typed, account)
        if seconds := self.tries.spend(attempt.tenant, counted):
            return Judged(Verdict.WAIT, seconds=seconds)
        if not is_right(account, typed.password, self.now()) or account is None:
            write_down_wrong(self.store, self.auditor, attempt)
            return Judged(Verdict.WRONG)
        self.tries.give_back(attempt.tenant, counted)
        if account.issued is Issued.ONLINE and not attempt.demand.takes_unknown:
            raise Refusal(Reason.LEVEL_INSUFFICIENT, "nobody knows whose ID this is, and the service wants to")
        change = partial(self.accounts.change, attempt.tenant, sign_in_id, account)
        return judge_choice(typed, sign_in_id, account, change) or Judged(
            Verdict.RIGHT, url=self._accept(attempt, account)
        )

    def _accept(self, attempt: Attempt, account: Account) -> str:
        shown = Recognised(
            handle=account.handle,
            level=levels.BY_PASSWORD,
            channel=Channel.PASSWORD,
            mark=attempt.tenant.keys.sign_in_id_mark(account.handle),
        )
        if account.issued is Issued.CERTIFICATE and account.device is not None:
            tally = Tally.of_service(attempt.tenant.tenant_id, attempt.client.client_id)
            good = self.bound.require(attempt, account.handle, account.device, tally)
            shown = replace(shown, certificate=good, asked=tally.asked)
        return self.other_way.run(attempt, shown)


def trying(index: bytes, attempt: Attempt, typed: Typed, account: HasPassword | None) -> Trying:
    """What a try is counted by. `index`: of the ID that was typed, whether there is such an ID or not."""
    keys, own = attempt.tenant.keys, ""
    if account is not None and browsers.is_seen(keys, typed.seen, account.handle):
        own = browsers.mark_in(keys, typed.seen, account.handle)
    return Trying(index, typed.source, own)


def is_right(account: HasPassword | None, typed: str, now: datetime) -> bool:
    """Whether it is the account's password; a first one only while it is good. No account takes as long."""
    if account is not None and account.first_until:
        typed = spoken.read(typed, FIRST_CHARACTERS) or typed
        if account.first_until < now.timestamp():
            account = None
    return hashing.verifies(account.verifier if account else None, typed)


def judge_choice(
    typed: Typed, sign_in_id: str, account: HasPassword, change: Callable[[str], bool]
) -> Judged | None:
    """What keeps somebody whose password is right: that of their own, to be chosen or changed. None for nothing.

    `change`: makes it the account's, unless the account has changed meanwhile.
    """
    if typed.new is None:
        return Judged(Verdict.CHOOSE) if account.first_until else None
    fault = rules.fault_of(typed.new, typed.again, sign_in_id=sign_in_id)
    if fault is not None:
        return Judged(Verdict.FAULT, fault=fault)
    return None if change(typed.new) else Judged(Verdict.WRONG)


def write_down_wrong(store: Store, auditor: Auditor, attempt: Attempt) -> None:
    """That something wrong was typed, in the log and in the audit trail: at which service, and nothing of whom."""
    _log.info("login.refused", reason="password")
    tenant, client_id = attempt.tenant, attempt.client.client_id
    with store.for_tenant(tenant.tenant_id).write() as tx:
        said = {"client_id": client_id, "reason": "password_wrong"}
        auditor.record(tx, tenant.keys, Action.LOGIN_REFUSED, "refused", **said)
