"""An address taken apart: the place, the numbers of its lot or block with their words, the building.

Numbers are read only where one surely stands: digits, and Chinese numerals before 丁目 and 番地. So 八重洲, 三条市
and 麻布十番 stay names.
"""

import re
from dataclasses import dataclass

from idp.comparison.characters import HYPHENS, typed
from idp.comparison.numerals import NUMERALS, value_of

_HYPHEN = f"[{re.escape(HYPHENS)}]"
_BETWEEN = re.compile(rf"(?<=[0-9地番号目]) ?{_HYPHEN} ?(?=[0-9])")
_POSTCODE = re.compile(
    rf"^(?:〒 ?([0-9]{{3}}){_HYPHEN}?([0-9]{{4}})|([0-9]{{3}}){_HYPHEN}([0-9]{{4}})(?= ?[^0-9 ]))[ ,]*"
)
_BEGIN = re.compile(
    rf"(?P<number>[0-9]+)(?=(?:丁目|番地|番(?![町丁館])|号(?!線|館|棟)| ?-[0-9]|[のノ][0-9]|[ 　]|$))"
    rf"|(?P<numeral>[{NUMERALS}]+)(?=丁目|番地)"
)
_NEXT = re.compile(rf"(?:-| ?[のノ之]? ?)(?P<number>[0-9]+|[{NUMERALS}]+(?=丁目|番|号))")
_LABEL = re.compile(r"丁目|番地|番(?![町丁館])|号(?![室棟館線])")
_OF_KIND = {"丁目": 1, "番地": 2, "番": 2, "号": 3}


@dataclass(frozen=True, slots=True)
class Numbers:
    """The chain behind the place: `values`, and behind each its word or the empty string."""

    values: tuple[int, ...] = ()
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AddressText:
    """One address. `place` without spaces; `building`: what stands behind the numbers."""

    whole: str
    postcode: str
    place: str
    numbers: Numbers
    building: str


def read(text: str) -> AddressText:
    """Take an address apart, whatever it is: one without numbers is a place alone."""
    plain = _BETWEEN.sub("-", typed(text))
    found = _POSTCODE.match(plain)
    postcode = "".join(digits or "" for digits in found.groups()) if found else ""
    whole = plain[found.end() :] if found else plain
    begin = next((match for match in _BEGIN.finditer(whole) if _number(match) is not None), None)
    if begin is None:
        return AddressText(whole, postcode, whole.replace(" ", ""), Numbers(), "")
    numbers, end = _chain(whole, begin)
    place = whole[: begin.start()].replace(" ", "")
    return AddressText(whole, postcode, place, numbers, _building(whole[end:]))


def _number(found: re.Match[str]) -> int | None:
    numeral = found.groupdict().get("numeral")
    return value_of(numeral, by_place=False) if numeral else int(found["number"])


def _chain(whole: str, begin: re.Match[str]) -> tuple[Numbers, int]:
    """The numbers from there on, while their words only become smaller; and where they end."""
    values, labels = [_number(begin) or 0], [_label(whole, begin.end())]
    end = begin.end() + len(labels[0])
    while labels[-1] != "号":
        found = _NEXT.match(whole, end)
        if found is None or (not labels[-1] and found[0][0] in " 0123456789"):
            break
        value = int(found["number"]) if found["number"].isascii() else value_of(found["number"])
        label = _label(whole, found.end())
        if value is None or not _comes_behind(label, labels):
            break
        values.append(value)
        labels.append(label)
        end = found.end() + len(label)
    return Numbers(tuple(values), tuple(labels)), end


def _label(whole: str, at: int) -> str:
    found = _LABEL.match(whole, at)
    return found[0] if found else ""


def _comes_behind(label: str, labels: list[str]) -> bool:
    """Whether a word may follow those: lots lie in blocks, not blocks in lots."""
    return not label or all(_OF_KIND[label] > _OF_KIND[before] for before in labels if before)


def _building(rest: str) -> str:
    """Without spaces but for those that part two numbers; a room's number without its word."""
    apart = re.sub(r"(?<![0-9]) | (?![0-9])", "", rest.strip(" ,、"))
    return re.sub(r"(?<=[0-9])号室?$", "", apart)
