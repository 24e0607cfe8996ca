"""Every page in every state and language, rendered once."""

from collections.abc import Iterator, Mapping

import pytest

from idp.errors import Reason
from idp.pages.explanations import ERROR_ACTIONS
from idp.pages.render import Pages, TenantView, error_context

LINK = "http://localhost:8000/t/aoba/card/AAECAwQFBgcICQoLDA0ODw"
CARD: Mapping[str, object] = {
    "service_name": "青葉市立図書館 予約サービス",
    "purpose": "本の予約のため",
    "link": LINK,
    "link_qr": LINK.replace("AAEC", "QAEC"),
    "link_agent": LINK.replace("http", "jpki-login", 1),
    "tray_url": f"http://localhost:8003/?link={LINK}",
    "phone_url": "http://localhost:8000/t/aoba/login/x/phone",
    "app_url": f"http://localhost:8003/phone?link={LINK}",
    "seconds_left": 840,
    "extend_url": "http://localhost:8000/t/aoba/login/x/extend",
    "guessed": False,
    "developer_command": f"idp-card login {LINK} --dev",
    "state": "waiting",
    "refusal": None,
    "leave_url": "http://localhost:8000/t/aoba/login/x/leave",
}
PHONE: Mapping[str, object] = {
    **{name: CARD[name] for name in ("service_name", "purpose", "link", "link_qr", "state", "refusal", "guessed")},
    **{name: CARD[name] for name in ("seconds_left", "extend_url", "leave_url")},
    "scanned": False,
    "qr_url": "http://localhost:8000/t/aoba/login/x/qr.svg",
    "qr_seconds": 117,
    "renew_url": "http://localhost:8000/t/aoba/login/x/qr",
    "card_page_url": "http://localhost:8000/t/aoba/login/x",
    "stand_in_url": f"http://localhost:8003/phone?link={LINK}",
}
CODE: Mapping[str, object] = {
    "service_name": CARD["service_name"],
    "state": "code",
    "code_url": "http://localhost:8000/t/aoba/login/x/code",
    "more_url": "http://localhost:8000/t/aoba/login/x/more-time",
    "seconds_left": 48,
    "tries": 0,
    "not_a_code": False,
    "leave_url": CARD["leave_url"],
}
CONSENT: Mapping[str, object] = {
    "service_name": "青葉市立図書館 予約サービス",
    "purpose": "本の予約のため",
    "action_url": "http://localhost:8000/t/aoba/login/x/consent",
    "sector_note": None,
    "sector_purpose": "",
    "transaction": [("form", "AAECAwQFBgcICQoLDA0ODw")],
}
LINKS = [("ja", "日本語", "/t/aoba/login/x?lang=ja"), ("en", "English", "/t/aoba/login/x?lang=en")]

Rendered = Mapping[tuple[str, str], str]
"""(name of the page and its state, language) to its HTML."""


@pytest.fixture(scope="session")
def pages() -> Pages:
    """The pages as the product reads them."""
    return Pages()


@pytest.fixture(scope="session")
def tenant() -> TenantView:
    """A municipality with a sandbox."""
    return TenantView("青葉市（見本）", "青", True, "/t/aoba/static/tenant.css", "/t/aoba/static", "市民課")


@pytest.fixture
def card() -> dict[str, object]:
    """The context of a card page that waits."""
    return dict(CARD)


@pytest.fixture
def consent() -> dict[str, object]:
    """The context of a consent page."""
    return dict(CONSENT)


@pytest.fixture(scope="session")
def every_page(pages: Pages, tenant: TenantView) -> Rendered:
    """All pages; an undefined variable or an unknown text fails here."""
    return {
        (name, language): pages.render(template, language=language, tenant=tenant, language_links=LINKS, **context)
        for language in pages.languages
        for name, template, context in _all()
    }


def _all() -> Iterator[tuple[str, str, Mapping[str, object]]]:
    for state in ("waiting", "scanned", "declined", "expired"):
        yield f"card {state}", "card.html", {**CARD, "state": state}
    yield "card, wrong digits", "card.html", {**CARD, "state": "expired", "guessed": True}
    yield "card, no codes", "card.html", {**CARD, "link_qr": None, "phone_url": None, "extend_url": None}
    yield "phone", "phone.html", PHONE
    yield "phone scanned", "phone.html", {**PHONE, "state": "scanned", "scanned": True, "qr_url": None}
    refused = {"state": "refused", "refusal": "certificate_revoked", "scanned": True, "qr_url": None}
    yield "phone refused", "phone.html", {**PHONE, **refused, "extend_url": None, "stand_in_url": None}
    yield "code", "code.html", CODE
    yield "code, wrong", "code.html", {**CODE, "tries": 2, "more_url": None}
    yield "code, not one", "code.html", {**CODE, "not_a_code": True}
    yield "accepted", "code.html", {**CODE, "state": "accepted"}
    yield "accepted without a code", "code.html", {**CODE, "state": "accepted", "code_url": None}
    yield "card in production", "card.html", {**CARD, "tray_url": None, "developer_command": None, "purpose": ""}
    for code in [*Reason, "code_of_tomorrow"]:
        yield f"refused {code}", "card.html", {**CARD, "state": "refused", "refusal": str(code)}
    yield "consent", "consent.html", CONSENT
    yield (
        "consent, shared",
        "consent.html",
        {**CONSENT, "sector_note": ["就学手続", "子育て"], "sector_purpose": "続けて手続するため", "purpose": ""},
    )
    for kind in ERROR_ACTIONS:
        yield f"error {kind}", "error.html", error_context(kind, reference="0a1b2c3d", leave_url="/back")
    yield "error without a way back", "error.html", error_context("internal")
    yield "link help", "link_help.html", {}
