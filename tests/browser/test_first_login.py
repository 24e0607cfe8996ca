"""A newcomer's first login, from the sample service to the number it shows."""

import re

import pytest
from browser.conftest import Visit
from browser.visitor import WRONG_PIN

NUMBER = re.compile(r"[A-Za-z0-9_-]{43}")


@pytest.mark.parametrize(
    ("resident", "options"),
    [("hanako", {}), ("yoko", {"java_script_enabled": False})],
    ids=["with JavaScript", "without JavaScript"],
)
def test_a_newcomer_signs_in_by_clicks(visit: Visit, resident: str, options: dict[str, bool]) -> None:
    """Log in, sample card, PIN, consent: the service then shows a number and what else it received."""
    newcomer = visit(**options)
    newcomer.open_card_page()
    newcomer.read_card(resident)
    newcomer.page.wait_for_selector("#consent")
    assert "青葉市立図書館 予約サービス" in newcomer.heading
    newcomer.consent()
    assert NUMBER.fullmatch(newcomer.number())
    assert newcomer.page.locator("#received dd").count() == 2


def test_whoever_opens_the_bare_host_is_at_the_sample_service(visit: Visit) -> None:
    """The address in the terminal that is easiest to type leads to the first page of the way in."""
    newcomer = visit()
    newcomer.page.goto(newcomer.demo.tenant()["issuer"].partition("/t/")[0])
    assert newcomer.page.url == newcomer.demo.home("library")


@pytest.mark.parametrize("scripts", [True, False])
def test_a_page_that_is_loaded_anew_is_the_same_login(visit: Visit, scripts: bool) -> None:
    """With scripts at the page's own address, which says nothing of the request; without, by the same request."""
    visitor = visit(java_script_enabled=scripts)
    visitor.open_card_page()
    own, link = re.search(r'data-address="([^"]+)"', visitor.page.content()), visitor.link()
    if scripts:
        visitor.page.wait_for_url("**/login/*")
    assert ("?" in visitor.page.url) is not scripts
    visitor.page.reload()
    assert visitor.link() == link
    visitor.page.click('a[hreflang="en"]')
    assert (visitor.link(), visitor.page.url) == (link, f"{own[1]}?lang=en")


def test_a_service_that_asks_for_the_number_alone_receives_no_name(visit: Visit) -> None:
    """The consent page says so before, and the service afterwards."""
    visitor = visit()
    visitor.open_card_page("parking")
    visitor.read_card("sora")
    visitor.page.wait_for_selector("#consent")
    assert "氏名・住所・生年月日・性別（基本4情報）" in visitor.text
    visitor.consent()
    assert "氏名や住所は受け取っていません。" in visitor.text


def test_a_person_who_does_not_agree_is_back_at_the_service(visit: Visit) -> None:
    """Saying no hands nothing over: the service is told, and shows no number."""
    visitor = visit()
    visitor.open_card_page("parking")
    visitor.read_card("hanako")
    visitor.page.click('#consent button[value="deny"]')
    assert "ログインをやめました" in visitor.heading
    visitor.open_service("parking")
    assert visitor.page.locator("#sub").count() == 0


def test_a_person_may_leave_before_reading_a_card(visit: Visit) -> None:
    """The last link of the card page leads back to the service, which says that nobody signed in."""
    visitor = visit("en")
    visitor.open_card_page()
    visitor.page.click(".leave a")
    assert visitor.heading == "You did not sign in"


def test_a_wrong_pin_can_be_corrected(visit: Visit) -> None:
    """After a wrong PIN the card says how many tries are left, and the right one goes on to consent."""
    visitor = visit()
    visitor.open_card_page()
    visitor.open_tray()
    visitor.choose_card("midori")
    visitor.type_pin(WRONG_PIN)
    assert visitor.page.locator('[role="alert"]').inner_text() == "暗証番号が違います。残りの回数: 2"
    visitor.type_pin("1234")
    visitor.page.wait_for_selector("#consent")


def test_the_language_chosen_stays_through_the_login(visit: Visit) -> None:
    """A person with a Japanese browser who chose English reads English on the pages that follow."""
    visitor = visit()
    visitor.open_card_page()
    visitor.page.click('.languages a[lang="en"]')
    assert visitor.heading == "Log in with your My Number Card"
    visitor.read_card("midori")
    visitor.page.wait_for_selector("#consent")
    assert visitor.heading == "This will be handed over to “Aoba City Library”"
