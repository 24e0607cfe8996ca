"""A service's own user numbers in a merger: they go along with its residents, those that are nobody's among them.

The taker's word counts. A number that is somebody's there stays theirs, a person who has one there keeps it;
what is not taken over is counted beforehand and never named. A claim code cannot go along, for only a digest
under the giver's key is kept of it: its number arrives with one that nobody knows, so that it is guarded as it
was, until the service hands in its list with claim codes again.

The id of a row that a migration brought is made from both, by which going back finds these rows and no others.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from idp.login.pairwise import open_ppid
from idp.store import moving
from idp.store import user_numbers as rows
from idp.store.engine import Transaction
from idp.store.user_numbers import NewNumber, NumberRow
from idp.tenants.tenancy import Client, Tenant
from idp.user_numbers import number as numbers
from idp.user_numbers.registry import has_ended

_UNKNOWN_CLAIM_BYTES = 32


@dataclass(frozen=True, slots=True)
class Listed:
    """A number of the giver's that is nobody's. `claimed`: a claim code goes with it."""

    number: str = field(repr=False)
    claimed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ToCarry:
    """What a merger does with user numbers, in counts.

    `linked`, `unlinked`: numbers that would be taken over as somebody's, and as nobody's; `claims`: how many of
    the latter need their claim code handed in again. `in_use`: numbers that are another resident's at the taker,
    which stay theirs: whoever has them at the giver arrives without one. `there`: numbers that the taker has
    already.
    """

    linked: int = 0
    unlinked: int = 0
    claims: int = 0
    in_use: int = 0
    there: int = 0


def of_pairs(tx: Transaction, giver: Tenant, client: Client, pair_ids: Collection[bytes]) -> dict[bytes, str]:
    """The giver's numbers of these pairs, by pair; `tx` is the giver's."""
    found = rows.by_pairs(tx, client.client_id, pair_ids)
    return {pair_id: _opened(giver, row) for pair_id, row in found.items()}


def listed(
    tx: Transaction, giver: Tenant, client: Client, *, after: bytes, limit: int
) -> tuple[list[Listed], bytes]:
    """Some of the giver's numbers that are nobody's, and the id of the last; `tx` is the giver's."""
    page = rows.page(tx, client.client_id, linked=False, after=after, count=limit)
    found = [Listed(_opened(giver, row), row.claim_mac is not None) for row in page]
    return found, page[-1].number_id if page else after


def link(
    tx: Transaction,
    taker: Tenant,
    client: Client,
    migration_id: str,
    carried: Mapping[bytes, str],
    *,
    today: date,
) -> None:
    """Let these pairs of the taker's have the numbers that their people bring; `tx` is the taker's.

    Left as they are: a pair that has a number, a number that is somebody's, and a pair without a grant of the
    service.
    """
    client_id = client.client_id
    granted = {pair_id for pair_id, holder, _ in moving.grants(tx, carried) if holder == client_id}
    bare = granted - rows.by_pairs(tx, client_id, granted).keys()
    wanted = {_index(taker, client, carried[pair_id]): pair_id for pair_id in sorted(bare)}
    there = rows.by_numbers(tx, client_id, wanted)
    fresh = [
        replace(_new(taker, client, migration_id, carried[pair_id]), pair_id=pair_id)
        for index, pair_id in wanted.items()
        if index not in there
    ]
    rows.add_all(tx, fresh, created=today)
    for index, row in there.items():
        if row.pair_id is None and row.claim_mac is None:  # whoever knows the code may have it, and nobody else
            rows.link(tx, row.number_id, wanted[index], created=today)


def hand_over(tx: Transaction, client: Client, waiting: bytes | None, mine: bytes) -> None:
    """Let a person's own pair at the taker have the number of the one that waited for them, if it has none."""
    client_id = client.client_id
    granted = any(holder == client_id for _, holder, _ in moving.grants(tx, [mine]))
    if waiting is not None and granted and rows.by_pair(tx, client_id, mine) is None:
        rows.move(tx, client_id, waiting, mine)


def take_listed(
    tx: Transaction,
    taker: Tenant,
    client: Client,
    migration_id: str,
    found: Sequence[Listed],
    *,
    token_bytes: Callable[[int], bytes],
    today: date,
) -> None:
    """Take over numbers that are nobody's, unless the taker has them; `tx` is the taker's."""
    new = [
        replace(
            _new(taker, client, migration_id, one.number),
            claim_mac=token_bytes(_UNKNOWN_CLAIM_BYTES) if one.claimed else None,
        )
        for one in found
    ]
    rows.add_all(tx, new, created=today)


def take_back(
    tx: Transaction, taker: Tenant, client_id: str, migration_id: str, *, after: bytes, limit: int
) -> bytes | None:
    """Delete some numbers that a migration brought and that are nobody's; where to go on, None at the end."""
    page = rows.page(tx, client_id, linked=False, after=after, count=limit)
    for row in page:
        if row.number_id == taker.keys.carried_number_id(migration_id, client_id, row.number_index):
            rows.remove(tx, row)
    return page[-1].number_id if page else None


def counted(
    giver: Tenant, taker: Tenant, client: Client, page: Sequence[NumberRow], there: Mapping[bytes, NumberRow]
) -> ToCarry:
    """What would become of these numbers of the giver's; `there`: the taker's of the same text, by their index."""
    count = ToCarry()
    for row in page:
        if has_ended(row):
            continue
        known = there.get(_index(taker, client, _opened(giver, row)))
        if row.pair_id is None:
            new = known is None
            claimed = new and row.claim_mac is not None
            count = replace(
                count,
                unlinked=count.unlinked + new,
                claims=count.claims + claimed,
                there=count.there + (not new),
            )
        elif known is None or (known.pair_id is None and known.claim_mac is None):
            count = replace(count, linked=count.linked + 1)
        elif _sub(giver, row) == _sub(taker, known):
            count = replace(count, there=count.there + 1)
        else:
            count = replace(count, in_use=count.in_use + 1)
    return count


def indexes(giver: Tenant, taker: Tenant, client: Client, page: Sequence[NumberRow]) -> list[bytes]:
    """By which the taker would know these numbers of the giver's."""
    return [_index(taker, client, _opened(giver, row)) for row in page]


def added(one: ToCarry, other: ToCarry) -> ToCarry:
    """Both counts together."""
    return ToCarry(**{name: getattr(one, name) + getattr(other, name) for name in ToCarry.__slots__})


def _opened(tenant: Tenant, row: NumberRow) -> str:
    return numbers.unseal(tenant.keys, row.number_id, row.sealed_number)


def _sub(tenant: Tenant, row: NumberRow) -> str:
    return open_ppid(tenant, row.pair_id, row.sealed_ppid) if row.pair_id and row.sealed_ppid else ""


def _index(tenant: Tenant, client: Client, number: str) -> bytes:
    return tenant.keys.number_index(client.client_id, number)


def _new(taker: Tenant, client: Client, migration_id: str, number: str) -> NewNumber:
    index = _index(taker, client, number)
    number_id = taker.keys.carried_number_id(migration_id, client.client_id, index)
    return NewNumber(
        number_id=number_id,
        client_id=client.client_id,
        number_index=index,
        sealed_number=numbers.seal(taker.keys, number_id, number),
    )
