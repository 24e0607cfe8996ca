"""Enrolling and revoking counter terminals. Each act is one transaction with its audit entry.

The private key is made on the terminal and stays there; what is enrolled is its public key.
"""

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from idp.japan import JAPAN, day_in_japan
from idp.jpki.counter_proof import TerminalKeyRefused, read_terminal_key
from idp.oversight.audit import Action, Auditor
from idp.registration import NotAllowed
from idp.store import terminals
from idp.store.engine import Store
from idp.store.terminals import LIVE, TerminalRow
from idp.tenants.tenancy import Client, Tenant
from idp.terminals.register import TERMINAL_ID
from idp.terminals.terminal import Terminal, read_terminal

PLACE_CHARACTERS = 200
LONGEST = timedelta(days=5 * 365)
"""No terminal stays enrolled longer without being looked at."""
_INVISIBLE = ("Cc", "Cf", "Zl", "Zp")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTerminal:
    """A terminal to be enrolled. `public_key`: SubjectPublicKeyInfo in DER; `last_day`: in Japan, included;
    `user_numbers`: whether it may learn and link user numbers.
    """

    terminal_id: str
    place: str
    public_key: bytes
    clients: Sequence[Client]
    last_day: date
    user_numbers: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolment:
    """The acts, over the store."""

    store: Store
    auditor: Auditor
    now: Callable[[], datetime]

    def enrol(self, tenant: Tenant, new: NewTerminal) -> Terminal:
        """Enrol a terminal. Raises NotAllowed, also for an id that was given before: ids are not used twice."""
        today = day_in_japan(self.now())
        row = _row(new, today)
        with self.store.for_tenant(tenant.tenant_id).write() as tx:
            if not terminals.add(tx, row):
                raise NotAllowed("a terminal of that id was enrolled before")
            self.auditor.record(
                tx,
                tenant.keys,
                Action.TERMINAL_ENROLLED,
                "done",
                terminal=row.terminal_id,
                place=row.place,
                clients=row.client_ids.split(),
                last_day=new.last_day.isoformat(),
                user_numbers=new.user_numbers,
            )
        return read_terminal(row)

    def revoke(self, tenant: Tenant, terminal_id: str) -> None:
        """Let a terminal serve nobody any more, from now on. Raises NotAllowed when there is no live one."""
        with self.store.for_tenant(tenant.tenant_id).write() as tx:
            if not terminals.revoke(tx, terminal_id):
                raise NotAllowed("there is no live terminal of that id at the tenant")
            self.auditor.record(tx, tenant.keys, Action.TERMINAL_REVOKED, "done", terminal=terminal_id)

    def let_learn_numbers(self, tenant: Tenant, terminal_id: str, *, allowed: bool) -> None:
        """Let a terminal learn and link user numbers from now on, or no longer. Raises NotAllowed as `revoke`."""
        with self.store.for_tenant(tenant.tenant_id).write() as tx:
            if not terminals.let_learn_numbers(tx, terminal_id, allowed=allowed):
                raise NotAllowed("there is no live terminal of that id at the tenant")
            action = Action.TERMINAL_CHANGED
            self.auditor.record(tx, tenant.keys, action, "done", terminal=terminal_id, user_numbers=allowed)

    def all(self, tenant: Tenant) -> list[Terminal]:
        """Every terminal that was ever enrolled, by id."""
        with self.store.for_tenant(tenant.tenant_id).read() as tx:
            return [read_terminal(row) for row in terminals.all_of(tx)]


def _row(new: NewTerminal, today: date) -> TerminalRow:
    if not TERMINAL_ID.fullmatch(new.terminal_id):
        raise NotAllowed("a terminal id has 1 to 64 characters of a-z, 0-9 and hyphen")
    if not new.place.strip() or len(new.place) > PLACE_CHARACTERS:
        raise NotAllowed(f"a place has 1 to {PLACE_CHARACTERS} characters")
    if any(unicodedata.category(character) in _INVISIBLE for character in new.place):
        raise NotAllowed("a text holds a control or direction character")
    if not new.clients:
        raise NotAllowed("a terminal serves at least one service")
    if not today <= new.last_day <= today + LONGEST:
        raise NotAllowed("a terminal's last day is today or later, and within five years")
    try:
        key = read_terminal_key(new.public_key)
    except TerminalKeyRefused as error:
        raise NotAllowed(str(error)) from error
    over = datetime.combine(new.last_day + timedelta(days=1), time(), JAPAN)
    return TerminalRow(
        terminal_id=new.terminal_id,
        place=new.place,
        public_key=key.spki,
        client_ids=" ".join(sorted({client.client_id for client in new.clients})),
        state=LIVE,
        expires_at=int(over.timestamp()),
        created=today,
        user_numbers=new.user_numbers,
    )
