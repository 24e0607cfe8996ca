"""利用者コード: eight characters that a resident chose, by which the tenant's own staff find them without card.

It is a name and no key: nobody signs in by it, no service ever sees it, and what staff get for it is a reference,
as for any other person. It can be changed and given up; one that was given up is nobody's for a year, so that
nobody is taken for the one who had it before.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from idp.japan import day_in_japan
from idp.keys.sealing import Place
from idp.oversight.audit import Action, Auditor
from idp.people import record, spoken
from idp.registration import NotAllowed
from idp.store import resident_codes as rows
from idp.store.engine import Transaction
from idp.store.resident_codes import CodeRow
from idp.store.shortlived import ShortLived
from idp.tenants.tenancy import Tenant

CHARACTERS = 8
RESERVED = timedelta(days=366)
CHANGES_A_DAY = 5
QUESTIONS_A_MINUTE = 30
_DAY, _MINUTE = 24 * 60 * 60, 60
_RUNS = ("0123456789", "9876543210", "ABCDEFGHJKMNPQRSTVWXYZ", "ZYXWVTSRQPNMKJHGFEDCBA")
_OFFENSIVE = re.compile("FVCK|FCK|SH1T|C0CK|D1CK|CVNT|NAZ1|H1T1ER|RAPE|S1AVE|SEX|KKK|BAKA|AH0|K0R0S|SH1NE|1488")
"""As they look in this alphabet, where O is 0, I and L are 1, and there is no U."""


def read(typed: str) -> str:
    """The code in what somebody typed, as it is kept. Raises NotAllowed for one that may not be chosen."""
    text = spoken.read(typed, CHARACTERS)
    if text is None:
        raise NotAllowed("a code has eight letters and digits")
    code = text.replace("-", "")
    if len(set(code)) < 4 or not re.search("[0-9]", code) or not re.search("[A-Z]", code):
        raise NotAllowed("a code has letters and digits, and at least four different ones")
    if re.search(r"(.)\1\1", code) or any(code[at : at + 4] in run for at in range(5) for run in _RUNS):
        raise NotAllowed("a code has no three alike and no four in a row")
    if re.search("[0-9]{6}", code) or _OFFENSIVE.search(code):
        raise NotAllowed("this code cannot be chosen")
    return code


@dataclass(frozen=True, slots=True, kw_only=True)
class ResidentCodes:
    """The acts, inside the transaction of whoever speaks for the resident or asks for them."""

    auditor: Auditor
    state: ShortLived
    now: Callable[[], datetime]

    def choose(self, tx: Transaction, tenant: Tenant, handle: bytes, typed: str) -> bool:
        """Make it the person's code in the place of another; False when it was so already.

        Raises NotAllowed: see `read`, for too many changes, and for a code that is or lately was another's.
        """
        code, mark = read(typed), tenant.keys.resident_code_mark(handle)
        index, today = tenant.keys.resident_code_index(code), day_in_japan(self.now())
        own = rows.by_person(tx, mark)
        if own is not None and own.code_index == index:
            return False
        self._spend(f"chosen:{tenant.tenant_id}:{mark.hex()}", CHANGES_A_DAY, _DAY)
        if own is not None:
            rows.give_up(tx, own, free_on=today + RESERVED)
        sealed = tenant.keys.seal(_place(index), handle)
        if not rows.take(tx, CodeRow(index, mark, sealed), today=today):
            raise NotAllowed("this code cannot be chosen")
        self._audit(tx, tenant, mark, "chosen")
        return True

    def give_up(self, tx: Transaction, tenant: Tenant, handle: bytes) -> None:
        """Let the person have none. Raises NotAllowed when they have none."""
        if not self._end(tx, tenant, handle, "given-up"):
            raise NotAllowed("this person has no code")

    def cancel(self, tx: Transaction, tenant: Tenant, handle: bytes) -> bool:
        """End the code of a person who is no more, or is another by now; False when they have none."""
        return self._end(tx, tenant, handle, "cancelled")

    def _end(self, tx: Transaction, tenant: Tenant, handle: bytes, outcome: str) -> bool:
        mark = tenant.keys.resident_code_mark(handle)
        own = rows.by_person(tx, mark)
        if own is None or not rows.give_up(tx, own, free_on=day_in_japan(self.now()) + RESERVED):
            return False
        self._audit(tx, tenant, mark, outcome)
        return True

    def has_one(self, tx: Transaction, tenant: Tenant, handle: bytes) -> bool:
        """Whether the person has a code."""
        return rows.by_person(tx, tenant.keys.resident_code_mark(handle)) is not None

    def owner(self, tx: Transaction, tenant: Tenant, typed: str) -> bytes:
        """The handle of the person whose code it is. Raises NotAllowed for none, and when too many were asked."""
        self._spend(f"asked:{tenant.tenant_id}", QUESTIONS_A_MINUTE, _MINUTE)
        text = spoken.read(typed, CHARACTERS)
        index = tenant.keys.resident_code_index(text.replace("-", "")) if text else b""
        row = rows.by_code(tx, index)
        if row is None:
            raise NotAllowed("nobody has this code")
        self._audit(tx, tenant, row.person_mark, "found")
        return record.surviving(tx, tenant.keys, tenant.keys.open(_place(index), row.sealed_handle))

    def _spend(self, what: str, limit: int, seconds: int) -> None:
        if not self.state.spend(f"resident-code-{what}", 1, limit=limit, seconds=seconds).within:
            raise NotAllowed("too often: try again later")

    def _audit(self, tx: Transaction, tenant: Tenant, mark: bytes, outcome: str) -> None:
        """A person is named by a tag of this month that is like none of any service."""
        tag = tenant.keys.audit_tag("", self.now(), mark)
        self.auditor.record(tx, tenant.keys, Action.RESIDENT_CODE, outcome, person=tag)


def _place(index: bytes) -> Place:
    return Place("resident_code", index, "handle")
