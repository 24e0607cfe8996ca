"""A procedure: what a resident applies for at a service, and the way in which they show who they are. Pure.

The Tokyo service sorts procedures by their nature into four ways:

1. `anonymous`: a name is enough; nobody signs in. What is received gets an 到達番号 and a 問合せ番号.
2. `password`: a signature or a seal was asked for on paper; ID and password do, and whatever is surer.
3. `signature`: rights change, yet another may hand it in; the signature on the application says who applies.
   Where somebody signs in besides, any way of the registration does.
4. `combined`: the same where nobody else may: ID and password (or a passkey) **and** the card, by one person in
   one login. The order is fixed: the card comes last, so that its proof is made for this login and no other.

In the ways 3 and 4 the service may hand over the digest of the application, which is signed in the login then; a
procedure can make that a condition (`signed_application`). A document that was signed elsewhere is judged for the
procedure by the verification API; `signers` says whose signatures count there.

Or a procedure states a level (`acr`) alone. A procedure only ever raises what the service's registration asks.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from idp.signatures.kinds import Kind


class Way(StrEnum):
    """How somebody shows who they are in a procedure."""

    ANONYMOUS = "anonymous"
    PASSWORD = "password"
    SIGNATURE = "signature"
    COMBINED = "combined"
    LEVEL = "acr"
    """By a level alone."""


ID = re.compile(r"[a-z0-9-]{1,64}")
LEAST_ACR: Mapping[Way, str] = {
    Way.ANONYMOUS: "aal1",
    Way.PASSWORD: "aal1",
    Way.SIGNATURE: "aal1",
    Way.COMBINED: "aal2",
    Way.LEVEL: "aal1",
}
"""What a login for it must reach at least. The card of the combined way may be read across devices."""

RECEIPT_DAYS = 366
MOST_RECEIPT_DAYS = 5 * 366


@dataclass(frozen=True, slots=True, kw_only=True)
class Procedure:
    """A registered procedure. `names` by language (`ja`, `en`); `minimum_acr`: its own, at least its way's.

    `open`: services may begin logins for it, or give receipts; a closed one is kept for its name.
    `signed_application`: a login for it is of no use without the signature on the application.
    `receipt_days`: of the ways that give receipts, how long one is kept after the service last said how far it is.
    `signers`: of the ways that take applications, whose signature on one counts.
    """

    procedure_id: str
    way: Way
    minimum_acr: str
    names: Mapping[str, str] = field(default_factory=dict)
    open: bool = True
    signed_application: bool = False
    receipt_days: int = RECEIPT_DAYS
    signers: tuple[Kind, ...] = (Kind.JPKI,)

    def name(self, language: str) -> str:
        """Its name for residents in that language, Japanese where it has none."""
        return self.names.get(language) or self.names["ja"]

    @property
    def takes_applications(self) -> bool:
        """Whether an application can be signed in its logins."""
        return self.way in (Way.SIGNATURE, Way.COMBINED)

    @property
    def gives_receipts(self) -> bool:
        """Whether something can be handed in for it without a login."""
        return self.way in (Way.ANONYMOUS, Way.SIGNATURE)

    @property
    def combined(self) -> bool:
        """Whether it takes two proofs by one person."""
        return self.way is Way.COMBINED

    def to_json(self) -> dict[str, Any]:
        """As it stands in its service's registration, under its id."""
        return {
            "way": str(self.way),
            "minimum_acr": self.minimum_acr,
            "names": dict(self.names),
            "open": self.open,
            "signed_application": self.signed_application,
            **({"receipt_days": self.receipt_days} if self.gives_receipts else {}),
            **({"signers": [str(kind) for kind in self.signers]} if self.takes_applications else {}),
        }


def read(stored: Mapping[str, Mapping[str, Any]]) -> dict[str, Procedure]:
    """The procedures of a stored registration, by id. Raises ValueError, KeyError for what is none of ours."""
    return {
        procedure_id: Procedure(
            procedure_id=procedure_id,
            way=Way(members["way"]),
            minimum_acr=members["minimum_acr"],
            names=members["names"],
            open=members["open"] is True,
            signed_application=members.get("signed_application")
            is True,  # registered before there was such a thing
            receipt_days=int(members.get("receipt_days", RECEIPT_DAYS)),
            signers=tuple(map(Kind, members.get("signers", (Kind.JPKI,)))),
        )
        for procedure_id, members in stored.items()
    }
