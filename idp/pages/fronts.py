"""What the proxies before the product show by themselves: pages as files, for when nobody else can answer.

An address that is none, too many requests, a product that is out: nginx answers with one of these, in every
language, with the office that can help. The number on them is nginx's own (ngx_http_ssi_module).
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from importlib.resources import files
from typing import Any

from markupsafe import Markup

from idp.pages.explanations import error_context
from idp.pages.languages import EASY, LANGUAGES
from idp.pages.render import Pages, TenantView

ADDRESS = "/front"
"""Where both hosts serve the folder."""
KIND = "front"
_NUMBER = Markup('<!--# echo var="connection" -->')
_STYLES = ("page.css", "tokens.css", "icon.svg", "tokens.LICENSE.txt")


def front_pages(
    pages: Pages,
    view: Callable[[str], TenantView],
    *,
    issuer: str,
    stylesheet: str,
    language_labels: Mapping[str, str],
    furigana_labels: Mapping[bool, str],
) -> Mapping[str, bytes]:
    """Name of each file to its content. `view`: the municipality in a language; `stylesheet`: its key colour's."""
    static = files("idp.pages").joinpath("static")
    made = {name: static.joinpath(name).read_bytes() for name in _STYLES} | {"tenant.css": stylesheet.encode()}
    context: dict[str, Any] = error_context(KIND)
    links = [(tag, language_labels[tag], f"{ADDRESS}/{_name(tag)}") for tag in LANGUAGES]
    for language, furigana in [*((tag, True) for tag in LANGUAGES), (EASY, False)]:
        at_home = replace(
            view(language),
            static_url=ADDRESS,
            stylesheet_url=f"{ADDRESS}/tenant.css",
            help_url=f"{issuer}/help",
        )
        switch = (furigana_labels[furigana], f"{ADDRESS}/{_name(language, furigana=not furigana)}")
        made[_name(language, furigana=furigana)] = pages.page(
            "error.html",
            language=language,
            tenant=at_home,
            furigana=furigana,
            language_links=links,
            furigana_link=switch if language == EASY else None,
            reference=_NUMBER,
            **context,
        )
    return made


def _name(language: str, *, furigana: bool = True) -> str:
    """The first language's is the one that nginx is told of."""
    ending = "" if language == LANGUAGES[0] else f".{language}"
    return f"problem{ending}{'' if furigana else '.plain'}.html"
