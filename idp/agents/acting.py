"""What a login carries in which somebody acts for another, and where it is kept for its tokens."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from idp.agents.representation import Basis, Kind
from idp.japan import day_in_japan
from idp.keys.sealing import Place, TenantKeys
from idp.store import agents as rows
from idp.store.engine import Transaction

KEPT_SECONDS = 31 * 24 * 60 * 60
"""A day longer than the refresh tokens of a login."""
_BODY_BYTES = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class Acting:
    """By which representation an agent acts for whom. `principal`, `agent`: handles, as they are now.

    `until`: the last day. `once`: it is used up by this login. `label`: what the agent calls the person; it goes
    no further than the login's pages.
    """

    representation_id: bytes
    principal: bytes = field(repr=False)
    agent: bytes = field(repr=False)
    basis: Basis
    until: date
    label: str = field(default="", repr=False)
    once: bool = False

    @property
    def kind(self) -> Kind:
        """As services are told."""
        return self.basis.kind

    def unlabelled(self) -> "Acting":
        """The same without what the agent calls the person."""
        return replace(self, label="")

    def is_over(self, now: datetime) -> bool:
        """Whether the last day has passed."""
        return day_in_japan(now) > self.until

    def to_text(self) -> str:
        """To be sealed, or put into what is."""
        members: Mapping[str, str] = {
            "representation": self.representation_id.hex(),
            "principal": self.principal.hex(),
            "agent": self.agent.hex(),
            "basis": self.basis,
            "until": self.until.isoformat(),
            "label": self.label,
            "once": "yes" if self.once else "",
        }
        return json.dumps(members, ensure_ascii=False)

    @classmethod
    def from_text(cls, text: str | bytes) -> "Acting":
        """Undo `to_text`."""
        said: dict[str, Any] = json.loads(text)
        return cls(
            representation_id=bytes.fromhex(said["representation"]),
            principal=bytes.fromhex(said["principal"]),
            agent=bytes.fromhex(said["agent"]),
            basis=Basis(said["basis"]),
            until=date.fromisoformat(said["until"]),
            label=said["label"],
            once=bool(said.get("once")),
        )


def keep(tx: Transaction, keys: TenantKeys, transaction_id: str, acting: Acting, *, now: int) -> None:
    """Remember it beside the accepted proof, without the label."""
    body = acting.unlabelled().to_text().ljust(_BODY_BYTES).encode()
    sealed = keys.seal(_place(transaction_id), body)
    rows.add_login(tx, transaction_id, sealed, expires_at=now + KEPT_SECONDS)


def opened(keys: TenantKeys, transaction_id: str, sealed: bytes) -> Acting:
    """What was kept of that login."""
    return Acting.from_text(keys.open(_place(transaction_id), sealed))


def _place(transaction_id: str) -> Place:
    return Place("acting_login", transaction_id.encode(), "body")
