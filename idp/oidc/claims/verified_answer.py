"""What a service is told of a verification: of what may be told, what it asked for, or nothing at all. Pure.

OpenID Connect for Identity Assurance 1.0, sections 5.4 to 5.7: what was not asked for is not given; what is not
there is left out; where something has to be what it is not, all of it is left out, and that is never an error.
"""

import contextlib
from collections.abc import Mapping
from types import MappingProxyType

from idp.oidc.authorization.verified_request import CONSTRAINTS, SIMPLE
from idp.oidc.claims.vouching import Fact, Moment
from idp.strict_json import Json

_REQUIRED: Mapping[str, str] = MappingProxyType(
    {"document_details": "type", "record": "type", "check_details": "check_method"}
)
"""Elements that say nothing without one of theirs: left out where that one was not asked for (section 5.7.5)."""


class _Unmet(Exception):
    """Something has to be what it is not."""


def verification(request: Mapping[str, Json], facts: Mapping[str, Fact], *, asked_at: int) -> Json:
    """The element `verification` of an answer; None where there is none to give.

    `request`: as `verified_request` found it well-formed; `asked_at`: to when an age counts, seconds since 1970.
    """
    try:
        return _members("verification", request, facts, asked_at)
    except _Unmet:
        return None


def is_met(asked: Json, claim: Json) -> bool:
    """Whether a claim is what it has to be, if it has to be something; none of ours has an age."""
    if not isinstance(asked, dict):
        return True
    return "max_age" not in asked and _is_one_of(asked, claim)


def _told(name: str, asked: Json, fact: Fact | None, asked_at: int) -> Json:
    """One element; None where it is left out."""
    if fact is None and constrains(asked):
        raise _Unmet
    if isinstance(fact, str | Moment):
        return _leaf(asked, fact, asked_at)
    if isinstance(fact, tuple) and isinstance(asked, list):
        return _entries(name, asked, fact, asked_at)
    if isinstance(fact, Mapping) and isinstance(asked, dict):
        return _members(name, asked, fact, asked_at)
    return None


def _members(name: str, asked: Mapping[str, Json], facts: Mapping[str, Fact], asked_at: int) -> Json:
    """The members that were asked for: whoever asks for the whole alone gets none of them (section 5.4)."""
    told: dict[str, Json] = {}
    for member, wanted in asked.items():
        found = None if member in SIMPLE else _told(member, wanted, facts.get(member), asked_at)
        if found is not None:
            told[member] = found
    says_nothing = name in _REQUIRED and _REQUIRED[name] not in told
    return None if says_nothing else told or None


def _entries(name: str, asked: list[Json], facts: tuple[Fact, ...], asked_at: int) -> Json:
    """The facts that fit one of the entries asked for."""
    found = [answers for fact in facts if (answers := _by_entries(name, asked, fact, asked_at))]
    if not found:
        raise _Unmet
    told = [next((answer for answer in answers if answer is not None), None) for answers in found]
    return [entry for entry in told if entry is not None] or None


def _by_entries(name: str, asked: list[Json], fact: Fact, asked_at: int) -> list[Json]:
    """What the entries that a fact fits tell of it, in their order: the first that tells something counts."""
    answers = []
    for entry in asked:
        with contextlib.suppress(_Unmet):
            answers.append(_told(name, entry, fact, asked_at))
    return answers


def _leaf(asked: Json, fact: str | Moment, asked_at: int) -> Json:
    told = str(fact)
    if not isinstance(asked, dict):
        return told
    max_age = asked.get("max_age")
    young = max_age is None or (isinstance(fact, Moment) and _age(fact, asked_at) <= _seconds(max_age))
    if not young or not _is_one_of(asked, told):
        raise _Unmet
    return told


def _is_one_of(asked: Mapping[str, Json], told: Json) -> bool:
    values = [asked["value"]] if "value" in asked else asked.get("values", [told])
    return isinstance(values, list) and told in values


def _age(moment: Moment, asked_at: int) -> int:
    return max(0, asked_at - moment.last_second)


def _seconds(max_age: Json) -> float:
    return max_age if isinstance(max_age, int | float) else -1


def constrains(asked: Json) -> bool:
    """Whether something inside has to be something; of several entries one is enough."""
    if isinstance(asked, list):
        return all(constrains(inner) for inner in asked)
    if not isinstance(asked, dict):
        return False
    return bool(asked.keys() & CONSTRAINTS) or any(constrains(inner) for inner in asked.values())
