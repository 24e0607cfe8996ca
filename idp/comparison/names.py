"""Names of people: in Chinese characters, in kana, in Latin letters; with a former or common name in brackets.

A certificate's name separates family and given name by an ideographic space, an application often by none: a space
that only one of the two has tells nothing. Two that stand in different places do: 小野 寺子 is not 小野寺 子.
"""

import re
import unicodedata
from itertools import permutations

from idp.comparison.characters import is_kana, is_latin, is_unreadable, typed
from idp.comparison.likeness import likeness
from idp.comparison.outcome import DIFFERENT, SAME, Finding, Outcome, Why, cannot_tell, together

_BRACKETS = re.compile(r"[\[(〔【「『](?P<inner>[^\[\]()〔〕【】「」『』]*)[\])〕】」』]")
_MOST_PARTS = 5
"""Words of a Latin name that are tried in every order."""


def compare(left: str, right: str) -> Finding:
    """Compare two names. A kana reading is `compare_kana`'s."""
    if is_unreadable(left) or is_unreadable(right):
        return cannot_tell(Why.UNREADABLE)
    (one, first), (other, second) = _apart(typed(left)), _apart(typed(right))
    if not one or not other:
        return cannot_tell(Why.MISSING)
    found = _main(one, other)
    if first == second == "":
        return found
    if first and second:
        return together((found, _main(first, second)))
    alias, plain, named = (first, one, other) if first else (second, other, one)
    if _could_be(alias, plain, named):
        return cannot_tell(Why.FORMER_OR_COMMON_NAME)
    return found if found is DIFFERENT else cannot_tell(Why.FORMER_OR_COMMON_NAME, *found.because)


def compare_kana(left: str, right: str) -> Finding:
    """Compare two readings: whether in katakana or in hiragana says nothing here."""
    if is_unreadable(left) or is_unreadable(right):
        return cannot_tell(Why.UNREADABLE)
    one, other = typed(left), typed(right)
    if not one or not other:
        return cannot_tell(Why.MISSING)
    found = _main(one, other)
    if found == cannot_tell(Why.KANA_SCRIPT):
        return SAME
    return cannot_tell(*(why for why in found.because if why is not Why.KANA_SCRIPT)) if found.because else found


def _apart(name: str) -> tuple[str, str]:
    """The name without what stands in brackets, and that."""
    inner = [found["inner"].strip() for found in _BRACKETS.finditer(name)]
    return " ".join(_BRACKETS.sub(" ", name).split()), " ".join(inner)


def _main(one: str, other: str) -> Finding:
    if is_latin(one) and is_latin(other):
        return _latin(one.upper(), other.upper())
    if _scripts(one) != _scripts(other):
        return cannot_tell(Why.OTHER_SCRIPT)
    joined = likeness(one.replace(" ", ""), other.replace(" ", ""))
    if joined.outcome is Outcome.DIFFERENT or " " not in one or " " not in other:
        return joined
    if _lengths(one) == _lengths(other):
        return joined
    return cannot_tell(Why.NAME_SPLIT, *joined.because)


def _latin(one: str, other: str) -> Finding:
    """Names in Latin letters: capitals tell nothing, spaces do, and records order the parts in their own ways."""
    found = likeness(one, other)
    if found.outcome is not Outcome.DIFFERENT:
        return found
    words, others = _words(one), _words(other)
    fewer, more = sorted((words, others), key=len)
    if len(more) <= _MOST_PARTS and _in_any_order(words, others):
        return cannot_tell(Why.NAME_ORDER)
    if fewer and set(fewer) < set(more):
        return cannot_tell(Why.NAME_PART_MISSING)
    return DIFFERENT


def _in_any_order(words: list[str], others: list[str]) -> bool:
    return any(
        likeness(" ".join(order), " ".join(others)).outcome is not Outcome.DIFFERENT
        for order in permutations(words)
    )


def _words(name: str) -> list[str]:
    return [word for word in re.split(r"[ ,.]+", name) if word]


def _could_be(alias: str, plain: str, named: str) -> bool:
    """Whether a name is the other one of a person, or that with the family name of one and the given name of the
    other.
    """
    given = plain.rsplit(" ", maxsplit=1)[-1]
    candidates = (alias, f"{alias} {given}", alias + given)
    return any(_main(candidate, named).outcome is not Outcome.DIFFERENT for candidate in candidates)


def _scripts(name: str) -> str:
    """Which script a name is in; kana with Chinese characters among them is a Japanese name like any other."""
    return "latin" if is_latin(name) else "kana" if is_kana(name) else "mixed"


def _lengths(name: str) -> list[int]:
    """Characters of each part; a variation selector is none."""
    return [sum(unicodedata.category(one) != "Mn" for one in part) for part in name.split(" ")]
