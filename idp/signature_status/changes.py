"""What services are told when something else is found of a signature certificate than before. Pure.

Each change once, whoever notices it first: a login, the verification API or the sweep of the lists.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from connectors.ports import CertificateName
from idp.events.events import EventName
from idp.events.outbox import JSON
from idp.signature_status.named import Seen
from idp.signature_status.status import AFFILIATION_CHANGED, SignatureStatus, Status

Told = tuple[tuple[EventName, Mapping[str, JSON]], ...]
"""Events by name, with what they say."""


@dataclass(frozen=True, slots=True)
class Change:
    """What is kept from now on, and what is told."""

    kept: Seen
    told: Told = ()


def between(before: Seen, found: Seen) -> Change:
    """What follows from a question that was asked again.

    Where nobody could tell, what was known stays known.
    """
    if found.status.status is Status.UNKNOWN and found.signature in (None, before.signature):
        return Change(replace(before, user=found.user))
    kept = before.followed_by(found)
    # Of another certificate, too: a good one that follows a good one is no news (what became of the first is, and
    # the lists say it), nor is the phone's that the same move has revoked.
    same = _says_the_same(before.status, found.status)
    if same or found.status.status is Status.UNKNOWN or _is_first_word(before, found):
        return Change(kept)
    return _change(kept, _events(found.status))


def revoked(before: Seen, reason: str, *, at: int) -> Change:
    """What follows from a list that names the present signature certificate."""
    status = SignatureStatus(Status.REVOKED, at, reason)
    return _change(replace(before, status=status), _events(status))


def ended(before: Seen, reasons: Mapping[CertificateName, str]) -> Change:
    """What follows from a list that says why earlier signature certificates ended: of a move, that alone."""
    kept = replace(before, earlier=tuple(name for name in before.earlier if name not in reasons))
    moved = AFFILIATION_CHANGED in reasons.values()
    return _change(kept, ((EventName.BASIC4_CHANGED, {}),) if moved else ())


def _change(kept: Seen, told: Told) -> Change:
    """A change that is told. Whatever came before a move that was told has nothing more to say."""
    moved = EventName.BASIC4_CHANGED in [name for name, _ in told]
    return Change(replace(kept, earlier=()) if moved else kept, told)


def _says_the_same(one: SignatureStatus, other: SignatureStatus) -> bool:
    return (one.status, one.reason) == (other.status, other.reason)


def _is_first_word(before: Seen, found: Seen) -> bool:
    """Whether nobody knew anything before, and nothing is amiss."""
    return before.status.status is Status.UNKNOWN and found.status.status in (Status.VALID, Status.NONE)


def _events(status: SignatureStatus) -> Told:
    data: dict[str, JSON] = {"certificate": "signature", "status": str(status.status)}
    if status.reason:
        data["reason"] = status.reason
    told: Told = ((EventName.CERTIFICATE_STATUS_CHANGED, data),)
    return (*told, (EventName.BASIC4_CHANGED, {})) if status.basic4_changed else told
