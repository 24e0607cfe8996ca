"""One part of a batch: its questions gathered into sets, each set asked once, the answers put back in order. Pure.

However the questions alternate, there are no more sets than kinds and issuers, and a few counts for the meter.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from connectors.ports import CertificateKind
from idp.verification import questions
from idp.verification.questions import Group


@dataclass(frozen=True, slots=True)
class Answered:
    """One octet for each question, in the order of the questions; and what the meter counts of them.

    `counts`: kind and whether the lists gave an answer -> how many. Nothing where there was no list to ask,
    because nobody trusts the issuer.
    """

    answers: bytes
    counts: Mapping[tuple[CertificateKind, bool], int]


@dataclass(frozen=True, slots=True)
class _Set:
    """The serial numbers of one kind and issuer, and the stretches of the part that they came from, in order."""

    serials: list[str] = field(default_factory=list)
    stretches: list[tuple[int, int]] = field(default_factory=list)


def answer(groups: Sequence[Group], ask: Callable[[Group], bytes]) -> Answered:
    """Ask about every set of the part once; `ask` answers with one octet for each of its serial numbers."""
    whole = bytearray(questions.total(groups))
    counts: Counter[tuple[CertificateKind, bool]] = Counter()
    for (kind, key_id), found in _gathered(groups).items():
        answers = ask(Group(kind, key_id, found.serials))
        missing, refused = answers.count(questions.MISSING), answers.count(questions.REFUSED)
        counts[kind, False] += missing
        counts[kind, True] += len(answers) - missing - refused
        taken = 0
        for start, end in found.stretches:
            whole[start:end] = answers[taken : taken + end - start]
            taken += end - start
    return Answered(bytes(whole), counts)


def _gathered(groups: Sequence[Group]) -> Mapping[tuple[CertificateKind, str | None], _Set]:
    sets: dict[tuple[CertificateKind, str | None], _Set] = {}
    start = 0
    for group in groups:
        end = start + len(group.serials)
        gathered = sets.setdefault((group.kind, group.issuer_key_id), _Set())
        gathered.serials.extend(group.serials)
        gathered.stretches.append((start, end))
        start = end
    return sets
