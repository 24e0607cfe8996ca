"""A resident who takes back, at their own pages, what a service receives."""

from browser.visitor import Visitor


def take_back(visitor: Visitor, resident: str, service: str, what: str) -> None:
    """From the service's page to the resident's, by card, and back to the service's when it was taken back."""
    page = visitor.page
    page.click("#my-page")
    if visitor.shows("#my-sign-in"):
        page.click("#my-sign-in")
        page.wait_for_selector("#card-tray")
        visitor.read_card(resident)
    page.wait_for_selector(".parts")
    page.click(f'a[href$="/services/{service}"]')
    page.click(f'a[href$="/services/{service}/consent"]')
    page.click(f'#withdraw button[value="{what}"]')
    page.wait_for_selector("[role=status]")
    visitor.open_service(service)


def received(visitor: Visitor) -> str:
    """What the service shows after it has asked once more."""
    visitor.page.click("#again")
    visitor.page.wait_for_selector("#sub")
    visitor.await_page()
    shown = visitor.page.locator("#received, #over")
    return shown.inner_text() if shown.count() else ""


def told(visitor: Visitor, service: str) -> list[str]:
    """Events that the service shows for whoever is signed in there, the newest first."""
    visitor.open_service(service)
    number = visitor.number()
    rows = visitor.page.locator("#events div").all_inner_texts()
    return [row.split("\n")[1] for row in rows if number in row]
