"""A person's record: their certificates, and the person into whom they were merged. Sealed, in one row."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from idp.keys.sealing import Place, TenantKeys
from idp.store import certificates, people
from idp.store.engine import Transaction

_LONGEST_CHAIN = 100
"""Merges of merged people; no life has so many."""
_STEP = 1024
"""Bytes of a record before it is sealed, or a multiple: room for five certificates and whatever is said beside."""
_ANY = bytes(32)
"""A handle or an index as long as any."""
_LATEST = 10**10 - 1
"""A moment as long as any that is written."""


class By(StrEnum):
    """On whose word two certificates are one person's."""

    LINEAGE = "lineage"
    PROOF = "proof"
    """Both signed in one session."""
    TRANSFER_CODE = "transfer-code"
    OFFICERS = "officers"


class Kind(StrEnum):
    """Who somebody is. Of two kinds nobody is one person, and of the others nobody is merged."""

    RESIDENT = "resident"
    COMPANY = "company"
    STAFF = "staff"


@dataclass(frozen=True, slots=True)
class Member:
    """A certificate of a person, by its index. `via`: that of theirs to which it was linked, or empty."""

    index: bytes
    via: bytes = b""


@dataclass(frozen=True, slots=True)
class Record:
    """`into`: the handle of the person who this one was merged into, empty while they stand by themselves.

    `transfer`: the index of their transfer code, empty where none is out. `departed_at`: since when none of their
    certificates is good any more, and `disabled_at`: since when services are told so (`idp/people/departing.py`);
    seconds since 1970, 0 for not at all. `kind`: who they are.
    """

    certificates: tuple[Member, ...] = ()
    into: bytes = b""
    transfer: bytes = b""
    departed_at: int = 0
    disabled_at: int = 0
    kind: Kind = Kind.RESIDENT

    def with_members(self, members: Iterable[Member]) -> "Record":
        """The same with further certificates; one that is there already stays as it is."""
        known = {member.index for member in self.certificates}
        return replace(self, certificates=(*self.certificates, *(m for m in members if m.index not in known)))

    def without(self, indexes: Iterable[bytes]) -> "Record":
        """The same without these certificates."""
        gone = set(indexes)
        return replace(self, certificates=tuple(m for m in self.certificates if m.index not in gone))


def read(tx: Transaction, keys: TenantKeys, handle: bytes, *, held: bool = False) -> Record | None:
    """The record of that person; None of somebody who first came before there were records."""
    index = keys.person_index(handle)
    row = people.find(tx, index, held=held)
    if row is None:
        return None
    stored = json.loads(keys.open(_place(index), row.sealed_record))
    return Record(
        certificates=tuple(
            Member(bytes.fromhex(m["index"]), bytes.fromhex(m["via"])) for m in stored["certificates"]
        ),
        into=bytes.fromhex(stored["into"]),
        transfer=bytes.fromhex(stored["transfer"]),
        departed_at=stored.get("departed_at", 0),
        disabled_at=stored.get("disabled_at", 0),
        kind=Kind(stored.get("kind", Kind.RESIDENT)),
    )


def since(tx: Transaction, keys: TenantKeys, handle: bytes) -> date | None:
    """The day on which the person first came, where it is remembered."""
    row = people.find(tx, keys.person_index(handle))
    return row.created if row else None


def add(tx: Transaction, keys: TenantKeys, handle: bytes, record: Record, *, created: date) -> None:
    """Store a new person's record."""
    index = keys.person_index(handle)
    people.add(tx, index, people.PersonRow(_sealed(keys, index, record), created))


def put(tx: Transaction, keys: TenantKeys, handle: bytes, record: Record, *, today: date) -> None:
    """Replace the record of a person, or make it for one who had none."""
    index = keys.person_index(handle)
    if people.find(tx, index) is None:
        add(tx, keys, handle, record, created=today)
    else:
        people.put(tx, index, _sealed(keys, index, record))


def extend(tx: Transaction, keys: TenantKeys, handle: bytes, members: Iterable[Member], *, today: date) -> None:
    """Write down further certificates of a person."""
    record = read(tx, keys, handle, held=True) or Record()
    put(tx, keys, handle, record.with_members(members), today=today)


def surviving(tx: Transaction, keys: TenantKeys, handle: bytes) -> bytes:
    """The handle of the person who this one is by now: another one's after a merge."""
    return line(tx, keys, handle)[-1]


def line(tx: Transaction, keys: TenantKeys, handle: bytes) -> list[bytes]:
    """This person's handle, and one after another those of the people into whom they were merged."""
    found = [handle]
    for _ in range(_LONGEST_CHAIN):
        record = read(tx, keys, found[-1])
        if record is None or not record.into:
            return found
        found.append(record.into)
    raise LookupError("people were merged in a circle")


def by_way_of(tx: Transaction, keys: TenantKeys, named: bytes) -> bytes:
    """By way of which certificate another comes to the survivor when it is somebody's who was merged; else empty.

    A split gives it back with that one.
    """
    mine = read(tx, keys, named)
    return mine.certificates[0].index if mine is not None and mine.into and mine.certificates else b""


def holder(tx: Transaction, keys: TenantKeys, cert_index: bytes) -> bytes | None:
    """Whose a certificate is now; their record is held, so that it stays theirs until `tx` ends."""
    for _ in range(2):
        row = certificates.find(tx, cert_index)
        if row is None:
            return None
        handle = open_handle(keys, cert_index, row)
        mine = read(tx, keys, handle, held=True)
        if mine is None or cert_index in {member.index for member in mine.certificates}:
            return handle
    return None


def certificate_place(cert_index: bytes) -> Place:
    """Where the handle stands sealed in the row of a certificate."""
    return Place("certificate", cert_index, "handle")


def seal_handle(keys: TenantKeys, cert_index: bytes, handle: bytes) -> bytes:
    """The handle as a certificate's row keeps it."""
    return keys.seal(certificate_place(cert_index), handle)


def open_handle(keys: TenantKeys, cert_index: bytes, row: certificates.CertificateRow) -> bytes:
    """The handle in a certificate's row."""
    return keys.open(certificate_place(cert_index), row.sealed_handle)


def open_named(keys: TenantKeys, row: certificates.NamedRow) -> bytes:
    """The handle in a certificate's row that was read with its name."""
    return keys.open(certificate_place(row.cert_index), row.sealed_handle)


def _sealed(keys: TenantKeys, index: bytes, record: Record) -> bytes:
    """As long whatever is said beside the certificates, and for however many an ordinary life has.

    Blanks fill it, which JSON passes over: a record of before is read as well.
    """
    members = tuple(Member(_ANY, _ANY) for _ in record.certificates)
    longest = _text(Record(members, into=_ANY, transfer=_ANY, departed_at=_LATEST, disabled_at=_LATEST))
    width = -(-len(longest) // _STEP) * _STEP
    return keys.seal(_place(index), _text(record).ljust(width).encode())


def _text(record: Record) -> str:
    stored = {
        "certificates": [{"index": m.index.hex(), "via": m.via.hex()} for m in record.certificates],
        "into": record.into.hex(),
        "transfer": record.transfer.hex(),
        "departed_at": record.departed_at,
        "disabled_at": record.disabled_at,
        **({} if record.kind is Kind.RESIDENT else {"kind": str(record.kind)}),
    }
    return json.dumps(stored)


def _place(index: bytes) -> Place:
    return Place("person", index, "record")
