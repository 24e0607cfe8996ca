"""Transfer codes: made by somebody who is signed in, used once by the same person with a card or phone of no link.

Twelve characters, 60 random bits, shown once. Stored is a keyed digest; a person has one at a time.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from idp.keys.sealing import Place
from idp.oversight.audit import Action, Auditor
from idp.people import record, spoken
from idp.people.record import Record
from idp.store import person_codes
from idp.store.engine import Transaction
from idp.store.person_codes import CodeRow
from idp.tenants.tenancy import Tenant

CHARACTERS = 12
LIFE = timedelta(days=7)
"""From handing in the old card or phone to the first login with the new one."""
_RANDOM_BYTES = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferCodes:
    """Making and spending them."""

    auditor: Auditor
    now: Callable[[], datetime]
    token_bytes: Callable[[int], bytes]

    def make(self, tx: Transaction, tenant: Tenant, handle: bytes) -> str:
        """A new code for that person; an earlier one is dead from then on."""
        survivor = record.surviving(tx, tenant.keys, handle)
        mine = record.read(tx, tenant.keys, survivor, held=True) or Record()
        if mine.transfer:
            person_codes.spend_code(tx, mine.transfer)
        code = spoken.spoken(self.token_bytes(_RANDOM_BYTES), CHARACTERS)
        index, moment = tenant.keys.transfer_index(code), self.now()
        ends = int((moment + LIFE).timestamp())
        person_codes.add_code(tx, CodeRow(index, tenant.keys.seal(_place(index), handle), ends))
        record.put(tx, tenant.keys, survivor, replace(mine, transfer=index), today=moment.date())
        self.auditor.record(tx, tenant.keys, Action.TRANSFER_CODE_MADE, "done")
        return code

    def is_out(self, tx: Transaction, tenant: Tenant, handle: bytes) -> bool:
        """Whether the person has a code that counts still."""
        survivor = record.surviving(tx, tenant.keys, handle)
        mine = record.read(tx, tenant.keys, survivor)
        row = person_codes.code(tx, mine.transfer) if mine is not None and mine.transfer else None
        return row is not None and row.expires_at > int(self.now().timestamp())

    def cancel(self, tx: Transaction, tenant: Tenant, handle: bytes) -> bool:
        """Let the person's code count no more; False when none was out."""
        survivor = record.surviving(tx, tenant.keys, handle)
        mine = record.read(tx, tenant.keys, survivor, held=True)
        if mine is None or not mine.transfer:
            return False
        spent = person_codes.spend_code(tx, mine.transfer) is not None
        record.put(tx, tenant.keys, survivor, replace(mine, transfer=b""), today=self.now().date())
        if spent:
            self.auditor.record(tx, tenant.keys, Action.TRANSFER_CODE_MADE, "cancelled")
        return spent

    def spend(self, tx: Transaction, tenant: Tenant, typed: str) -> bytes | None:
        """The handle of whose code it is, also of somebody who was merged; None for a code that does not count.

        The code is spent only if the transaction commits.
        """
        code = spoken.read(typed, CHARACTERS)
        row = person_codes.spend_code(tx, tenant.keys.transfer_index(code)) if code else None
        if row is None or row.expires_at <= int(self.now().timestamp()):
            return None
        return tenant.keys.open(_place(row.code_index), row.sealed_handle)


def _place(index: bytes) -> Place:
    return Place("transfer_code", index, "handle")
