"""What must hold on every page that a resident can meet, in every state and language."""

import re
from html.parser import HTMLParser

import pytest
from components.page_states import every_state
from jinja2 import UndefinedError

from idp.errors import Reason
from idp.pages.render import Pages, TenantView

FORBIDDEN = re.compile(r"ppid|oidc|openid|oauth|token|revoked|jwt|pseudonym|credential", re.IGNORECASE)
"""Our words, never a resident's."""
LINKS_HANDED_IN = (
    "http://localhost:8000/t/aoba/",
    "http://localhost:8003/?link=",
    "http://localhost:8003/phone?link=",
    "http://localhost:8001/signed-out",
    "https://a.example/",
    "http://localhost:8002/front?",
    "jpki-login://localhost:8000/",
    "https://card.test/t/aoba/tls-card/",
    "tel:000-000-0000",
)
RUBY = re.compile(r"<ruby>|<rp>（</rp><rt>[^<]*</rt><rp>）</rp></ruby>")
ADDRESSES = {"href", "src", "action", "content", "poster", "srcset", "formaction"}


class _Elements(HTMLParser):
    """The start tags of a page, each with its attributes, and what stands inside scripts and styles."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.inline: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attributes}))

    def handle_data(self, data: str) -> None:
        if self.cdata_elem is not None:
            self.inline.append(data)


def test_no_word_of_ours_reaches_a_resident(every_page: dict[tuple[str, str], str]) -> None:
    """Residents read of a number for this service, never of identifiers, protocols or their jargon."""
    found = {page: FORBIDDEN.findall(html.replace("/tokens.LICENSE.txt", "")) for page, html in every_page.items()}
    assert {page: words for page, words in found.items() if words} == {}


def test_no_code_reaches_a_resident(every_page: dict[tuple[str, str], str]) -> None:
    """A refusal is explained; its code is for programs."""
    codes = [code for code in Reason if "_" in code]
    found = [(page, code) for page, html in every_page.items() for code in codes if code in html]
    assert found == []


def test_nothing_is_inline(every_page: dict[tuple[str, str], str]) -> None:
    """No style, script or handler stands in the page, so that the content security policy may refuse them all."""
    found = []
    for page, html in every_page.items():
        elements = _Elements(html)
        found += [(page, tag) for tag, _ in elements.tags if tag == "style"]
        found += [(page, name) for _, attributes in elements.tags for name in attributes if name[:2] == "on"]
        found += [(page, "style=") for _, attributes in elements.tags if "style" in attributes]
        found += [(page, text) for text in elements.inline]
    assert found == []


def test_nothing_comes_from_elsewhere(every_page: dict[tuple[str, str], str]) -> None:
    """Every address is a path of ours or one that was handed in; there is no font, picture or script of others."""
    found = [
        (page, value)
        for page, html in every_page.items()
        for _, attributes in _Elements(html).tags
        for name, value in attributes.items()
        if name in ADDRESSES and ("//" in value or ":" in value) and not value.startswith(LINKS_HANDED_IN)
    ]
    assert found == []


def test_hidden_inputs_are_written_name_before_value(every_page: dict[tuple[str, str], str]) -> None:
    """Programs that read the form with a simple pattern rely on that order (contract, pages)."""
    hidden = [tag for html in every_page.values() for tag in re.findall(r"<input[^>]*hidden[^>]*>", html)]
    shape = re.compile(r'<input type="hidden" name="[a-z_]+" value="[^"]*">')
    posted = [len(context.get("fields") or ()) for _, _, context in every_state()]
    asking = (
        "consent.html",
        "question.html",
        "question_code.html",
        "sign_out.html",
        "signature.html",
        "passkey.html",
        "for_whom.html",
    )
    own = (
        "ways_password",
        "ways_passkey",
        "agents",
        "agents_offer",
        "agents_accept",
        "agents_terms",
        "door",
        "stop",
        "not_me",
        "sessions",
        "transfer",
        "resident_code",
        "data",
        "leaving_sure",
        "sign_out",
    )
    asking = (*asking, *(f"my/{page}.html" for page in own))
    asked = [template in asking for _, template, _ in every_state()]
    asked += [bool(context.get("passkeys")) for _, _, context in every_state()]  # one form for all of them
    asked += [
        template == "my/ways_passkey.html" for _, template, _ in every_state()
    ]  # and what the browser brings
    asked += [
        context.get("step") == "make" for _, _, context in every_state() for _ in "12"
    ]  # the staff's passkey
    asked += [template == "my/consent.html" and not context["withdrawn"] for _, template, context in every_state()]
    asked += [template == "my/agents_terms.html" for _, template, _ in every_state()]  # and the code
    assert len(hidden) == (sum(posted) + sum(asked)) * len(Pages.languages)
    assert [tag for tag in hidden if not shape.fullmatch(tag)] == []


def test_a_page_has_one_question(every_page: dict[tuple[str, str], str]) -> None:
    """One main heading and at most one form to send."""
    counted = {
        page: ([tag for tag, _ in _Elements(html).tags].count("h1"), html.count('method="post"'))
        for page, html in every_page.items()
    }
    assert {page: n for page, n in counted.items() if n not in ((1, 0), (1, 1))} == {}


def test_the_ribbon_stands_on_every_sandbox_page(every_page: dict[tuple[str, str], str]) -> None:
    """Whoever sees a sample page is told so, in Japanese whatever the language."""
    ribbon = "見本・本物のマイナンバーカードは使えません"
    assert [page for page, html in every_page.items() if ribbon not in RUBY.sub("", html)] == []


def test_a_municipality_in_production_has_no_ribbon(pages: Pages, card: dict[str, object]) -> None:
    """Without a sandbox no page calls itself a sample."""
    real = TenantView("青葉市", "", sandbox=False, stylesheet_url="", static_url="/static", contact="")
    html = pages.render(
        "card.html",
        language="ja",
        tenant=real,
        language_links=[],
        **card | {"tray_url": None, "developer_command": None},
    )
    assert "見本" not in html


def test_a_link_for_card_programs_names_no_service(every_page: dict[tuple[str, str], str]) -> None:
    """The help page of a LINK is the same for every login."""
    assert "図書館" not in every_page["link help", "ja"]


def test_names_are_escaped(pages: Pages, tenant: TenantView, consent: dict[str, object]) -> None:
    """A service's name is text, even when somebody registered markup or a format field."""
    evil = '<script>alert(1)</script>{0}{service}"|'
    for language in pages.languages:
        html = pages.render(
            "consent.html", language=language, tenant=tenant, language_links=[], **consent | {"service_name": evil}
        )
        assert "<script>" not in html
        assert "&lt;script&gt;alert(1)&lt;/script&gt;{0}{service}" in html


def test_a_page_without_its_context_is_refused(pages: Pages, tenant: TenantView, card: dict[str, object]) -> None:
    """A forgotten variable is an error of ours, never an empty place on a page."""
    del card["link"]
    with pytest.raises(UndefinedError):
        pages.render("card.html", language="ja", tenant=tenant, language_links=[], **card)
