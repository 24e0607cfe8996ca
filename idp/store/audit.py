"""The audit trail's rows: entries written in the action's own transaction, links of the chain, signed heads.

What the bytes mean is `idp/oversight/audit.py`'s business; this module only stores and finds them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from msgspec import Struct
from sqlalchemy import and_, bindparam, func, select
from sqlalchemy.dialects.postgresql import insert

from idp.store import schema
from idp.store.engine import Transaction, values

_e, _l, _h = schema.audit_entry, schema.audit_link, schema.audit_head
_ENTRY = (_e.c.entry_id, _e.c.at_milliseconds, _e.c.action, _e.c.outcome, _e.c.body, _e.c.mac)
"""What an EntryRow is made of, in its order."""
_WITH_LINK = _e.outerjoin(_l, and_(_l.c.tenant_id == _e.c.tenant_id, _l.c.entry_id == _e.c.entry_id))
_ADD, _ADD_LINK = insert(_e), insert(_l)
_UNCHAINED = (
    select(*_ENTRY)
    .select_from(_WITH_LINK)
    .where(
        _e.c.tenant_id == bindparam("tenant"),
        _e.c.at_milliseconds >= bindparam("since"),
        _l.c.sequence.is_(None),
    )
    .order_by(_e.c.at_milliseconds, _e.c.entry_id)
    .limit(bindparam("count"))
)
_NEWEST_LINKED = (
    select(func.max(_e.c.at_milliseconds).label("at"))
    .select_from(_l.join(_e, and_(_l.c.tenant_id == _e.c.tenant_id, _l.c.entry_id == _e.c.entry_id)))
    .where(_l.c.tenant_id == bindparam("tenant"), _l.c.sequence > bindparam("sequence"))
)
_LAST_LINK = (
    select(_l.c.sequence, _l.c.chain)
    .where(_l.c.tenant_id == bindparam("tenant"))
    .order_by(_l.c.sequence.desc())
    .limit(1)
)
_LINKS = (
    select(
        _l.c.sequence,
        _l.c.entry_id,
        _l.c.chain,
        _e.c.at_milliseconds,
        _e.c.action,
        _e.c.outcome,
        _e.c.body,
        _e.c.mac,
    )
    .select_from(_l.outerjoin(_e, and_(_l.c.tenant_id == _e.c.tenant_id, _l.c.entry_id == _e.c.entry_id)))
    .where(_l.c.tenant_id == bindparam("tenant"))
    .order_by(_l.c.sequence)
)
_LAST_HEAD = select(func.max(_h.c.at).label("at")).where(_h.c.tenant_id == bindparam("tenant"))
_HEADS = (
    select(_h.c.sequence, _h.c.at, _h.c.chain, _h.c.signature)
    .where(_h.c.tenant_id == bindparam("tenant"))
    .order_by(_h.c.sequence)
)


class EntryRow(Struct, frozen=True):
    """One audit entry: `body` canonical JSON, `mac` HMAC-SHA-256 over all other fields."""

    entry_id: bytes
    at_milliseconds: int
    action: str
    outcome: str
    body: str
    mac: bytes


class LinkRow(Struct, frozen=True):
    """One link of the chain, with its entry, or None where the entry is gone."""

    sequence: int
    entry_id: bytes
    chain: bytes
    entry: EntryRow | None


@dataclass(frozen=True, slots=True)
class HeadRow:
    """A signed head: the chain value at `sequence`, at `at` seconds since 1970."""

    sequence: int
    at: int
    chain: bytes
    signature: bytes


def add(tx: Transaction, entry: EntryRow) -> None:
    """Insert an entry."""
    tx.run(_ADD, values(tx, entry))


def of_actions(tx: Transaction, actions: Sequence[str], *, since: int = 0) -> list[EntryRow]:
    """The entries of these actions, the oldest first. It reads the trail: for what people do, not logins.

    `since`: milliseconds since 1970 from which on it is read.
    """
    mine = select(*_ENTRY).where(
        _e.c.tenant_id == tx.tenant_id, _e.c.at_milliseconds >= since, _e.c.action.in_(actions)
    )
    ordered = mine.order_by(_e.c.at_milliseconds, _e.c.entry_id)
    return [EntryRow(*row) for row in tx.connection.execute(ordered)]


def newest(
    tx: Transaction, *, since: int | None, until: int | None, actions: Sequence[str], count: int
) -> list[tuple[int | None, EntryRow]]:
    """The newest entries from `since` on and before `until` (milliseconds since 1970), the newest first.

    Each with its sequence number in the chain, None until it is linked. Of all actions where none is named.
    """
    wanted = [_e.c.tenant_id == tx.tenant_id]
    wanted += [_e.c.at_milliseconds >= since] if since is not None else []
    wanted += [_e.c.at_milliseconds < until] if until is not None else []
    wanted += [_e.c.action.in_(actions)] if actions else []
    found = (
        select(_l.c.sequence, *_ENTRY)
        .select_from(_WITH_LINK)
        .where(*wanted)
        .order_by(_e.c.at_milliseconds.desc(), _e.c.entry_id.desc())
        .limit(count)
    )
    return [(row[0], EntryRow(*row[1:])) for row in tx.connection.execute(found)]


def latest_of_client(tx: Transaction, action: str, client_id: str, *, since: int) -> int | None:
    """When, in milliseconds, the last entry of that action was written that names the client; None since then.

    For what people ask once in a while: it reads the entries of that time one by one.
    """
    named = _e.c.body.contains(f'"client_id":"{client_id}"', autoescape=True)
    mine = (_e.c.tenant_id == tx.tenant_id, _e.c.at_milliseconds >= since, _e.c.action == action, named)
    found: int | None = tx.connection.execute(select(func.max(_e.c.at_milliseconds)).where(*mine)).scalar()
    return found


def newest_linked(tx: Transaction, *, after: int) -> int | None:
    """The greatest time, in milliseconds, among the entries of the links after sequence number `after`."""
    found: int | None = tx.run(_NEWEST_LINKED, {"tenant": tx.tenant_id, "sequence": after}).first().at
    return found


def unchained(tx: Transaction, *, since: int, count: int) -> list[EntryRow]:
    """The oldest committed entries from `since` (milliseconds) on that no link names yet."""
    rows = tx.connection.execute(_UNCHAINED, {"tenant": tx.tenant_id, "since": since, "count": count})
    return [EntryRow(*row) for row in rows]


def last_link(tx: Transaction) -> tuple[int, bytes] | None:
    """Sequence number and chain value of the newest link."""
    row = tx.run(_LAST_LINK, {"tenant": tx.tenant_id}).first()
    return (row.sequence, row.chain) if row else None


def add_links(tx: Transaction, links: list[LinkRow]) -> None:
    """Append links. A second sealer of the same tenant fails on the primary key."""
    for link in links:
        tx.run(
            _ADD_LINK,
            {
                "tenant_id": tx.tenant_id,
                "sequence": link.sequence,
                "entry_id": link.entry_id,
                "chain": link.chain,
            },
        )


def last_head_at(tx: Transaction) -> int | None:
    """When the newest head was signed, in seconds since 1970."""
    found: int | None = tx.run(_LAST_HEAD, {"tenant": tx.tenant_id}).first().at
    return found


def add_head(tx: Transaction, head: HeadRow) -> None:
    """Store a signed head, if there is none for that sequence number."""
    tx.connection.execute(insert(_h).on_conflict_do_nothing(), values(tx, head))


def links(tx: Transaction) -> list[LinkRow]:
    """The whole chain in order."""
    rows = tx.connection.execute(_LINKS, {"tenant": tx.tenant_id})
    return [
        LinkRow(
            row.sequence,
            row.entry_id,
            row.chain,
            None
            if row.mac is None
            else EntryRow(row.entry_id, row.at_milliseconds, row.action, row.outcome, row.body, row.mac),
        )
        for row in rows
    ]


def heads(tx: Transaction) -> list[HeadRow]:
    """All signed heads in order."""
    return [HeadRow(*row) for row in tx.connection.execute(_HEADS, {"tenant": tx.tenant_id})]
