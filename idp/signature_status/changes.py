"""What services are told when something else is found of a signature certificate than before. Pure.

Each change once, whoever notices it first: a login, the verification API or the sweep of the lists.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from connectors.ports import CertificateName
from idp.events import EventName
from idp.outbox import JSON
from idp.signature_status.named import Seen
from idp.signature_status.status import AFFILIATION_CHANGED, SignatureStatus, Status


@dataclass(frozen=True, slots=True)
class Change:
    """What is kept from now on, and what is told: events by name, with what they say."""

    kept: Seen
    told: tuple[tuple[EventName, Mapping[str, JSON]], ...] = ()


def between(before: Seen, found: Seen) -> Change:
    """What follows from a question that was asked again.

    Where nobody could tell, what was known stays known.
    """
    if found.status.status is Status.UNKNOWN and found.signature in (None, before.signature):
        return Change(replace(before, user=found.user))
    kept = before.followed_by(found)
    same = found.signature == before.signature and _says_the_same(before.status, found.status)
    # A good certificate that follows a good one is no news: what became of the first is, and the lists say it.
    renewed = before.status.status is found.status.status is Status.VALID
    if same or renewed or found.status.status is Status.UNKNOWN or _is_first_word(before, found):
        return Change(kept)
    return Change(kept, _events(found.status))


def revoked(before: Seen, reason: str, *, at: int) -> Change:
    """What follows from a list that names the present signature certificate."""
    status = SignatureStatus(Status.REVOKED, at, reason)
    return Change(replace(before, status=status), _events(status))


def ended(before: Seen, reasons: Mapping[CertificateName, str]) -> Change:
    """What follows from a list that says why earlier signature certificates ended: of a move, that alone."""
    kept = replace(before, earlier=tuple(name for name in before.earlier if name not in reasons))
    moved = AFFILIATION_CHANGED in reasons.values()
    return Change(kept, ((EventName.BASIC4_CHANGED, {}),) if moved else ())


def _says_the_same(one: SignatureStatus, other: SignatureStatus) -> bool:
    return (one.status, one.reason) == (other.status, other.reason)


def _is_first_word(before: Seen, found: Seen) -> bool:
    """Whether nobody knew anything before, and nothing is amiss."""
    return before.status.status is Status.UNKNOWN and found.status.status in (Status.VALID, Status.NONE)


def _events(status: SignatureStatus) -> tuple[tuple[EventName, Mapping[str, JSON]], ...]:
    data: dict[str, JSON] = {"certificate": "signature", "status": str(status.status)}
    if status.reason:
        data["reason"] = status.reason
    told: tuple[tuple[EventName, Mapping[str, JSON]], ...] = ((EventName.CERTIFICATE_STATUS_CHANGED, data),)
    return (*told, (EventName.BASIC4_CHANGED, {})) if status.basic4_changed else told
