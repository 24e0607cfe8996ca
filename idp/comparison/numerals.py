"""Numbers written in Chinese numerals, as addresses and dates have them."""

_DIGITS = {numeral: value for value, numeral in enumerate("〇一二三四五六七八九")} | {"零": 0, "○": 0}
_UNITS = {"十": 10, "百": 100, "千": 1000}
NUMERALS = "".join((*_DIGITS, *_UNITS))
"""For a character class."""


def value_of(numeral: str, *, by_place: bool = True) -> int | None:
    """The number of a numeral: `二十三`, and `二三` where `by_place`; None for what is none, like `三二十`."""
    if len(numeral) > 1 and all(one in _DIGITS for one in numeral):
        return int("".join(str(_DIGITS[one]) for one in numeral)) if by_place else None
    total, waiting, smallest = 0, None, 10_000
    for one in numeral:
        if one in _DIGITS:
            if waiting is not None:
                return None
            waiting = _DIGITS[one]
            continue
        unit = _UNITS.get(one)
        if unit is None or unit >= smallest or waiting == 0:
            return None
        total += (1 if waiting is None else waiting) * unit
        waiting, smallest = None, unit
    return total + (waiting or 0) if numeral else None
