"""Serial numbers by the hundred thousand against lists: what shelters, file exchange and batches ask.

A serial number alone names no issuer: it is asked of every live generation of its kind, unless it comes with the
issuer's key identifier.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from connectors.ports import CertificateKind
from idp.jpki.certificate import SERIAL_END
from idp.jpki.revocation import Method
from idp.jpki.trust import Anchor
from idp.revocation.tally import Asked
from idp.store.crl_index.lists import Status, Verdict

BLOCK = 20_000
"""How many are looked up between two reports of progress."""
UNKNOWN_ISSUER = Verdict(Status.EVIDENCE_MISSING, "unknown_issuer")
"""Nobody to ask: the key identifier is no anchor's of that kind, or none was given and no generation is alive."""
_HEXADECIMAL = re.compile(r"[0-9a-f]{1,42}")


class SerialRefused(ValueError):
    """A text that is no serial number, or no key identifier."""


@dataclass(frozen=True, slots=True)
class Named:
    """A certificate by its kind, serial number and, where known, its issuer's key identifier (20 bytes)."""

    kind: CertificateKind
    serial: int
    issuer_key_id: bytes | None = None


class SerialLists(Protocol):
    """Lists that are asked about serial numbers."""

    def verdicts(self, anchor: Anchor, serials: Sequence[int]) -> list[Verdict]:
        """What all lists of `anchor` say of each. Raises CrlRefused for an index that cannot be used."""
        ...


def read_serial(text: str, *, decimal: bool = False) -> int:
    """A serial number in hexadecimal, as viewers write it (`0A:1B`, `0x0a1b`, `0a 1b`), or in decimal.

    Raises SerialRefused; `1.2E+10`, which a spreadsheet makes of a long number, is none.
    """
    plain = text.strip()
    if decimal:
        well_formed = plain.isascii() and plain.isdigit() and len(plain) <= 48
        number = int(plain) if well_formed else 0
    else:
        if not _HEXADECIMAL.fullmatch(plain):
            plain = re.sub(r"[:\s]", "", plain.lower()).removeprefix("0x")
        number = int(plain, 16) if _HEXADECIMAL.fullmatch(plain) else 0
    if not 0 < number < SERIAL_END:
        raise SerialRefused("no serial number")
    return number


def read_key_id(text: str) -> bytes | None:
    """An issuer's key identifier in hexadecimal; None for nothing. Raises SerialRefused."""
    if not text:
        return None
    plain = re.sub(r"[:\s]", "", text.lower())
    if not re.fullmatch(r"[0-9a-f]{40}", plain):
        raise SerialRefused("no key identifier")
    return bytes.fromhex(plain)


def verdicts(
    lists: SerialLists,
    anchors: Iterable[Anchor],
    names: Sequence[Named],
    *,
    now: datetime,
    progress: Callable[[int], None] = lambda done: None,
) -> list[Verdict]:
    """What the lists say of each, in the same order. `progress` is told how many are done.

    *Revoked* when one generation says so, *not listed* when every one does, else *evidence missing*. Raises
    CrlRefused for an index that cannot be used.
    """
    trusted = list(anchors)
    answers: list[Verdict] = [UNKNOWN_ISSUER] * len(names)
    for start in range(0, len(names), BLOCK):
        for (kind, key_id), places in _grouped(names, range(start, min(start + BLOCK, len(names)))).items():
            asked = generations(trusted, kind, key_id, now=now)
            serials = [names[place].serial for place in places]
            for place, verdict in zip(places, by_lists(lists, asked, serials), strict=True):
                answers[place] = verdict
        progress(min(start + BLOCK, len(names)))
    return answers


def questions(names: Sequence[Named], answers: Sequence[Verdict]) -> Mapping[Asked, int]:
    """What the meter counts: one question to the lists for each, answered unless evidence is missing.

    None where the issuer is nobody's: no list was asked.
    """
    found: dict[Asked, int] = {}
    for name, verdict in zip(names, answers, strict=True):
        if verdict == UNKNOWN_ISSUER:
            continue
        answered = verdict.status is not Status.EVIDENCE_MISSING
        asked = Asked(name.kind, Method.CRL, remembered=False, answered=answered)
        found[asked] = found.get(asked, 0) + 1
    return found


def _grouped(
    names: Sequence[Named], places: Iterable[int]
) -> Mapping[tuple[CertificateKind, bytes | None], list[int]]:
    groups: dict[tuple[CertificateKind, bytes | None], list[int]] = {}
    for place in places:
        groups.setdefault((names[place].kind, names[place].issuer_key_id), []).append(place)
    return groups


def generations(
    trusted: Iterable[Anchor], kind: CertificateKind, key_id: bytes | None, *, now: datetime
) -> list[Anchor]:
    """The generation of that key, or every one of the kind that is within its own validity; may be empty."""
    of_kind = [anchor for anchor in trusted if anchor.kind is kind]
    if key_id is not None:
        return [anchor for anchor in of_kind if anchor.key_id == key_id]
    return [anchor for anchor in of_kind if anchor.lives(now)]


def by_lists(lists: SerialLists, of: Iterable[Anchor], serials: Sequence[int]) -> list[Verdict]:
    """The gravest that the lists of any of these generations say; no generation at all is an unknown issuer.

    Raises CrlRefused for an index that cannot be used.
    """
    answers: list[Verdict] = []
    for anchor in of:
        found = lists.verdicts(anchor, serials)
        answers = [max(pair, key=_weight) for pair in zip(answers, found, strict=True)] if answers else found
    return answers or [UNKNOWN_ISSUER] * len(serials)


_WEIGHTS = {Status.NOT_LISTED: 0, Status.EVIDENCE_MISSING: 1, Status.REVOKED: 2}


def _weight(verdict: Verdict) -> int:
    return _WEIGHTS[verdict.status]
