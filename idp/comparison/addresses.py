"""Addresses: place, numbers and building each by itself; the number of a lot is never made into another one.

`1丁目2番3号` and `1-2-3` say the same, as every municipality writes both. `2番地3` and `2番3号` do not: the one
counts lots of land, the other buildings round a block (住居表示に関する法律).
"""

import re
from collections.abc import Mapping

from idp.comparison import address_text
from idp.comparison.address_text import AddressText, Numbers
from idp.comparison.characters import is_unreadable, typed
from idp.comparison.likeness import ADDRESS_WAYS, NUMBER_WAYS, likeness
from idp.comparison.outcome import DIFFERENT, SAME, Finding, Outcome, Why, cannot_tell, together

_ABROAD = re.compile("国外転出|海外転出|国外へ?転出")
_SHORT: frozenset[tuple[str, ...]] = frozenset({("",), ("", ""), ("", "", ""), ("丁目", "", "")})
_SHORT_FOR: Mapping[int, frozenset[tuple[str, ...]]] = {
    1: frozenset({("番地",), ("番",)}),
    2: frozenset((block, lot) for block in ("番地", "番") for lot in ("", "号")),
    3: frozenset(("丁目", block, lot) for block in ("番地", "番") for lot in ("", "号")),
}
"""Rows of words that numbers with nothing but hyphens between them stand for, by how many numbers there are."""


def compare(left: str, right: str) -> Finding:
    """Compare two addresses."""
    if is_unreadable(left) or is_unreadable(right):
        return cannot_tell(Why.UNREADABLE)
    one, other = address_text.read(left), address_text.read(right)
    if not one.whole or not other.whole:
        return cannot_tell(Why.MISSING)
    found = together((_parts(one, other), _postcodes(one, other)))
    if found.outcome is Outcome.SAME:
        return found
    abroad = [bool(_ABROAD.search(address.whole)) for address in (one, other)]
    if any(abroad) and typed(left) != typed(right):
        return cannot_tell(Why.MOVED_ABROAD)
    if found.outcome is Outcome.CANNOT_TELL:
        return found
    loosely = (likeness(one.whole, other.whole, ways) for ways in (ADDRESS_WAYS, NUMBER_WAYS))
    return next((whole for whole in loosely if whole.outcome is Outcome.CANNOT_TELL), found)


def _parts(one: AddressText, other: AddressText) -> Finding:
    numbers = _numbers(one.numbers, other.numbers)
    if numbers is DIFFERENT and _are_divided_otherwise(one, other):
        return together((_places(one.place, other.place), cannot_tell(Why.ROOM_BOUNDARY)))
    buildings = SAME if numbers is DIFFERENT else _buildings(one.building, other.building)
    return together((_places(one.place, other.place), numbers, buildings))


def _postcodes(one: AddressText, other: AddressText) -> Finding:
    differ = one.postcode and other.postcode and one.postcode != other.postcode
    return cannot_tell(Why.POSTCODE) if differ else SAME


def _places(one: str, other: str) -> Finding:
    """Two places; one that leaves out the prefecture or the district is less detailed, not another."""
    found = likeness(one, other, ADDRESS_WAYS)
    if found.outcome is not Outcome.DIFFERENT:
        return found
    pairs = ((one, other), (_without_district(one), _without_district(other)))
    for left, right in pairs:
        shorter, longer = sorted((left, right), key=len)
        tail = likeness(shorter, longer[len(longer) - len(shorter) :], ADDRESS_WAYS)
        if shorter and tail.outcome is not Outcome.DIFFERENT:
            return cannot_tell(Why.LESS_DETAILED, *tail.because)
    return DIFFERENT


def _without_district(place: str) -> str:
    """Without the 郡 that letters usually leave out."""
    return re.sub("(?<=[都道府県])[^都道府県市区]{1,4}郡(?=.+[町村])", "", place)


def _numbers(one: Numbers, other: Numbers) -> Finding:
    if one.values == other.values:
        return SAME if _fit(one.labels, other.labels) else cannot_tell(Why.NUMBER_LABELS)
    fewer, more = sorted((one.values, other.values), key=len)
    return cannot_tell(Why.LESS_DETAILED) if more[: len(fewer)] == fewer else DIFFERENT


def _fit(labels: tuple[str, ...], others: tuple[str, ...]) -> bool:
    """Whether two rows of words name the same things: a short one is what it usually stands for."""
    usual = _SHORT | _SHORT_FOR.get(len(labels), frozenset())
    return labels == others or (labels in _SHORT and others in usual) or (others in _SHORT and labels in usual)


def _buildings(one: str, other: str) -> Finding:
    if not one and not other:
        return SAME
    found = likeness(one, other, ADDRESS_WAYS)
    if found.outcome is not Outcome.DIFFERENT:
        return found
    shorter, longer = sorted((one, other), key=len)
    part = re.escape(shorter)
    left_out = re.fullmatch(rf"{part}(?![0-9]).*|.*(?<![0-9]){part}", longer)
    return cannot_tell(Why.LESS_DETAILED) if left_out or not shorter else DIFFERENT


def _are_divided_otherwise(one: AddressText, other: AddressText) -> bool:
    """Whether the same digits stand in both, but a room's number cannot be told from a lot's."""
    divided = len(one.numbers.values) != len(other.numbers.values) or bool(one.building or other.building)
    return divided and _digits(one) == _digits(other)


def _digits(address: AddressText) -> str:
    return "".join(map(str, address.numbers.values)) + "".join(re.findall("[0-9]+", address.building))
