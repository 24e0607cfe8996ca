"""The report on a document's signatures in Japanese, for the people who decide on an application.

It says nothing of who signed, so that it may be filed with the application as it is.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any

from idp.japan import JAPAN
from idp.signatures.judged import Judged, StampState


@cache
def words() -> Mapping[str, Any]:
    """The phrases."""
    read: dict[str, Any] = json.loads(files("idp.signatures").joinpath("words.json").read_text(encoding="utf-8"))
    return read


def write(
    judged: Sequence[Judged],
    same: Sequence[bool | None],
    *,
    asked_same: bool,
    procedure: str = "",
    lacks: Sequence[str] = (),
) -> str:
    """One line for each thing that is to be known.

    `same`: of each signature, whether it is the person's. `procedure`: the name of the one that it was judged for,
    empty for none; `lacks`: what the document lacks for it.
    """
    good = sum(one.code is None for one in judged)
    total = "all_good" if good == len(judged) else "not_all_good"
    lines = [words()[total].format(count=len(judged), good=good)]
    if procedure:
        lines.insert(0, words()["procedure"]["lacks" if lacks else "satisfied"].format(name=procedure))
        lines[1:1] = [f"　{words()['lacks'][lack]}" for lack in lacks]
    for number, (one, is_same) in enumerate(zip(judged, same, strict=True), start=1):
        lines.append(words()["number"].format(number=number) + verdict(one))
        lines += [f"　{line}" for line in _details(one)]
        if asked_same:
            lines.append(f"　{words()['same_person'][json.dumps(is_same)]}")
    return "\n".join([*lines, words()["law"]])


def verdict(one: Judged) -> str:
    """What was found out, in one sentence."""
    if one.code is not None:
        return str(words()[one.code])
    if one.revoked_since:
        return str(words()["relied_on_revoked_since"])
    return str(words()["relied_on" if one.judged_as_of is None else "relied_on_expired_since"])


def _details(one: Judged) -> list[str]:
    return [
        words()["kind"]["unknown" if one.kind is None else one.kind],
        words()["coverage"][one.found.coverage],
        _time(one),
        *([words()["time"]["untrusted"]] if one.stamp is StampState.UNTRUSTED else []),
    ]


def _time(one: Judged) -> str:
    if one.stamped_at is not None:
        return str(words()["time"]["trusted"].format(at=_moment(one.stamped_at)))
    claimed = one.found.claimed_at
    return str(words()["time"]["claimed"].format(at=_moment(claimed)) if claimed else words()["time"]["none"])


def _moment(at: datetime) -> str:
    """As a clock in Japan shows it."""
    return f"{at.astimezone(JAPAN):%Y年%m月%d日%H時%M分}"
