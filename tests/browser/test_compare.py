"""The compare page of the sample services: what two services can and cannot join."""

from browser.conftest import Visit
from browser.visitor import Visitor

SERVICES = ("library", "childcare", "school", "medical")


def test_two_numbers_are_equal_and_the_others_differ(visit: Visit) -> None:
    """One person's numbers at the two services that share a sector are equal; those at the others differ."""
    visitor = visit()
    for service in SERVICES:
        _sign_in(visitor, service)
    visitor.open_service("library")
    visitor.page.click("#compare")
    library, childcare, school, medical = (_number_in_pane(visitor, service) for service in SERVICES)
    assert childcare == school
    assert len({library, childcare, medical}) == 3
    assert "同じ番号を共有しています" in visitor.text


def test_consent_says_which_services_share_the_number(visit: Visit) -> None:
    """Before the number leaves, the page names the other service that will receive the same one."""
    visitor = visit()
    visitor.open_card_page("childcare")
    visitor.read_card("ichiro")
    visitor.page.wait_for_selector("#consent")
    assert "次のサービスでは、同じ番号を使います：青葉市 就学手続サービス" in visitor.text


def _sign_in(visitor: Visitor, service: str) -> None:
    """With the card, but for the second service of a sector."""
    visitor.open_service(service)
    visitor.page.click("#login")
    visitor.page.wait_for_selector("#card-tray, #consent")
    if visitor.page.locator("#card-tray").count():
        visitor.read_card("sora")
    visitor.page.wait_for_selector("#consent")
    visitor.consent()


def _number_in_pane(visitor: Visitor, service: str) -> str:
    pane = visitor.page.frame_locator(f'iframe[src^="{visitor.demo.home(service)}"]')
    return pane.locator("#sub").inner_text()
