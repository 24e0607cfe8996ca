"""Every page that a person can meet, and the way to each of them."""

from collections.abc import Callable, Mapping

from browser.visitor import WRONG_PIN, Visitor

Way = Callable[[Visitor], None]


def _sample_home(visitor: Visitor) -> None:
    visitor.open_service()


def _sample_signed_in(visitor: Visitor) -> None:
    _consent(visitor)
    visitor.consent()
    visitor.page.wait_for_selector("#sub")


def _sample_declined(visitor: Visitor) -> None:
    visitor.open_card_page()
    visitor.page.click(".leave a")


def _compare(visitor: Visitor) -> None:
    visitor.page.goto(visitor.demo.home("library") + "compare")
    visitor.page.wait_for_load_state("networkidle")


def _card(visitor: Visitor) -> None:
    visitor.open_card_page()


def _card_with_answers_open(visitor: Visitor) -> None:
    visitor.open_card_page("parking")
    for summary in visitor.page.locator("summary").all():
        summary.click()


def _card_refused(visitor: Visitor) -> None:
    visitor.open_card_page()
    card_page = visitor.page.url
    visitor.read_card("saburo")
    visitor.page.wait_for_selector("[data-code]")
    visitor.page.goto(card_page)


def _card_accepted(visitor: Visitor) -> None:
    visitor.open_card_page()
    card_page = visitor.page.url
    visitor.page.route("**/return?*", lambda route: route.abort("aborted"))
    with visitor.page.expect_event("requestfailed", lambda request: "/return" in request.url):
        visitor.read_card("jun")
    visitor.page.wait_for_selector("#go-on")
    visitor.page.goto(card_page)
    visitor.page.wait_for_selector(".ended")


def _consent(visitor: Visitor) -> None:
    visitor.open_card_page("library")
    visitor.read_card("jun")
    visitor.page.wait_for_selector("#consent")


def _consent_to_a_shared_number(visitor: Visitor) -> None:
    visitor.open_card_page("childcare")
    visitor.read_card("ichiro")
    visitor.page.wait_for_selector("#consent")


def _error(visitor: Visitor) -> None:
    visitor.page.goto(visitor.demo.tenant()["issuer"] + "/login/unknown")


def _error_no_such_page(visitor: Visitor) -> None:
    visitor.page.goto(visitor.demo.tenant("wakaba")["issuer"] + "/none")


def _link_help(visitor: Visitor) -> None:
    visitor.open_card_page()
    visitor.page.goto(visitor.link())


def _tray(visitor: Visitor) -> None:
    visitor.open_card_page()
    visitor.open_tray()


def _tray_pin(visitor: Visitor) -> None:
    _tray(visitor)
    visitor.choose_card("midori", device="phone")


def _tray_wrong_pin(visitor: Visitor) -> None:
    _tray(visitor)
    visitor.choose_card("alex")
    visitor.type_pin(WRONG_PIN)


def _tray_refused(visitor: Visitor) -> None:
    _tray(visitor)
    visitor.choose_card("shiro")
    visitor.type_pin("1234")


def _tray_done(visitor: Visitor) -> None:
    visitor.open_card_page()
    visitor.page.route("**/return?*", lambda route: route.abort("aborted"))
    visitor.read_card("jun")
    visitor.page.wait_for_selector("#go-on")


def _tray_without_link(visitor: Visitor) -> None:
    visitor.page.goto(visitor.demo.ready["sandbox"]["tray"])


VIEWS: Mapping[str, Way] = {
    "card": _card,
    "card-answers": _card_with_answers_open,
    "card-refused": _card_refused,
    "card-accepted": _card_accepted,
    "consent": _consent,
    "consent-shared": _consent_to_a_shared_number,
    "error": _error,
    "error-not-found": _error_no_such_page,
    "link-help": _link_help,
    "tray": _tray,
    "tray-pin": _tray_pin,
    "tray-wrong-pin": _tray_wrong_pin,
    "tray-refused": _tray_refused,
    "tray-done": _tray_done,
    "tray-without-link": _tray_without_link,
    "sample-home": _sample_home,
    "sample-declined": _sample_declined,
    "sample-compare": _compare,
}
"""Name of each view to the way there; what opens it changes nothing for good."""
