"""Which of our languages a resident meets: the one asked for, else the service's wish, else the browser's."""

from collections.abc import Iterable, Iterator
from functools import lru_cache

EASY = "ja-simple"
"""Easy Japanese (やさしい日本語); `simple` is a registered variant subtag of BCP 47."""

LANGUAGES = ("ja", EASY, "en")
"""The languages every page exists in, as BCP 47 tags; the first is spoken when nobody asked."""

JAPANESE = ("ja", EASY)

_LONGEST_LIST = 20
"""More entries than any browser sends; the rest of a longer header is not read."""
_LONGEST_KEPT, _HEADERS_KEPT = 200, 256
"""Of Accept-Language: how long a header is that is read once and remembered, and how many are."""


def choose_language(requested: str | None, ui_locales: str | None, accept_language: str | None) -> str:
    """Return one of `LANGUAGES`, never failing on what it is sent.

    `requested` is the value of our own language link. `ui_locales` is OpenID Connect Core 3.1.2.1: BCP 47 tags in
    order of preference, separated by spaces. `accept_language` is RFC 9110, section 12.5.4. A tag that is none of
    ours counts by its primary subtag alone, so that `en-GB` is `en`.
    """
    chosen = _first_of_ours([requested]) if requested else None
    if chosen is None and ui_locales:
        chosen = wished(ui_locales)
    if chosen is None and accept_language:
        read = _remembered if len(accept_language) <= _LONGEST_KEPT else _accepted
        chosen = read(accept_language)
    return chosen or LANGUAGES[0]


def wished(ui_locales: str) -> str | None:
    """The first of the tags in `ui_locales` that is a language of ours, or None."""
    return _first_of_ours(ui_locales.split()[:_LONGEST_LIST])


def _accepted(accept_language: str) -> str | None:
    """The language of ours that the header prefers, or None."""
    return _first_of_ours(_by_weight(accept_language))


_remembered = lru_cache(_HEADERS_KEPT)(_accepted)


def _first_of_ours(tags: Iterable[str]) -> str | None:
    known = (_ours(tag.strip().lower()) for tag in tags)
    return next((tag for tag in known if tag in LANGUAGES), None)


def _ours(tag: str) -> str:
    return tag if tag in LANGUAGES else tag.partition("-")[0]


def _by_weight(accept_language: str) -> Iterator[str]:
    """Yield the tags by falling weight, equal weights in the order written; weight 0 means "not this one"."""
    weighted = [_weighed(entry) for entry in accept_language.split(",")[:_LONGEST_LIST]]
    for tag, weight in sorted(weighted, key=lambda pair: -pair[1]):
        if weight > 0:
            yield tag


def _weighed(entry: str) -> tuple[str, float]:
    """Split `en;q=0.5`; an unreadable weight counts as 0."""
    tag, _, parameter = entry.partition(";")
    if not parameter.strip():
        return tag, 1.0
    name, _, value = parameter.partition("=")
    try:
        weight = float(value) if name.strip().lower() == "q" else 0.0
    except ValueError:
        return tag, 0.0
    return tag, weight if 0.0 <= weight <= 1.0 else 0.0
