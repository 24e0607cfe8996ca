"""Merging: two people of whom it has turned out that they are one.

One of them survives. Their certificates are all the survivor's from then on, and so are their numbers: in a
sector where only one was known, that number stays. Where both were, the number with the older grant stays, and the
services that knew the other are told which one it has become, by an event and for a while with each login; a
service's own user number goes along, unless the service has one for the number that stays. Derivation inputs are
kept: a number that has moved is still that of the handle for which it was derived, and none is ever issued again.
Of two 利用者コード the survivor's stays; the other person's is cancelled, whether the survivor has one or not: it
is a name, and nobody may be found by two. What they signed in with beside their certificates (a password,
passkeys) ends, too: whoever holds the survivor's card makes others. Who acts for whom stays, as far as the two are
not each other's agent.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Protocol

from idp.errors import Reason, Refusal
from idp.events.events import Events
from idp.events.outbox import JSON
from idp.keys.sealing import Place
from idp.oversight.ledger import Ledger, Operation
from idp.people import former_numbers, record, sessions
from idp.people.record import By, Record
from idp.people.represented import Represented
from idp.people.resident_codes import ResidentCodes
from idp.store import certificates, pair_life, user_numbers
from idp.store.engine import Transaction
from idp.store.pair_life import MERGED
from idp.store.pairs import LIVE, PairRow
from idp.tenants.tenancy import Client, Tenant

EndWays = Callable[[Transaction, Tenant, bytes], int]
"""Ends what somebody (their handle) signs in with beside their certificates; how many there were."""


class FollowLatest(Protocol):
    """Lets a consent to the latest information go from the first pair to the second with the grant, or end."""

    def __call__(
        self, tx: Transaction, tenant: Tenant, client_id: str, pairs: tuple[bytes, bytes], *, carried: bool
    ) -> None:
        """`carried`: the service received the number that stays by this very merge."""
        ...


@dataclass(frozen=True, slots=True)
class Meeting:
    """A sector in which both are known: the pair that stays and the one that it replaces."""

    sector_id: str
    stays: PairRow
    replaced: PairRow


@dataclass(frozen=True, slots=True)
class Plan:
    """What a merge does to numbers: `moved` pairs stay as they are, a `meeting` ends one of two.

    `own`: the survivor's, as they are before it.
    """

    own: tuple[PairRow, ...]
    moved: tuple[PairRow, ...]
    meetings: tuple[Meeting, ...]


def plan(tx: Transaction, tenant: Tenant, keep: bytes, other: bytes) -> Plan:
    """What merging `other` into `keep` would do."""
    mine = {tenant.keys.pair_index(sector, keep): sector for sector in tenant.sectors}
    theirs = {tenant.keys.pair_index(sector, other): sector for sector in tenant.sectors}
    pairs = {}
    for indexes in (mine, theirs):
        found = pair_life.live_at(tx, indexes)
        pairs[id(indexes)] = {indexes[index]: pair for index, pair in found.items()}
    kept, given = pairs[id(mine)], pairs[id(theirs)]
    meetings = []
    for sector in sorted(set(kept) & set(given)):
        elder, younger = sorted((kept[sector], given[sector]), key=lambda pair: _since(tx, pair, kept[sector]))
        meetings.append(Meeting(sector, elder, younger))
    moved = tuple(pair for sector, pair in sorted(given.items()) if sector not in kept)
    return Plan(tuple(kept.values()), moved, tuple(meetings))


def _since(tx: Transaction, pair: PairRow, preferred: PairRow) -> tuple[date, bool]:
    """By the oldest grant; of two of one day the survivor's own."""
    oldest = min((grant.created for grant in pair_life.grants(tx, pair.pair_id)), default=date.max)
    return oldest, pair is not preferred


@dataclass(frozen=True, slots=True, kw_only=True)
class Merging:
    """The act, inside the transaction of whoever has the proof for it."""

    ledger: Ledger
    events: Events
    codes: ResidentCodes
    end_ways: EndWays
    follow_latest: FollowLatest
    represented: Represented
    end_login: sessions.EndLogin
    now: Callable[[], datetime]

    def run(self, tx: Transaction, tenant: Tenant, keep: bytes, other: bytes, by: By) -> int:
        """Merge `other` into `keep`; the operation's number in the ledger.

        Raises Refusal with CERTIFICATE_CONFLICT when one of them was merged meanwhile, or both are the same.
        """
        records = self._held(tx, tenant, keep, other)
        steps = plan(tx, tenant, keep, other)
        today = self.now().date()
        given = [member.index for member in records[other].certificates]
        for index in given:
            certificates.give(tx, index, record.seal_handle(tenant.keys, index, keep))
        joined = records[keep].with_members(records[other].certificates)
        record.put(tx, tenant.keys, keep, joined, today=today)
        record.put(tx, tenant.keys, other, replace(records[other], into=keep), today=today)
        secret: dict[str, JSON] = {
            "keep": keep.hex(),
            "other": other.hex(),
            "certificates": [index.hex() for index in given],
            "own": [pair.pair_id.hex() for pair in steps.own],
            "moved": [pair.pair_id.hex() for pair in steps.moved],
            "meetings": [self._meet(tx, tenant, keep, meeting) for meeting in steps.meetings],
        }
        for pair in steps.moved:
            relocate(tx, tenant, pair, tenant.keys.pair_index(pair.sector_id, keep))
        sessions.end_of(tx, tenant, other, self.now(), self.end_login)
        representations_ended = self.represented.merged(tx, tenant, keep, other)
        details: dict[str, JSON] = {
            "by": by,
            "numbers_changed": len(steps.meetings),
            "certificates": len(given),
            "resident_code_cancelled": self.codes.cancel(tx, tenant, other),
            "ways_ended": self.end_ways(tx, tenant, other),
            "representations_ended": representations_ended,
        }
        return self.ledger.record(tx, tenant.keys, Operation.PERSON_MERGED, details, secret=secret)

    def _held(self, tx: Transaction, tenant: Tenant, keep: bytes, other: bytes) -> dict[bytes, Record]:
        """Both records, which nobody else changes now; taken in one order, so that two merges never block."""
        found = {}
        for handle in sorted((keep, other), key=tenant.keys.person_index):
            found[handle] = record.read(tx, tenant.keys, handle, held=True) or Record()
        if keep == other or any(person.into for person in found.values()):
            raise Refusal(Reason.CERTIFICATE_CONFLICT, "merged meanwhile")
        if any(person.kind is not record.Kind.RESIDENT for person in found.values()):
            raise Refusal(Reason.CERTIFICATE_CONFLICT, "no residents: companies and staff are merged with nobody")
        return found

    def _meet(self, tx: Transaction, tenant: Tenant, keep: bytes, meeting: Meeting) -> JSON:
        """One sector where both are known; what a split must know of it."""
        stays, replaced, today = meeting.stays, meeting.replaced, self.now().date()
        mine = tenant.keys.pair_index(meeting.sector_id, keep)
        pair_life.put(tx, replaced.pair_id, index=tenant.keys.ended_pair_index(replaced.pair_id), state=MERGED)
        relocate(tx, tenant, stays, mine)
        pair_life.revoke_tokens(tx, replaced.pair_id)
        taken_over: list[JSON] = []
        added: list[JSON] = []
        numbers: list[JSON] = []
        for grant in pair_life.grants(tx, replaced.pair_id):
            pair_life.change_grant(tx, replaced.pair_id, grant.client_id, LIVE, MERGED)
            taken_over.append(grant.client_id)
            carried = pair_life.copy_grant(tx, replaced.pair_id, stays.pair_id, grant.client_id, created=today)
            if carried:
                added.append(grant.client_id)
            both = (replaced.pair_id, stays.pair_id)
            self.follow_latest(tx, tenant, grant.client_id, both, carried=carried)
            if user_numbers.by_pair(tx, grant.client_id, stays.pair_id) is None and user_numbers.move(
                tx, grant.client_id, replaced.pair_id, stays.pair_id
            ):
                numbers.append(grant.client_id)
            self.tell(tx, tenant, grant.client_id, old=replaced, new=stays)
            client = tenant.clients.get(grant.client_id)
            former = former_numbers.of_merge(open_ppid(tenant, replaced), stays.pair_id, client, self.now())
            former_numbers.remember(tx, tenant.keys, grant.client_id, mine, former)
        return {
            "stays": stays.pair_id.hex(),
            "replaced": replaced.pair_id.hex(),
            "replaced_of": "keep" if replaced.pair_index == mine else "other",
            "taken_over": taken_over,
            "added": added,
            "numbers": numbers,
        }

    def tell(self, tx: Transaction, tenant: Tenant, client_id: str, *, old: PairRow, new: PairRow) -> None:
        """Tell a service that a person whom it knows by one number is the one that it knows by another."""
        client = tenant.clients.get(client_id)
        if client is not None:
            self.events.tell_migrated(tx, tenant, client, open_ppid(tenant, new), open_ppid(tenant, old))


def relocate(tx: Transaction, tenant: Tenant, pair: PairRow, index: bytes) -> None:
    """Let a pair be found at another index, live, and what services hear of its former numbers with it."""
    pair_life.put(tx, pair.pair_id, index=index, state=LIVE)
    bring_former(tx, tenant, pair, index)


def bring_former(tx: Transaction, tenant: Tenant, pair: PairRow, index: bytes) -> None:
    """Let the former numbers of a pair that is found elsewhere now be found there, too."""
    services = [grant.client_id for grant in pair_life.grants(tx, pair.pair_id)]
    former_numbers.follow(tx, tenant.keys, services, pair.pair_index, index)


def open_ppid(tenant: Tenant, pair: PairRow) -> str:
    """The number of a pair."""
    return tenant.keys.open(Place("pair", pair.pair_id, "ppid"), pair.sealed_ppid).decode()


def services_of(tx: Transaction, tenant: Tenant, pair: PairRow) -> list[Client]:
    """The services with a live grant on a pair."""
    held = [tenant.clients.get(grant.client_id) for grant in pair_life.grants(tx, pair.pair_id)]
    return [client for client in held if client is not None]
