"""Two proofs by one person in one login (the fourth way of `idp/procedures/procedure.py`).

First an ID with its password, or a passkey; then the card. The first leaves in the transaction whose it was; the
second counts only if it is the same person's. The order is fixed, so that the certificate's proof, which is made
over this transaction's nonce, is the one that ends the login.
"""

import base64
import hmac
import json

from idp.errors import Reason, Refusal
from idp.keys.sealing import Place
from idp.login import levels
from idp.login.levels import Level
from idp.login.transaction import Attempt, First
from idp.tenants.tenancy import Tenant


def first_of(tenant: Tenant, transaction_id: str, handle: bytes, level: Level) -> str:
    """The first of two proofs as the transaction's record keeps it. `handle`: whose it was."""
    sealed = base64.b64encode(tenant.keys.seal(_place(transaction_id), handle)).decode()
    return json.dumps({"amr": " ".join(level.amr), "sealed_handle": sealed})


def is_due(attempt: Attempt) -> bool:
    """Whether the first proof has yet to be made."""
    return attempt.demand.combined and attempt.transaction.first is None and attempt.transaction.is_login


def joined(attempt: Attempt, level: Level) -> Level:
    """The level of a certificate's proof together with the first one, where two are asked for.

    Raises Refusal with LEVEL_INSUFFICIENT while the first has not been made.
    """
    if not attempt.demand.combined or not attempt.transaction.is_login:
        return level
    return levels.both(_first(attempt).amr.split(), level)


def require_same(attempt: Attempt, handle: bytes | None) -> None:
    """Raise Refusal with CERTIFICATE_CONFLICT unless both proofs are of one person.

    `handle`: whose the certificate is, None while nobody can say, nor that it is the same person's.
    """
    if not attempt.demand.combined or not attempt.transaction.is_login:
        return
    sealed = base64.b64decode(_first(attempt).sealed_handle)
    before = attempt.tenant.keys.open(_place(attempt.transaction.transaction_id), sealed)
    if handle is None or not hmac.compare_digest(before, handle):
        raise Refusal(Reason.CERTIFICATE_CONFLICT, "the two proofs are not one person's")


def _first(attempt: Attempt) -> First:
    first = attempt.transaction.first
    if first is None:
        raise Refusal(Reason.LEVEL_INSUFFICIENT, "the first of two proofs is missing")
    return first


def _place(transaction_id: str) -> Place:
    return Place("login", transaction_id.encode(), "first")
