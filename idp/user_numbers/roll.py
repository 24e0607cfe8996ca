"""A service's existing numbers: handed in as nobody's, linked one by one as their people come, told, taken back.

Never matched by names: only a person's own login links one, and the number that they, the counter's staff or the
service itself then put beside it.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from idp.japan import day_in_japan
from idp.oversight.audit import Action, Auditor
from idp.store import user_numbers as rows
from idp.store.engine import Store, Transaction
from idp.tenants.tenancy import Client, Tenant
from idp.user_numbers import number as numbers
from idp.user_numbers.registry import Found, has_ended, new_number, told

MAX_ENTRIES = 20_000
"""In one import; a longer list is handed in by parts."""
MAX_UNLINKED = 2_000_000
"""Numbers that are nobody's, of one service."""
PAGE = 5_000
CSV_HEADER = ("user_number", "user_number,claim_code")
_LINE = re.compile(f"({numbers.PATTERN})(?:,({numbers.CLAIM_PATTERN})?)?")


class RollRefused(ValueError):
    """A list that cannot be taken on; the sentence names a line or a limit and repeats nothing. `too_long`: it,
    or all lists of the service together, are longer than they may be.
    """

    def __init__(self, sentence: str, *, too_long: bool = False) -> None:
        super().__init__(sentence)
        self.too_long = too_long


@dataclass(frozen=True, slots=True)
class Entry:
    """One number of a list. `claim`: the code by which its person shows that it is theirs."""

    number: str = field(repr=False)
    claim: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Imported:
    """What came of a list: numbers that were `added`, and that were `known` before, linked or not."""

    added: int
    known: int


def from_csv(unverified: bytes) -> list[Entry]:
    """A header, then a number a line, with its claim code if there is one. Raises RollRefused."""
    try:
        lines = unverified.decode("ascii").replace("\r\n", "\n").removesuffix("\n").split("\n")
    except UnicodeDecodeError as error:
        raise RollRefused("the list is not ASCII") from error
    if lines[0] not in CSV_HEADER:
        raise RollRefused(f"the first line is not {' or '.join(CSV_HEADER)}")
    if len(lines) - 1 > MAX_ENTRIES:
        raise _too_many()
    entries = []
    for place, line in enumerate(lines[1:], start=2):
        found = _LINE.fullmatch(line)
        if found is None:
            raise RollRefused(f"line {place} is not user_number,claim_code")
        entries.append(Entry(found[1], found[2]))
    return require(entries, first=2)


def require(entries: list[Entry], *, first: int = 0) -> list[Entry]:
    """The list, if it has numbers, not too many, and none twice. `first`: the place of its first one."""
    if not entries:
        raise RollRefused("there is no number")
    if len(entries) > MAX_ENTRIES:
        raise _too_many()
    seen = set()
    for place, entry in enumerate(entries, start=first):
        if entry.number in seen:
            raise RollRefused(f"the number at {place} was there before")
        seen.add(entry.number)
    return entries


def _too_many() -> RollRefused:
    return RollRefused(f"more than {MAX_ENTRIES} numbers", too_long=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Roll:
    """The acts on all numbers of one service."""

    store: Store
    auditor: Auditor
    now: Callable[[], datetime]
    token_bytes: Callable[[int], bytes]

    def sealed(self, tenant: Tenant, client: Client, entries: Sequence[Entry]) -> list[rows.NewNumber]:
        """A list as it is stored. It takes its time: not while others wait for a transaction."""
        return [new_number(tenant, client, e.number, self.token_bytes, claim=e.claim) for e in entries]

    def take(
        self, tx: Transaction, tenant: Tenant, client: Client, new: Sequence[rows.NewNumber], by: str
    ) -> Imported:
        """Take a list on, inside `tx`. What is known stays as it is, but for a claim code of an unlinked number,
        which is replaced. Raises RollRefused when the service would have too many.
        """
        client_id = client.client_id
        known = rows.claims_of(tx, client_id, [one.number_index for one in new])
        fresh = [one for one in new if one.number_index not in known]
        if rows.counted(tx, client_id).unlinked + len(fresh) > MAX_UNLINKED:
            raise RollRefused(f"more than {MAX_UNLINKED} numbers of one service are nobody's", too_long=True)
        added = rows.add_all(tx, fresh, created=day_in_japan(self.now()))
        for one in new:
            if one.claim_mac is not None and _differs(known, one):
                rows.set_claim(tx, client_id, one.number_index, one.claim_mac)
        taken = Imported(added, len(new) - added)
        self._audit(tx, tenant, client, Action.USER_NUMBERS_IMPORTED, by, added=taken.added, known=taken.known)
        return taken

    def drop_unlinked(self, tx: Transaction, tenant: Tenant, client: Client, by: str) -> int:
        """Delete every number that is nobody's, inside `tx`; how many."""
        gone = rows.remove_unlinked(tx, client.client_id)
        self._audit(tx, tenant, client, Action.USER_NUMBER_DELETED, by, unlinked=gone)
        return gone

    def report(self, tenant: Tenant, client: Client) -> rows.Counted:
        """How many are linked, and how many are not."""
        with self.store.for_tenant(tenant.tenant_id).read() as tx:
            return rows.counted(tx, client.client_id)

    def lines(self, tenant: Tenant, client: Client, *, linked: bool | None) -> Iterator[list[Found]]:
        """All numbers of that kind, a page at a time, each page in a transaction of its own.

        In no order that tells anything. Links whose grant ended are left out.
        """
        after = b""
        while True:
            with self.store.for_tenant(tenant.tenant_id).read() as tx:
                found = rows.page(tx, client.client_id, linked=linked, after=after, count=PAGE)
            if not found:
                return
            after = found[-1].number_id
            yield [told(tenant, row) for row in found if not has_ended(row)]

    def _audit(
        self, tx: Transaction, tenant: Tenant, client: Client, action: Action, by: str, **counts: int
    ) -> None:
        self.auditor.record(tx, tenant.keys, action, "done", client_id=client.client_id, by=by, **counts)


def _differs(known: Mapping[bytes, bytes | None], one: rows.NewNumber) -> bool:
    return one.number_index in known and known[one.number_index] != one.claim_mac
