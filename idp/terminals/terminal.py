"""A counter terminal as a value, and which logins it may take part in."""

from dataclasses import dataclass
from datetime import date

from idp.jpki.algorithms import SubjectKey
from idp.jpki.counter_proof import read_terminal_key
from idp.store.terminals import LIVE, TerminalRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Terminal:
    """An enrolled terminal. `place`: where it stands; `expires_at`: seconds since 1970, itself excluded.

    `user_numbers`: it may learn and link the user number of a login that it took part in.
    """

    terminal_id: str
    place: str
    key: SubjectKey
    client_ids: frozenset[str]
    live: bool
    expires_at: int
    created: date
    user_numbers: bool = False

    def serves(self, client_id: str, moment: int) -> bool:
        """Whether it may take part in a login at this client now."""
        return self.live and moment < self.expires_at and client_id in self.client_ids

    def state(self, moment: int) -> str:
        """In a word, for listings."""
        if not self.live:
            return "revoked"
        return "live" if moment < self.expires_at else "expired"


def read_terminal(row: TerminalRow) -> Terminal:
    """A terminal from its stored row. Raises TerminalKeyRefused for a key that was altered."""
    return Terminal(
        terminal_id=row.terminal_id,
        place=row.place,
        key=read_terminal_key(row.public_key),
        client_ids=frozenset(row.client_ids.split()),
        live=row.state == LIVE,
        expires_at=row.expires_at,
        created=row.created,
        user_numbers=row.user_numbers,
    )
