"""What a person reads whose card cannot be used: what happened, what to do, where to go, what to bring."""

import pytest
from browser.conftest import Visit
from browser.visitor import Visitor

COUNTER = {
    "ja": "住民票のある市区町村の窓口（市役所・区役所・町村役場）",
    "en": "The counter of the municipality where you are registered as a resident",
}


@pytest.mark.parametrize(
    ("resident", "language", "title"),
    [
        ("saburo", "ja", "電子証明書の有効期限が過ぎています"),
        ("saburo", "en", "Your certificate is past its last day"),
        ("shiro", "ja", "電子証明書が失効しています"),
        ("shiro", "en", "Your certificate is no longer valid"),
        ("goro", "ja", "電子証明書をまだ使い始められません"),
        ("goro", "en", "Your certificate cannot be used yet"),
    ],
)
def test_the_card_page_explains_the_refusal(visit: Visit, resident: str, language: str, title: str) -> None:
    """The refusal is said first, with the office to go to, and another card may be tried."""
    visitor = _refused(visit(language), resident)
    banner = visitor.page.locator('[role="alert"]')
    assert banner.locator("h2").inner_text().replace("\n", "") == title
    assert COUNTER[language] in banner.inner_text()
    assert visitor.page.locator("#card-tray").count() == 1


def test_the_reason_of_a_revocation_is_told_to_nobody_who_looks_on(visit: Visit) -> None:
    """Why a certificate was revoked is between the card holder and the issuer: no word of it on the page."""
    source = _refused(visit(), "shiro").page.content()
    assert [word for word in ("certificateHold", "certificate_hold", "revoked") if word in source] == []


def test_a_refused_card_can_be_followed_by_another(visit: Visit) -> None:
    """The login is not lost: the next card goes on to consent."""
    visitor = _refused(visit(), "saburo")
    visitor.read_card("hanako")
    visitor.page.wait_for_selector("#consent, #sub")


def test_a_page_that_waits_changes_by_itself(visit: Visit) -> None:
    """A refusal that happened in another window appears on the waiting page without a touch."""
    visitor = visit()
    visitor.open_card_page()
    other = visitor.second_window(visitor.page.url)
    other.read_card("saburo")
    visitor.page.wait_for_selector('[role="alert"]')
    assert "有効期限" in visitor.page.locator('[role="alert"]').inner_text()


def _refused(visitor: Visitor, resident: str) -> Visitor:
    """Read a card that is refused, and return to the card page in the way the tray offers."""
    visitor.open_card_page()
    card_page = visitor.page.url
    visitor.read_card(resident)
    visitor.page.wait_for_selector("[data-code]")
    visitor.page.goto(card_page)
    return visitor
