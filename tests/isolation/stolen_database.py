"""What a thief makes of a stolen database: all tables with everything that a copy of them tells, and no key.

Physical order, transaction numbers, lengths and moments count as columns like the others. Nothing of the product
is imported: what the thief knows of it stands in its published documents.
"""

import base64
import binascii
import hashlib
import hmac
import json
import re
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from cryptography.hazmat.primitives.hmac import HMAC
from psycopg import sql

PLACE, BORN = "(place)", "(transaction)"
"""Columns that no schema names: where a row lies, and which transaction wrote it (PostgreSQL: ctid and xmin)."""
TELLING = 8
"""Bytes that do not agree by chance."""
WORDS = re.compile(rb"[0-9]+|[0-9]{4}-[0-9]{2}-[0-9]{2}|[a-z_. -]+")
"""Numbers, dates and the product's own words name nobody."""
Row = dict[str, object]


@dataclass
class Stolen:
    """Table -> rows in the order in which they lie."""

    tables: dict[str, list[Row]]
    _leaves: dict[tuple[str, int], frozenset[bytes]] = field(default_factory=dict)

    @classmethod
    def from_sqlite(cls, path: Path) -> "Stolen":
        """A copied file."""
        with closing(sqlite3.connect(path)) as connection:
            connection.row_factory = sqlite3.Row
            names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            tables = {}
            for name in names:
                found = [dict(row) for row in connection.execute(f'SELECT * FROM "{name}"')]
                tables[name] = [{**row, PLACE: at} for at, row in enumerate(found)]
        return cls(tables)

    @classmethod
    def from_postgresql(cls, dsn: str) -> "Stolen":
        """Everything that whoever runs the server can read."""
        with psycopg.connect(dsn, row_factory=psycopg.rows.dict_row) as connection:
            listed = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
            tables = {}
            for name in (row["tablename"] for row in listed):
                query = sql.SQL("SELECT *, ctid::text AS _place, xmin::text::bigint AS _born FROM {}")
                rows = connection.execute(query.format(sql.Identifier(name))).fetchall()
                tables[name] = [
                    {**_plain(row), PLACE: at, BORN: row["_born"]}
                    for at, row in enumerate(sorted(rows, key=lambda row: _point(row["_place"])))
                ]
        return cls(tables)

    def rows(self) -> Iterator[tuple[tuple[str, int], Row]]:
        """Every row with its name here."""
        for table, rows in self.tables.items():
            for at, row in enumerate(rows):
                yield (table, at), row

    def leaves(self, name: tuple[str, int]) -> frozenset[bytes]:
        """All values inside a row, decoded as far as they can be."""
        if name not in self._leaves:
            row = self.tables[name[0]][name[1]]
            self._leaves[name] = frozenset(leaf for value in row.values() for leaf in _inside(value))
        return self._leaves[name]

    def everything(self) -> set[bytes]:
        """All values of all rows."""
        return {leaf for name, _ in self.rows() for leaf in self.leaves(name)}


def _plain(row: Row) -> Row:
    found = {name: value for name, value in row.items() if name not in ("_place", "_born")}
    return {name: bytes(value) if isinstance(value, memoryview) else value for name, value in found.items()}


def _point(ctid: str) -> tuple[int, ...]:
    return tuple(int(part) for part in ctid.strip("()").split(","))


def _inside(value: object) -> Iterator[bytes]:
    if isinstance(value, bytes):
        yield value
    elif isinstance(value, str):
        yield value.encode()
        yield from _decoded(value)
    elif isinstance(value, dict):
        yield from (leaf for inner in value.values() for leaf in _inside(inner))
    elif isinstance(value, list):
        yield from (leaf for inner in value for leaf in _inside(inner))


def _decoded(text: str) -> Iterator[bytes]:
    if text[:1] in {"{", "["}:
        yield from _inside(json.loads(text))
    elif re.fullmatch(r"([0-9a-f]{2}){8,}", text):
        yield bytes.fromhex(text)
    elif re.fullmatch(r"[\w-]{16,}", text):
        try:
            yield base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        except binascii.Error:
            return


# Enumerating serial numbers


def forms(serial: int) -> tuple[bytes, ...]:
    """A serial number as somebody might have written it before hashing."""
    minimal = serial.to_bytes((serial.bit_length() + 7) // 8 or 1, "big")
    der = serial.to_bytes(serial.bit_length() // 8 + 1, "big")
    return (
        minimal,
        serial.to_bytes(8, "big"),
        str(serial).encode(),
        b"%x" % serial,
        b"%X" % serial,
        bytes([2, len(der)]) + der,
    )


def lp(*parts: bytes) -> bytes:
    """Length-prefixed parts, as the published format says."""
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)


@dataclass(frozen=True)
class Issuer:
    """What the dump itself says of an issuing key, and whose residents are looked for."""

    tenant_id: str
    kind: str
    spki_sha256: bytes

    def message(self, serial: int) -> bytes:
        """What a certificate's index is made of."""
        minimal = serial.to_bytes((serial.bit_length() + 7) // 8 or 1, "big")
        return lp(b"cert-index/1", self.tenant_id.encode(), self.kind.encode(), self.spki_sha256, minimal)


def issuers(stolen: Stolen, tenant_id: str) -> list[Issuer]:
    """Those of user certificates that the tenant trusts."""
    return [
        Issuer(tenant_id, str(row["kind"]), bytes(row["spki_sha256"]))
        for row in stolen.tables["trust_anchor"]
        if (row["tenant_id"], row["kind"]) == (tenant_id, "user")
    ]


def keys_in(stolen: Stolen) -> list[bytes]:
    """Whatever in a dump might be a key, and what lazy people take for one."""
    found = {leaf for leaf in stolen.everything() if 16 <= len(leaf) <= 64 and not WORDS.fullmatch(leaf)}
    lazy = {b"", bytes(32), b"secret", *(str(row["tenant_id"]).encode() for row in stolen.tables["tenant"])}
    return sorted(found | lazy | {str(row["issuer"]).encode() for row in stolen.tables["tenant"]})


def found_without_key(stolen: Stolen, tenant_id: str, serials: Iterable[int]) -> set[int]:
    """Serial numbers that the dump betrays by a construction without a key, at any length of the digest."""
    known = {leaf[:TELLING] for leaf in stolen.everything()}
    those, found = issuers(stolen, tenant_id), set()
    for serial in serials:
        written = (*forms(serial), *(issuer.message(serial) for issuer in those))
        if any(form in known or hashlib.sha256(form).digest()[:TELLING] in known for form in written):
            found.add(serial)
    return found


def found_with_keys(stolen: Stolen, tenant_id: str, serials: Iterable[int], keys: Iterable[bytes]) -> set[int]:
    """Serial numbers that one of these keys betrays."""
    known = {leaf[:TELLING] for leaf in stolen.everything()}
    those, found, keys = issuers(stolen, tenant_id), set(), list(keys)
    for serial in serials:
        written = [*forms(serial), *(issuer.message(serial) for issuer in those)]
        if any(hmac.digest(key, form, "sha256")[:TELLING] in known for key in keys for form in written):
            found.add(serial)
    return found


def found_with_index_key(stolen: Stolen, issuer: Issuer, serials: Iterable[int], keyed: HMAC) -> dict[int, Row]:
    """The rows of certificates by serial number, for whoever has the index key too, set up as memory holds it."""
    rows = {bytes(row["cert_index"]): row for row in stolen.tables["certificate"]}
    tags = ((serial, _tag(keyed, issuer.message(serial))) for serial in serials)
    return {serial: rows[tag] for serial, tag in tags if tag in rows}


def _tag(keyed: HMAC, message: bytes) -> bytes:
    begun = keyed.copy()
    begun.update(message)
    return begun.finalize()


# Joining two services' lists


@dataclass(frozen=True)
class Listed:
    """What a service knows of one of its users: the number, and when it received tokens (`iat`)."""

    sub: str
    moments: tuple[int, ...]


@dataclass
class Neighbourhoods:
    """Rows that hang together by equal values, but for values that many rows have."""

    stolen: Stolen
    common: int
    _parent: dict[tuple[str, int], tuple[str, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        holders = defaultdict(list)
        for name, _ in self.stolen.rows():
            self._parent[name] = name
            for leaf in self.stolen.leaves(name):
                if len(leaf) >= TELLING and not WORDS.fullmatch(leaf):
                    holders[leaf].append(name)
        for names in holders.values():
            if len(names) < self.common:
                for name in names[1:]:
                    self._parent[self.root(name)] = self.root(names[0])

    def root(self, name: tuple[str, int]) -> tuple[str, int]:
        """One name for all rows that hang together."""
        while self._parent[name] != name:
            self._parent[name] = name = self._parent[self._parent[name]]
        return name

    def of(self, name: tuple[str, int]) -> list[tuple[str, int]]:
        """All rows that hang together with this one."""
        root = self.root(name)
        return [other for other in self._parent if self.root(other) == root]


def pair_of(stolen: Stolen, sub: str) -> tuple[str, int]:
    """The row of a number that a service has: its digest stands there."""
    digest = hashlib.sha256(sub.encode()).digest()
    at = next(at for at, row in enumerate(stolen.tables["pair"]) if bytes(row["ppid_digest"]) == digest)
    return "pair", at


def joined_by_values(stolen: Stolen, one: list[Listed], other: list[Listed]) -> float:
    """How many users of `one` are found in `other` (each at the same position) by values that hang together."""
    areas = Neighbourhoods(stolen, common=max(len(one), TELLING))
    there = [areas.root(pair_of(stolen, user.sub)) for user in other]
    here = [areas.root(pair_of(stolen, user.sub)) for user in one]
    return sum(1 / there.count(root) for at, root in enumerate(here) if there[at] == root)


def joined_by_nearness(stolen: Stolen, one: list[Listed], other: list[Listed]) -> dict[str, float]:
    """The same by whatever can be put in order: for each pair of such columns, how many are found nearest by rank.

    A guess among equally near ones counts in part. Whoever guesses blindly finds one, however many there are.
    """
    areas = Neighbourhoods(stolen, common=max(len(one), TELLING))
    here, there = (_orders(stolen, areas, users) for users in (one, other))
    return {f"{a} ~ {b}": _nearest(here[a], there[b]) for a in here for b in there}


def joined_by_services_alone(one: list[Listed], other: list[Listed]) -> float:
    """The same by what the two services know without any dump: when each user's first tokens came."""
    return _nearest(*([float(user.moments[0]) for user in users] for users in (one, other)))


def _orders(stolen: Stolen, areas: Neighbourhoods, users: list[Listed]) -> dict[str, list[float]]:
    """By each column whose values can be ordered: the rank of each user. Columns that some lack are left out."""
    columns = defaultdict(dict)
    for at, user in enumerate(users):
        for name in areas.of(pair_of(stolen, user.sub)):
            for column, value in stolen.tables[name[0]][name[1]].items():
                for kind, number in _numbers(value):
                    columns[f"{name[0]}.{column}{kind}"].setdefault(at, []).append(number)
    whole = {name: values for name, values in columns.items() if len(values) == len(users)}
    firsts = {f"{name}, first": [min(values[at]) for at in range(len(users))] for name, values in whole.items()}
    lasts = {f"{name}, last": [max(values[at]) for at in range(len(users))] for name, values in whole.items()}
    return {name: _ranks(values) for name, values in (firsts | lasts).items() if len(set(values)) > 1}


def _numbers(value: object) -> Iterator[tuple[str, float]]:
    if isinstance(value, int | float) and not isinstance(value, bool):
        yield "", float(value)
    if isinstance(value, bytes | str):
        yield " (length)", float(len(value))
        head = value if isinstance(value, bytes) else value.encode()
        yield " (value)", float(int.from_bytes(head[:6].ljust(6, b"\0"), "big"))


def _ranks(values: list[float]) -> list[float]:
    ordered = sorted(values)
    return [ordered.index(value) / len(values) for value in values]


def _nearest(here: list[float], there: list[float]) -> float:
    found = 0.0
    for at, value in enumerate(here):
        gaps = [abs(value - other) for other in there]
        least = min(gaps)
        if gaps[at] == least:
            found += 1 / gaps.count(least)
    return found
