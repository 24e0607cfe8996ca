"""When a service hears of a thing that others hear of too: the arrival tells in which span it happened, no more.

Time is cut into spans of equal length, a day of them being a day in Japan. What happens in one span is told in the
next, each at a moment drawn by itself over the whole of it. So of any two things that happened in one span neither
the moments nor the order say at two services which is which; with a day, arrival says what `occurred_on` says.
"""

from datetime import datetime

from idp.japan import JAPAN

_AHEAD = int(datetime(1970, 1, 1, tzinfo=JAPAN).timestamp())
"""When 1970 began in Japan, in seconds since it began in Greenwich."""


def moment(now: int, *, span_seconds: int, share: float) -> int:
    """The moment that `share`, a random number in [0, 1), marks in the next span; now, where a span has no length.

    Moments in seconds since 1970.
    """
    if not span_seconds:
        return now
    return now - (now - _AHEAD) % span_seconds + span_seconds + int(share * span_seconds)
