"""The audit trail as people read it: which entries of a span there are, and whether each is as it was written.

Reading writes no entry: entries name nobody (a person is a tag of one service and month), and whoever audits needs
no right to write. `audit.verify` tells what a list cannot: that nothing is missing.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from idp.keys.sealing import TenantKeys
from idp.oversight.audit import Action, is_authentic
from idp.store import audit as rows
from idp.store.engine import Transaction


@dataclass(frozen=True, slots=True)
class Line:
    """One entry. `sequence`: its place in the chain, None until it is linked.

    `problem`: empty if it is as it was written; an altered one has no `details`, and the rest is whatever somebody
    wrote there.
    """

    sequence: int | None
    at_milliseconds: int
    event: str
    outcome: str
    details: Any
    problem: str


def lines(
    tx: Transaction,
    keys: TenantKeys,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    events: Sequence[Action] = (),
    count: int,
) -> list[Line]:
    """The newest `count` entries from `since` on and before `until`, the oldest first.

    Of all events where none is named.
    """
    found = rows.newest(tx, since=_milliseconds(since), until=_milliseconds(until), actions=events, count=count)
    return [_line(keys, sequence, entry) for sequence, entry in reversed(found)]


def named(words: Sequence[str]) -> list[Action]:
    """The events that words name: `login.refused`, or all of a family, `login`.

    Raises ValueError with a word that names none.
    """
    chosen: list[Action] = []
    for word in words:
        meant = [action for action in Action if action == word or action.startswith(f"{word}.")]
        if not meant:
            raise ValueError(word)
        chosen += meant
    return chosen


def _milliseconds(moment: datetime | None) -> int | None:
    return None if moment is None else int(moment.timestamp() * 1000)


def _line(keys: TenantKeys, sequence: int | None, entry: rows.EntryRow) -> Line:
    if not is_authentic(keys, entry):
        event, outcome = str(entry.action), str(entry.outcome)  # whatever SQLite was given
        return Line(sequence, entry.at_milliseconds, event, outcome, None, "altered")
    return Line(sequence, entry.at_milliseconds, entry.action, entry.outcome, json.loads(entry.body), "")
