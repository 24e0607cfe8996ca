"""Splitting: undoing a merge of two people who are two after all.

Whoever was merged stands again with the certificates that were theirs, with those that came in by way of them
since, and with their own numbers. A number that was made since the merge is theirs if one of these certificates
proved the login that made it; where that is not known, it stays with the one who survived the merge. No number
changes: one that goes over is still that of the handle for which it was derived (`sealed_origin` says who has it).
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

from idp.continuity.holders import first_owner, origin_of, seal_origin
from idp.events.outbox import JSON
from idp.oversight import ledger
from idp.oversight.ledger import Ledger, Operation
from idp.people import former_numbers, pair_proofs, record, sessions
from idp.people.merging import Merging, bring_former, open_ppid, relocate
from idp.people.record import By, Record
from idp.registration import NotAllowed
from idp.store import certificates, moving, pair_life, sign_ins, user_numbers
from idp.store.engine import Transaction
from idp.store.ledger import LedgerRow
from idp.store.pair_life import ENDED, MERGED
from idp.store.pairs import LIVE, PairRow
from idp.tenants.tenancy import Tenant


@dataclass(frozen=True, slots=True)
class Merged:
    """What the ledger tells of a merge. `at`: when it was, seconds since 1970."""

    sequence: int
    at: int
    keep: bytes
    other: bytes
    details: Mapping[str, Any]
    secret: Mapping[str, Any]

    @property
    def day(self) -> date:
        """The day on which it was."""
        return datetime.fromtimestamp(self.at, UTC).date()

    @property
    def given(self) -> list[bytes]:
        """The certificates that became the survivor's, by index."""
        return [bytes.fromhex(index) for index in self.secret["certificates"]]

    def names(self, pair: PairRow) -> bool:
        """Whether the merge itself said what became of this pair."""
        stays = [meeting["stays"] for meeting in self.secret["meetings"]]
        return pair.pair_id.hex() in (*self.secret["moved"], *stays)

    def is_later(self, pair: PairRow) -> bool:
        """Whether the pair was made since; of a merge that did not write down what was before, by its day."""
        if "own" in self.secret:
            return pair.pair_id.hex() not in self.secret["own"]
        return pair.created >= self.day


def merged(tx: Transaction, tenant: Tenant, sequence: int) -> Merged:
    """The merge of that number in the ledger, if it can be undone now. Raises NotAllowed with the reason."""
    found: LedgerRow | None = None
    for row in ledger.believed(tx, tenant.keys):
        if row.operation == Operation.PERSON_MERGED and row.sequence == sequence:
            found = row
        elif row.operation == Operation.PERSON_SPLIT and ledger.details_of(row).get("of") == sequence:
            raise NotAllowed("this merge was split already")
    if found is None:
        raise NotAllowed("the ledger has no merge of that number")
    secret = ledger.open_secret(tenant.keys, found)
    keep, other = bytes.fromhex(secret["keep"]), bytes.fromhex(secret["other"])
    if record.surviving(tx, tenant.keys, keep) != keep:
        raise NotAllowed("the survivor was merged with another person since: split that first")
    theirs = record.read(tx, tenant.keys, other)
    if theirs is None or theirs.into != keep:
        raise NotAllowed("the two are not one any more")
    return Merged(sequence, found.at, keep, other, ledger.details_of(found), secret)


@dataclass(frozen=True, slots=True)
class Since:
    """The survivor's numbers that are of no person before the merge.

    `theirs` go to whoever was merged. `stayed` others were made since, `untold` of them by nobody knows whose
    certificate.
    """

    theirs: tuple[PairRow, ...]
    stayed: int
    untold: int

    def counts(self) -> dict[str, JSON]:
        """As officers and the ledger are told."""
        return {"given_back": len(self.theirs), "stayed": self.stayed, "stayed_untold": self.untold}


def since(tx: Transaction, tenant: Tenant, undone: Merged) -> Since:
    """What has come to the survivor since the merge, and whose it is."""
    keys = tenant.keys
    kept = record.read(tx, keys, undone.keep) or Record()
    back = {member.index for member in _theirs(kept, undone.given)}
    mine = {member.index for member in kept.certificates} - back
    theirs, stayed, untold = [], 0, 0
    for pair in _live_of(tx, tenant, undone.keep):
        if undone.names(pair):
            continue
        proof = pair_proofs.opened(keys, pair.pair_id, pair.sealed_proof)
        if proof in back or _came_with(tx, tenant, undone, pair):
            theirs.append(pair)
        elif undone.is_later(pair):
            stayed += 1
            untold += proof not in mine
    return Since(tuple(theirs), stayed, untold)


def _live_of(tx: Transaction, tenant: Tenant, handle: bytes) -> list[PairRow]:
    """The live pairs that are found under a handle."""
    indexes = [tenant.keys.pair_index(sector, handle) for sector in tenant.sectors]
    return list(pair_life.live_at(tx, indexes).values())


def _came_with(tx: Transaction, tenant: Tenant, undone: Merged, pair: PairRow) -> bool:
    """Whether the pair is in the place of one of theirs: of a number that was changed since the merge."""
    return undone.other in record.line(tx, tenant.keys, first_owner(tenant, pair))


@dataclass(frozen=True, slots=True, kw_only=True)
class Splitting:
    """The act, inside the transaction of the second approval."""

    ledger: Ledger
    merging: Merging
    end_latest: Callable[[Transaction, Tenant, str, bytes], int]
    now: Callable[[], datetime]

    def run(self, tx: Transaction, tenant: Tenant, sequence: int) -> int:
        """Split; the operation's number in the ledger. Raises NotAllowed as `merged`."""
        undone = merged(tx, tenant, sequence)
        keep, other, keys, today = undone.keep, undone.other, tenant.keys, self.now().date()
        kept = record.read(tx, keys, keep, held=True) or Record()
        gone = record.read(tx, keys, other, held=True) or Record()
        back, later = _theirs(kept, undone.given), since(tx, tenant, undone)
        for member in back:
            certificates.give(tx, member.index, record.seal_handle(keys, member.index, other))
        record.put(tx, keys, keep, kept.without(member.index for member in back), today=today)
        record.put(tx, keys, other, replace(gone.with_members(back), into=b""), today=today)
        for pair in _live_of(tx, tenant, keep):
            pair_life.revoke_tokens(tx, pair.pair_id)  # either of the two may hold them
            sign_ins.forget_pair(tx, pair.pair_id)  # nor does one see when the other came
            for grant in pair_life.grants(tx, pair.pair_id):  # nor is one told of the other's move
                self.end_latest(tx, tenant, grant.client_id, pair.pair_id)
        for pair in later.theirs:
            self._give(tx, tenant, pair, other)
        for pair_id in undone.secret["moved"]:
            self._move(tx, tenant, bytes.fromhex(pair_id), keep, other)
        for meeting in undone.secret["meetings"]:
            self._part(tx, tenant, meeting, keep, other)
        sessions.end_of(tx, tenant, keep, self.now(), self.merging.end_login)
        ways_ended = self.merging.end_ways(tx, tenant, keep)  # either of the two may have made them
        representations_ended = self.merging.represented.split(tx, tenant, keep, undone.at)
        details: dict[str, JSON] = {
            "by": By.OFFICERS,
            "of": sequence,
            "certificates": len(back),
            "ways_ended": ways_ended,
            "representations_ended": representations_ended,
        }
        details |= later.counts()
        secret: dict[str, JSON] = {
            "keep": keep.hex(),
            "other": other.hex(),
            "given_back": [pair.pair_id.hex() for pair in later.theirs],
        }
        return self.ledger.record(tx, keys, Operation.PERSON_SPLIT, details, secret=secret)

    def _give(self, tx: Transaction, tenant: Tenant, pair: PairRow, target: bytes) -> None:
        """Let a number be theirs that was made for the survivor, who is given another one when they come again."""
        origin = seal_origin(tenant.keys, pair.pair_id, replace(origin_of(tenant, pair), holder=target))
        index = tenant.keys.pair_index(pair.sector_id, target)
        moving.reindex(tx, pair.pair_id, old=pair.pair_index, new=index, sealed_origin=origin)
        bring_former(tx, tenant, pair, index)
        pair_life.count_generation(tx, pair.pair_index, pair.generation + 1)

    def _move(self, tx: Transaction, tenant: Tenant, pair_id: bytes, source: bytes, target: bytes) -> None:
        """Give a pair back to whose it was, if the survivor still holds it and there is no other in its place."""
        pair = pair_life.one(tx, pair_id)
        if pair is None or pair.pair_index != tenant.keys.pair_index(pair.sector_id, source):
            return
        self._settle(tx, tenant, pair, tenant.keys.pair_index(pair.sector_id, target))

    def _settle(self, tx: Transaction, tenant: Tenant, pair: PairRow, index: bytes) -> bool:
        if pair_life.live_at(tx, [index]):
            return False
        relocate(tx, tenant, pair, index)
        return True

    def _part(
        self, tx: Transaction, tenant: Tenant, meeting: Mapping[str, Any], keep: bytes, other: bytes
    ) -> None:
        """A sector where both were known: the number that was replaced counts again and is no former one."""
        stays_id, replaced_id = bytes.fromhex(meeting["stays"]), bytes.fromhex(meeting["replaced"])
        owner = keep if meeting["replaced_of"] == "keep" else other
        if owner == keep:
            self._move(tx, tenant, stays_id, keep, other)
        stays, replaced = pair_life.one(tx, stays_id), pair_life.one(tx, replaced_id)
        if replaced is not None:
            self._forget_former(tx, tenant, replaced, meeting["taken_over"], (keep, other))
        if stays is None or replaced is None or replaced.state != MERGED:
            return
        if not self._settle(tx, tenant, replaced, tenant.keys.pair_index(replaced.sector_id, owner)):
            return
        for client_id in meeting["taken_over"]:
            pair_life.change_grant(tx, replaced_id, client_id, MERGED, LIVE)
        for client_id in {*meeting["numbers"], *meeting["added"]}:
            if user_numbers.by_pair(tx, client_id, replaced_id) is None:
                user_numbers.move(tx, client_id, stays_id, replaced_id)
        for client_id in meeting["added"]:
            pair_life.change_grant(tx, stays_id, client_id, LIVE, ENDED)
            pair_life.forget_consent(tx, stays_id, client_id)
            pair_life.revoke_tokens(tx, stays_id, client_id=client_id)
            self.merging.tell(tx, tenant, client_id, old=stays, new=replaced)

    def _forget_former(
        self, tx: Transaction, tenant: Tenant, replaced: PairRow, services: Iterable[str], people: Iterable[bytes]
    ) -> None:
        """Let no service hear any more that the number was once one of these people's."""
        number = open_ppid(tenant, replaced)
        indexes = [tenant.keys.pair_index(replaced.sector_id, handle) for handle in people]
        for client_id in services:
            for index in indexes:
                former_numbers.end(tx, tenant.keys, client_id, index, number)


def _theirs(kept: Record, given: Iterable[bytes]) -> list[record.Member]:
    """Of the survivor's certificates those that were given, and those that came in by way of them."""
    wanted, found = set(given), True
    while found:
        more = {member.index for member in kept.certificates if member.via in wanted} - wanted
        wanted, found = wanted | more, bool(more)
    return [member for member in kept.certificates if member.index in wanted]
