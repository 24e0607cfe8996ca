"""The status of a signature certificate in the evidence of a login, which is stored as JSON in clear.

The status stands there as it is; the certificates' names stand sealed, bound to the login.
"""

import base64

from idp.keys.sealing import Place
from idp.revocation.recorded import members_of
from idp.signature_status.named import Seen
from idp.signature_status.status import MEMBER, SignatureStatus
from idp.tenants.tenancy import Tenant

_SEALED = "sealed"


def member(tenant: Tenant, transaction_id: str, seen: Seen) -> dict[str, object]:
    """What is put beside the other members of a login's evidence."""
    sealed = tenant.keys.seal(_place(transaction_id), seen.to_json().encode())
    return {MEMBER: {**seen.status.members(), _SEALED: base64.b64encode(sealed).decode()}}


def is_in(evidence: str) -> bool:
    """Whether that evidence, JSON, says anything of a signature certificate."""
    return MEMBER in members_of(evidence)


def carried(evidence: str) -> dict[str, object]:
    """What it says, to be put beside newer evidence of the same login; nothing where it says nothing."""
    said = members_of(evidence).get(MEMBER)
    return {} if said is None else {MEMBER: said}


def status_in(evidence: str) -> SignatureStatus | None:
    """What it says, None where it says nothing."""
    said = members_of(evidence).get(MEMBER)
    return None if said is None else SignatureStatus.of(said)


def seen_in(tenant: Tenant, transaction_id: str, evidence: str) -> Seen | None:
    """The same with the certificates' names. Raises SealBroken for another login's."""
    said = members_of(evidence).get(MEMBER)
    if said is None:
        return None
    return Seen.from_json(tenant.keys.open(_place(transaction_id), base64.b64decode(said[_SEALED])))


def _place(transaction_id: str) -> Place:
    return Place("acceptance", transaction_id.encode(), MEMBER)
