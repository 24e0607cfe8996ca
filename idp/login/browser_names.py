"""What a browser calls itself, as coarsely as a person would say it: a system and a program. Pure."""

_SYSTEMS = (
    ("iPhone", "iphone"),
    ("iPad", "ipad"),
    ("Android", "android"),
    ("Windows", "windows"),
    ("CrOS", "chromebook"),
    ("Macintosh", "mac"),
    ("Linux", "linux"),
)
_PROGRAMS = (
    ("Edg", "edge"),
    ("SamsungBrowser", "samsung"),
    ("FxiOS", "firefox"),
    ("Firefox", "firefox"),
    ("CriOS", "chrome"),
    ("Chrome", "chrome"),
    ("Safari", "safari"),
)
"""The first that is met counts: browsers name each other."""
SYSTEMS = tuple(name for _, name in _SYSTEMS)
PROGRAMS = tuple(dict.fromkeys(name for _, name in _PROGRAMS))


def named(user_agent: str | None) -> str:
    """Of a User-Agent header "system program", each of `SYSTEMS` and `PROGRAMS`, or what of it is known."""
    said = (user_agent or "")[:400]
    found = (_first(_SYSTEMS, said), _first(_PROGRAMS, said))
    return " ".join(filter(None, found))


def _first(marks: tuple[tuple[str, str], ...], said: str) -> str:
    for mark, name in marks:
        if mark in said:
            return name
    return ""
