"""From a template's name and its context to one page of HTML; knows no request and no web framework."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from idp.pages.explanations import error_context, explain
from idp.pages.frames import Frames
from idp.pages.languages import LANGUAGES, choose_language
from idp.pages.texts import load
from idp.tenants.tenant_settings import Office

__all__ = ["Pages", "TenantView", "choose_language", "error_context"]


@dataclass(frozen=True, eq=False)
class TenantView:
    """What every page shows of the municipality. Made once for a tenant and language, and known by identity.

    `crest` is one letter; empty: no crest. `stylesheet_url` holds the tenant's key colour (`theme.py`); empty: the
    default. `static_url` is the folder of our static files. `contact` is one line for people, or empty.
    `help_url` is where the help pages begin. `office` helps with a failed login, in the page's language.
    """

    name: str
    crest: str
    sandbox: bool
    stylesheet_url: str
    static_url: str
    contact: str
    help_url: str = ""
    office: Office = field(default_factory=Office)


class Pages:
    """All pages in all languages, read once and unchanging; safe to share between threads."""

    languages = LANGUAGES

    def __init__(self) -> None:
        self._texts = {
            (language, furigana): load(language, furigana=furigana)
            for language in LANGUAGES
            for furigana in (True, False)
        }
        self._environment = Environment(
            loader=PackageLoader("idp.pages"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self._frames = Frames()

    def render(self, template: str, **context: Any) -> str:
        """Return the page as text; see `page`."""
        return self.page(template, **context).decode()

    def page(
        self,
        template: str,
        *,
        language: str,
        tenant: TenantView,
        furigana: bool = True,
        furigana_link: tuple[str, str] | None = None,
        reference: str | None = None,
        counter: bool = False,
        own_url: str = "",
        fresh: Collection[str] = (),
        **context: object,
    ) -> bytes:
        """Return the page as it is sent, in UTF-8.

        `language` is one of `languages`. `furigana`: readings stand above their characters, where the language has
        them; `furigana_link`, (label, URL), switches that. `reference` is a short number that finds the request in
        the operator's log. `counter`: in large type, for a counter's second screen. `own_url`: where its links to
        itself lead, when it is shown at another address. `context` holds what the template's own first comment
        lists, and always `language_links`: (code, label, URL) of each language. `fresh`: members of it that are
        new on every page; where there are any, the rest of the page is kept, so that nothing in it may be a
        person's. Raises jinja2.UndefinedError when a member is missing.
        """
        texts = self._texts[language, furigana]
        said = {
            **context,
            "language": language,
            "furigana_link": furigana_link,
            "reference": reference,
            "counter": counter,
            "own_url": own_url,
            "tenant": tenant,
        }

        def render(members: Mapping[str, object]) -> str:
            return self._environment.get_template(template).render(
                members,
                t=texts.plain,
                prose=texts.prose,
                marked=texts.marked,
                listed=texts.listed,
                explain=explain,
            )

        if not fresh:
            return render(said).encode()
        return self._frames.page(render, said, fresh=(*fresh, "reference"), of=(template, furigana))
