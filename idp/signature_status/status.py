"""What is known of a signature certificate, as it is stored and as services are told. Pure.

A signature certificate that is revoked while the user certificate is good is the ordinary sign of a move or of
another name; none at all is an ordinary state too (children, holders who declined one).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from idp.events.quarters import quarter

MEMBER = "signature_certificate"
"""The claim's name, and that of the member of a login's evidence that it is told from."""
SCOPE = "jpki_status"
"""What a resident agrees to and a service is registered for."""
AFFILIATION_CHANGED = "affiliationChanged"
"""The CRLReason of those whose name, address, date of birth or gender has changed (RFC 5280 section 5.3.1)."""


class Status(StrEnum):
    """The four values of the contract."""

    VALID = "valid"
    REVOKED = "revoked"
    NONE = "none"
    """J-LIS has none beside the user certificate."""
    UNKNOWN = "unknown"
    """Nobody could tell."""


@dataclass(frozen=True, slots=True)
class SignatureStatus:
    """A status as of `checked_at`, seconds since 1970; `reason`: the CRLReason's name of REVOKED, else None."""

    status: Status
    checked_at: int
    reason: str | None = None

    @property
    def basic4_changed(self) -> bool | None:
        """True for affiliationChanged alone, False while the certificate is good, None where nothing says so."""
        if self.status is Status.REVOKED:
            return True if self.reason == AFFILIATION_CHANGED else None
        return False if self.status is Status.VALID else None

    def members(self) -> dict[str, object]:
        """As it is stored: the time is exact."""
        return {"status": str(self.status), "checked_at": self.checked_at, "reason": self.reason}

    def claim(self) -> dict[str, object]:
        """As services are told: the time is rounded down to 15 minutes."""
        told: dict[str, object] = {"status": str(self.status), "checked_at": quarter(self.checked_at)}
        return told | ({"reason": self.reason} if self.reason else {}) | {"basic4_changed": self.basic4_changed}

    @classmethod
    def of(cls, members: Mapping[str, Any]) -> "SignatureStatus":
        """Undo `members`."""
        return cls(Status(members["status"]), int(members["checked_at"]), members["reason"])
