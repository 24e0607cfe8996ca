"""Moments and ways as pages say them: numbers and names of texts, in no language yet. Pure."""

from dataclasses import dataclass
from datetime import date, datetime

from idp.japan import JAPAN
from idp.login.sign_ins import SignIn

_NAMES = {
    "iphone": "iPhone",
    "ipad": "iPad",
    "android": "Android",
    "windows": "Windows",
    "chromebook": "ChromeOS",
    "mac": "Mac",
    "linux": "Linux",
    "edge": "Edge",
    "samsung": "Samsung Internet",
    "firefox": "Firefox",
    "chrome": "Chrome",
    "safari": "Safari",
}
"""What `browser_names` says, as its makers write it: the same in every language."""
WAYS = (
    "card", "card_by_code", "phone", "phone_by_code", "held_over", "password", "continued", "by_agent", "other",
)  # fmt: skip
"""Below `my.way` of the texts."""


@dataclass(frozen=True, slots=True)
class When:
    """A moment in Japan; `time` HH:MM, empty for a day."""

    year: int
    month: int
    day: int
    time: str = ""


def at(seconds: int) -> When:
    """Of seconds since 1970."""
    moment = datetime.fromtimestamp(seconds, JAPAN)
    return When(moment.year, moment.month, moment.day, f"{moment:%H:%M}")


def on(day: date) -> When:
    """Of a day."""
    return When(day.year, day.month, day.day)


def way_of(made: SignIn) -> str:
    """How somebody signed in: one of `WAYS`."""
    if made.by_agent:
        return "by_agent"
    return "continued" if made.continued else way(made.acr, made.amr)


def way(acr: str, amr: str) -> str:
    """The same of a level and its methods (card login protocol, section 6)."""
    methods = set(amr.split())
    if "kazashi" in methods:
        return "held_over"
    if "pwd" in methods and "sc" not in methods:
        return "password"
    if "hwk" not in methods:
        return "other"
    kind = "card" if "sc" in methods else "phone"
    return kind if acr == "aal3" else f"{kind}_by_code"


def browser(named: str) -> str:
    """A browser by its names: "Windows, Edge"; empty where it is not known."""
    return ", ".join(_NAMES[name] for name in named.split() if name in _NAMES)
