"""A representation: who acts for whom, on what basis, where, since and until when. Pure.

The last day is a date in Japan and belongs to it. A parent's is the day before the eighteenth birthday, at whose
end the child is of age (民法第4条, 年齢計算ニ関する法律); of the date of birth nothing else is kept.
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from idp.japan import day_in_japan

_STEP = 1024
"""Bytes of a body before it is sealed, or a multiple: the length tells neither services nor labels."""
MAJORITY = 18
OFFER_LIFE = timedelta(hours=24)
"""For how long an offered mandate waits for its agent."""


class Kind(StrEnum):
    """As services are told (the contract's claim `act`)."""

    STATUTORY = "statutory"
    VOLUNTARY = "voluntary"


KINDS = tuple(str(kind) for kind in Kind)


class Basis(StrEnum):
    """Why somebody may act."""

    PARENT = "parent"
    """親権者, until the child is of age."""
    GUARDIAN = "guardian"
    """成年後見人 (or a minor's guardian): for everything."""
    CURATOR = "curator"
    """保佐人: for what the court has named."""
    ASSISTANT = "assistant"
    """補助人: the same."""
    MANDATE = "mandate"
    """委任, by the person themselves."""

    @property
    def kind(self) -> Kind:
        """Which of the two it is."""
        return Kind.VOLUNTARY if self is Basis.MANDATE else Kind.STATUTORY

    @property
    def is_limited(self) -> bool:
        """Whether it must name the services for which it holds."""
        return self in (Basis.CURATOR, Basis.ASSISTANT, Basis.MANDATE)


class Seen(StrEnum):
    """By what it was proven."""

    FAMILY_REGISTER = "family-register"
    """戸籍全部事項証明書."""
    REGISTRATION_CERTIFICATE = "registration-certificate"
    """登記事項証明書."""
    OWN_LOGIN = "own-login"
    """The person themselves said so, right after their certificate had signed."""


PROVES: Mapping[Basis, tuple[Seen, ...]] = {
    Basis.PARENT: (Seen.FAMILY_REGISTER,),
    Basis.GUARDIAN: (Seen.REGISTRATION_CERTIFICATE, Seen.FAMILY_REGISTER),
    Basis.CURATOR: (Seen.REGISTRATION_CERTIFICATE,),
    Basis.ASSISTANT: (Seen.REGISTRATION_CERTIFICATE,),
    Basis.MANDATE: (Seen.OWN_LOGIN,),
}
"""What proves which. A minor's guardian stands in the family register."""


class State(StrEnum):
    """How far it has come; that its last day is over is not written down at once."""

    OFFERED = "offered"
    LIVE = "live"
    ENDED = "ended"


class EndedBy(StrEnum):
    """Who or what ended it."""

    PRINCIPAL = "principal"
    AGENT = "agent"
    OFFICE = "office"
    TIME = "time"
    USED = "used"
    """It was for one procedure."""
    PERSON = "person"
    """One of the two left, is no more, or turned out to be the other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Representation:
    """Who may act for whom.

    `principal`, `agent`: handles, as they were when it was made; the agent's is empty while it is offered.
    `services`: entries `service` or `service/procedure`, by id; empty for all services that take its kind.
    `once`: it ends when it was used. `since`, `ended_at`: seconds since 1970, or 0. `until`: the last day.
    `desk`: which post at the counter saw the document, empty for none.
    `principal_label`, `agent_label`: what the agent calls the person, and the person the agent: each their own
    words, which the other never sees. `uses`: logins by month (`YYYY-MM`) and service.
    """

    basis: Basis
    seen: Seen
    state: State
    principal: bytes = field(repr=False)
    agent: bytes = field(default=b"", repr=False)
    services: tuple[str, ...] = ()
    once: bool = False
    since: int = 0
    until: date
    desk: str = ""
    principal_label: str = field(default="", repr=False)
    agent_label: str = field(default="", repr=False)
    uses: Mapping[str, Mapping[str, int]] = field(default_factory=dict, repr=False)
    ended_at: int = 0
    ended_by: str = ""

    @property
    def kind(self) -> Kind:
        """As services are told."""
        return self.basis.kind

    def is_live(self, now: datetime) -> bool:
        """Whether it holds at that moment."""
        return self.state is State.LIVE and day_in_japan(now) <= self.until

    def is_over_by_time(self, now: datetime) -> bool:
        """Whether its last day has passed without anybody writing that down."""
        return self.state is not State.ENDED and day_in_japan(now) > self.until

    def holds_at(self, service_id: str, procedure: str, kinds: Collection[str]) -> bool:
        """Whether it is for a login at that service, which takes these kinds. `procedure`: of the request."""
        if self.kind not in kinds:
            return False
        return not self.services or bool({service_id, f"{service_id}/{procedure}"} & set(self.services))

    def used(self, service_id: str, now: datetime) -> "Representation":
        """The same after one login more."""
        month = f"{day_in_japan(now):%Y-%m}"
        counted = dict(self.uses.get(month, {}))
        counted[service_id] = counted.get(service_id, 0) + 1
        return replace(self, uses={**self.uses, month: counted})

    def ended(self, by: EndedBy, now: datetime) -> "Representation":
        """The same, over."""
        return replace(self, state=State.ENDED, ended_at=int(now.timestamp()), ended_by=by)

    def to_bytes(self) -> bytes:
        """As it is sealed: JSON, filled with blanks."""
        members = asdict(self) | {
            "principal": self.principal.hex(),
            "agent": self.agent.hex(),
            "until": self.until.isoformat(),
        }
        text = json.dumps(members, ensure_ascii=False).encode()
        return text.ljust(-(-len(text) // _STEP) * _STEP)

    @classmethod
    def from_bytes(cls, opened: bytes) -> "Representation":
        """Undo `to_bytes`."""
        said: dict[str, Any] = json.loads(opened)
        read = {
            "basis": Basis(said["basis"]),
            "seen": Seen(said["seen"]),
            "state": State(said["state"]),
            "principal": bytes.fromhex(said["principal"]),
            "agent": bytes.fromhex(said["agent"]),
            "services": tuple(said["services"]),
            "until": date.fromisoformat(said["until"]),
        }
        return cls(**{one.name: said[one.name] for one in fields(cls)} | read)


def last_day_as_child(born: date) -> date:
    """The last day on which somebody born that day is a minor."""
    year = born.year + MAJORITY
    try:
        birthday = born.replace(year=year)
    except ValueError:  # 29 February: of age at the end of the 28th
        birthday = date(year, 3, 1)
    return birthday - timedelta(days=1)
