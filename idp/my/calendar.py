"""Twelve months of sign-ins as bars: what is drawn, and the same in words. Pure."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from idp.login.sign_ins import MONTHS_IN_A_YEAR, SignIn, months_before

WIDTH, HEIGHT = 20, 60
"""Of one bar's place, and of the highest bar, in the picture's own units."""
GAP = 6
_LEAST = 6
"""The height of a single sign-in beside a month of a hundred: it must be seen."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A month. `x`, `y`, `height`: of its bar in the picture."""

    year: int
    month: int
    count: int
    x: int
    y: int
    height: int


@dataclass(frozen=True, slots=True)
class Year:
    """Twelve months, the current one last. `total`: in all of them."""

    bars: tuple[Bar, ...]
    total: int

    @property
    def width(self) -> int:
        """Of the picture."""
        return len(self.bars) * WIDTH


def year_of(sign_ins: Iterable[SignIn], today: date) -> Year:
    """The months up to today's, in Japan."""
    counted = Counter(months_before(made.moment.date(), 0) for made in sign_ins)
    months = [months_before(today, back) for back in range(MONTHS_IN_A_YEAR - 1, -1, -1)]
    most = max((counted[month] for month in months), default=0)
    bars = tuple(_bar(month, counted[month], most, place) for place, month in enumerate(months))
    return Year(bars, sum(bar.count for bar in bars))


def _bar(month: date, count: int, most: int, place: int) -> Bar:
    height = max(_LEAST, round(HEIGHT * count / most)) if count else 0
    return Bar(month.year, month.month, count, place * WIDTH + GAP // 2, HEIGHT - height, height)
