"""The six digits: shown by the authenticator, typed into the waiting page (card login protocol, section 4).

Three tries in 60 seconds, once extended by 60; then the transaction ends. Finishing by code never gives more than
the level across devices, even where the proof came from the same one.
"""

import hmac
import unicodedata
from dataclasses import dataclass
from enum import Enum, auto

from msgspec import structs

from idp.keys.sealing import digest
from idp.login.handles import HANDLE_BYTES
from idp.login.records import Records, after
from idp.login.states import State
from idp.login.transaction import Accepted, Code, Transaction
from idp.store.shortlived import Change
from idp.tenants.tenancy import Tenant

CODE_SECONDS = 60
MORE_SECONDS = 60
TRIES = 3
_DIGITS = 6
_RANDOM_BYTES = 16  # 10**6 does not divide 2**128: the bias is less than 2**-100


class Verdict(Enum):
    """What became of six digits that somebody typed."""

    RIGHT = auto()
    WRONG = auto()
    """There are tries left."""
    NOT_A_CODE = auto()
    """Not six digits: no try was spent."""
    OVER = auto()
    """Nothing is waited for here, any more or yet."""


@dataclass(frozen=True, slots=True)
class Entered:
    """The verdict, and the transaction as it is then; None for an unknown one or another browser's."""

    verdict: Verdict
    transaction: Transaction | None


@dataclass(frozen=True, slots=True)
class Codes:
    """The codes of all transactions."""

    records: Records

    def draw(self, tenant: Tenant, transaction: Transaction, accepted_at: int) -> tuple[str, tuple[str, int]]:
        """Six digits for the authenticator, and what `Transactions.accept` keeps of them.

        `accepted_at`: from when they count, in seconds since 1970.
        """
        number = int.from_bytes(self.records.token_bytes(_RANDOM_BYTES), "big") % 10**_DIGITS
        code = f"{number:0{_DIGITS}d}"
        ends = min(accepted_at + CODE_SECONDS, transaction.ends)
        return code, (tenant.keys.code_mac(transaction.transaction_id, code), ends)

    def enter(self, tenant: Tenant, transaction_id: str, cookie: str, typed: str) -> Entered:
        """Judge what was typed. RIGHT completes the transaction: CONSENTING, at the level that a code gives.

        A judgement counts only if no other came between reading and writing, so that however many arrive at
        once, three are looked at.
        """
        digits = normalised(typed)
        for _ in range(TRIES + 1):
            seen = self.records.held_by(tenant, transaction_id, cookie)
            if seen is None or seen.code is None or seen.accepted is None or seen.state is not State.ACCEPTED:
                return Entered(Verdict.OVER, seen)
            if seen.code.ends <= self.records.moment():
                return Entered(Verdict.OVER, seen)
            if digits is None:
                return Entered(Verdict.NOT_A_CODE, seen)
            right = hmac.compare_digest(tenant.keys.code_mac(transaction_id, digits), seen.code.mac)
            step = self._step(seen.code, right=right, accepted=seen.accepted)
            changed = self.records.change(tenant, transaction_id, step)
            if changed is None:
                break
            if changed.applied:
                return Entered(_verdict(right, seen.code), after(changed, step))
        return Entered(Verdict.OVER, None)

    def prolong(self, tenant: Tenant, transaction_id: str, cookie: str) -> Transaction | None:
        """Sixty seconds more, once, while the code lives. The transaction as it is then, or None."""
        seen = self.records.held_by(tenant, transaction_id, cookie)
        if seen is None or seen.code is None or seen.code.prolonged or not seen.awaits_code(self.records.moment()):
            return seen
        ends = min(seen.code.ends + MORE_SECONDS, seen.ends)
        step = Change(
            {"state": State.ACCEPTED, "code_ends": str(seen.code.ends), "cookie": digest(cookie).hex()},
            {"code_ends": str(ends), "code_prolonged": "1"},
        )
        changed = self.records.change(tenant, transaction_id, step)
        return after(changed, step) if changed else None

    def _step(self, code: Code, *, right: bool, accepted: Accepted) -> Change:
        expect = {"state": State.ACCEPTED, "code": code.mac, "tries": str(code.tries or "")}
        if right:
            lowered = structs.replace(accepted, acr=accepted.acr_by_code, by_code=True, sealed_attributes="")
            put = {"state": State.CONSENTING, "form": self.records.token(HANDLE_BYTES)}
            return Change(expect, {**put, "accepted": lowered.to_json(), "code": "", "return": ""})
        tries = code.tries + 1
        if tries < TRIES:
            return Change(expect, {"tries": str(tries)})
        return Change(expect, {"tries": str(tries), "state": State.EXPIRED, "code": "", "return": ""})


def normalised(typed: str) -> str | None:
    """The six digits in what a person typed, or None: full-width digits, spaces and hyphens are theirs to use."""
    if len(typed) > 64:
        return None
    text = unicodedata.normalize("NFKC", typed)
    digits = "".join(character for character in text if not character.isspace() and character not in "-‐‑–ー")
    return digits if len(digits) == _DIGITS and digits.isascii() and digits.isdigit() else None


def _verdict(right: bool, code: Code) -> Verdict:
    if right:
        return Verdict.RIGHT
    return Verdict.WRONG if code.tries + 1 < TRIES else Verdict.OVER
