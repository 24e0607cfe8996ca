"""A batch's questions: read from JSON or CSV, cut into parts, packed for storing. Pure.

The order of the questions is that of the results, whatever they are grouped by.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from connectors.ports import CertificateKind
from idp.jpki.crl_reasons import BY_SEVERITY
from idp.store.crl_index.lists import Status, Verdict
from idp.verification import shapes
from idp.verification.problems import ApiProblem

MAX_SERIALS = 1_000_000
MAX_GROUPS = 1000
"""Groups in JSON; a CSV's are as many as its lines make."""
_MAX_BRACKETS = 4 * MAX_GROUPS
_MAX_COMMAS = MAX_SERIALS + 8 * MAX_GROUPS
"""More of either than the greatest batch needs: such a text is not even parsed, since every value costs memory."""
PART = 50_000
"""Questions in one part: a second of work, and what a crash costs."""
CSV_HEADER = "kind,serial,issuer_key_id"
_CSV_LINE = re.compile(r"(user|signature),([1-9a-f][0-9a-f]{0,39}),((?:[0-9a-f]{40})?)")
_REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Group:
    """Serial numbers (hexadecimal, as they came) of one kind and, if known, one issuer."""

    kind: CertificateKind
    issuer_key_id: str | None
    serials: Sequence[str]


def from_json(unverified: bytes) -> list[Group]:
    """One group or a list of groups. Raises ApiProblem: malformed, or too_large for too many groups or numbers."""
    if unverified.count(b"[") + unverified.count(b"{") > _MAX_BRACKETS:
        raise _too_many_groups()
    if unverified.count(b",") > _MAX_COMMAS:
        raise _too_many()
    members = shapes.parse(unverified)
    groups = [_group(shapes.read(shapes.SerialGroup, one)) for one in _listed(members)]
    return _require_some(groups)


def from_csv(unverified: bytes) -> list[Group]:
    """`kind,serial,issuer_key_id` a line, that header first. Raises ApiProblem as `from_json` does."""
    if unverified.count(b"\n") > MAX_SERIALS + 1:
        raise _too_many()
    try:
        lines = unverified.decode("ascii").replace("\r\n", "\n").removesuffix("\n").split("\n")
    except UnicodeDecodeError as error:
        raise ApiProblem("malformed", "the body is not ASCII") from error
    if lines[0] != CSV_HEADER:
        raise ApiProblem("malformed", f"the first line is not {CSV_HEADER}")
    if len(lines) - 1 > MAX_SERIALS:
        raise _too_many()
    groups: list[Group] = []
    before, serials = None, list[str]()
    for number, line in enumerate(islice(lines, 1, None), start=2):
        found = _CSV_LINE.fullmatch(line)
        if found is None:
            raise ApiProblem("malformed", f"line {number} is not kind,serial,issuer_key_id")
        kind, serial, key_id = found.groups()
        if before != (kind, key_id):
            before, serials = (kind, key_id), []
            groups.append(Group(CertificateKind(kind), key_id or None, serials))
        serials.append(serial)
    return _require_some(groups)


def parts(groups: Sequence[Group], size: int = PART) -> Iterator[list[Group]]:
    """The questions in parts of `size`, the last one smaller, in their order."""
    part: list[Group] = []
    room = size
    for group in groups:
        start = 0
        while start < len(group.serials):
            taken = group.serials[start : start + room]
            part.append(Group(group.kind, group.issuer_key_id, taken))
            start, room = start + len(taken), room - len(taken)
            if not room:
                yield part
                part, room = [], size
    if part:
        yield part


def total(groups: Sequence[Group]) -> int:
    """How many questions there are."""
    return sum(len(group.serials) for group in groups)


def pack(groups: Sequence[Group]) -> bytes:
    """A part's questions for storing."""
    rows = [[group.kind, group.issuer_key_id, " ".join(group.serials)] for group in groups]
    return json.dumps(rows, separators=(",", ":")).encode()


def unpack(packed: bytes) -> list[Group]:
    """Undo `pack`."""
    rows = json.loads(packed)
    return [Group(CertificateKind(kind), key_id, serials.split(" ")) for kind, key_id, serials in rows]


_ANSWERS: tuple[tuple[str, str | None], ...] = (
    (Status.NOT_LISTED, None),
    (Status.EVIDENCE_MISSING, None),
    (_REFUSED, None),
    *((Status.REVOKED, reason) for reason in BY_SEVERITY),
)
"""Status and reason by the octet that stands for them. Stored batches depend on the order for a day."""
_OCTETS = {answer: octet for octet, answer in enumerate(_ANSWERS)}
REFUSED = bytes([_OCTETS[_REFUSED, None]])
"""The answer for an issuer that nobody trusts."""
MISSING = bytes([_OCTETS[Status.EVIDENCE_MISSING, None]])
"""The answer where a list is missing or too old."""


def pack_verdicts(verdicts: Sequence[Verdict]) -> bytes:
    """One octet for each verdict."""
    return bytes(_OCTETS[verdict.status, verdict.reason] for verdict in verdicts)


def unpack_verdicts(packed: bytes) -> list[tuple[str, str | None]]:
    """Status and reason of each octet."""
    return [_ANSWERS[octet] for octet in packed]


def _listed(members: object) -> list[object]:
    if not isinstance(members, list):
        return [members]
    if len(members) > MAX_GROUPS:
        raise _too_many_groups()
    return members


def _group(read: shapes.SerialGroup) -> Group:
    return Group(CertificateKind(read.kind), read.issuer_key_id, read.serials)


def _require_some(groups: list[Group]) -> list[Group]:
    if not groups:
        raise ApiProblem("malformed", "there is no serial number")
    if total(groups) > MAX_SERIALS:
        raise _too_many()
    return groups


def _too_many() -> ApiProblem:
    return ApiProblem("too_large", f"more than {MAX_SERIALS} serial numbers")


def _too_many_groups() -> ApiProblem:
    return ApiProblem("too_large", f"more than {MAX_GROUPS} groups")
