"""An ID and what belongs to it: whose it is, how it was issued, and how sure one was then. Pure.

How IDs are issued is the Tokyo service's table; the assurance is that of identity proofing in the Digital Agency's
guideline for identification (DS-511), as this product grades them. It never makes a login stronger: ID and
password are `aal1`. It is told in the account and in the audit, so that a municipality can say whom it has
checked, and how.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from types import MappingProxyType

from idp.jpki.profile import Device
from idp.keys.sealing import Place, TenantKeys
from idp.store.password_accounts import AccountRow

ID_CHARACTERS = 8
"""Of the alphabet that people read aloud (`idp/people/spoken.py`). An ID is no secret, and is not chosen: nobody
learns of another's by trying to take it."""


class Issued(StrEnum):
    """How a resident got the ID."""

    CERTIFICATE = "certificate"
    """On line, in a login with a certificate: the way of the Tokyo service, and the usual one."""
    COUNTER = "counter"
    """At the counter, by the staff, who have seen who came."""
    POST = "post"
    """By post to the address in the resident register, after the staff looked at the copies that were sent in."""
    LETTER = "letter"
    """Asked for on line; the staff looked, and the first password went to the registered address
    (`requests.py`)."""
    ONLINE = "online"
    """On line, at once: nobody knows whose it is."""


ASSURANCE: Mapping[Issued, str] = MappingProxyType(
    {
        Issued.CERTIFICATE: "ial3",
        Issued.COUNTER: "ial3",
        Issued.POST: "ial2",
        Issued.LETTER: "ial2",
        Issued.ONLINE: "ial1",
    }
)
"""Of identity proofing: by the card's signature, face to face with an official photo identity, by what was
compared and reached the registered address (twice), by nobody's word but their own."""
BY_STAFF = frozenset({Issued.COUNTER, Issued.POST})
"""What the staff give out by themselves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """`handle`: the person's. `verifier`: what is kept of the password. `device`: of the certificate that issued
    it.

    `first_until`: the password is the one that the staff gave out, good for nothing but choosing an own one until
    that moment (seconds since 1970); 0 for a password of the person's own.
    """

    handle: bytes = field(repr=False)
    verifier: str = field(repr=False)
    issued: Issued
    issued_on: date
    device: Device | None = None
    first_until: int = 0

    @property
    def assurance(self) -> str:
        """How sure one was of who the person is, when the ID was issued."""
        return ASSURANCE[self.issued]


def sealed(keys: TenantKeys, index: bytes, sign_in_id: str, account: Account) -> AccountRow:
    """The row of an account."""
    body = {
        "id": sign_in_id,
        "handle": account.handle.hex(),
        "verifier": account.verifier,
        "issued": str(account.issued),
        "assurance": account.assurance,
        "issued_on": account.issued_on.isoformat(),
        "device": str(account.device or ""),
        "first_until": account.first_until,
    }
    text = keys.seal(_place(index), json.dumps(body, sort_keys=True).encode())
    return AccountRow(index, keys.sign_in_id_mark(account.handle), text)


def opened(keys: TenantKeys, row: AccountRow) -> tuple[str, Account]:
    """The ID of a row, and its account. Raises SealBroken for a row that was altered."""
    stored = json.loads(keys.open(_place(row.account_index), row.sealed_body))
    device = stored["device"]
    return stored["id"], Account(
        handle=bytes.fromhex(stored["handle"]),
        verifier=stored["verifier"],
        issued=Issued(stored["issued"]),
        issued_on=date.fromisoformat(stored["issued_on"]),
        device=Device(device) if device else None,
        first_until=stored["first_until"],
    )


def _place(index: bytes) -> Place:
    return Place("password_account", index, "body")
