"""A person at a browser: what they click and type, in the order in which the pages let them."""

from components.demo import Demo
from playwright.sync_api import BrowserContext, Page

WRONG_PIN = "9999"


class Visitor:
    """One browser profile with one open page."""

    def __init__(self, demo: Demo, profile: BrowserContext) -> None:
        self.demo = demo
        self.profile = profile
        self.page: Page = profile.new_page()

    def second_window(self, address: str) -> "Visitor":
        """Another window of the same browser, with the same cookies."""
        second = Visitor(self.demo, self.profile)
        second.page.goto(address)
        return second

    @property
    def heading(self) -> str:
        """The page's first heading, as it is read."""
        self.await_page()
        return self.page.locator("h1").first.inner_text()

    @property
    def text(self) -> str:
        """All words of the page that can be seen."""
        self.await_page()
        return self.page.locator("body").inner_text()

    def shows(self, selector: str) -> bool:
        """Whether the page holds such an element."""
        self.await_page()
        return self.page.locator(selector).count() > 0

    def await_page(self) -> None:
        """Wait until all of the page is there: a click returns once the next one has begun to come."""
        self.page.wait_for_load_state("domcontentloaded")

    def open_service(self, service: str = "library") -> None:
        """Go to a service's own site."""
        self.page.goto(self.demo.home(service))

    def open_card_page(self, service: str = "library") -> None:
        """Press "log in" at a service."""
        self.open_service(service)
        self.page.click("#login")
        self.page.wait_for_selector("#card-tray")

    def link(self) -> str:
        """The LINK that the card page holds for card programs."""
        return str(self.page.locator('link[rel="jpki-login"]').get_attribute("href"))

    def open_tray(self) -> None:
        """Leave the card page for the sample cards."""
        self.page.click("#card-tray")

    def choose_card(self, resident: str, *, device: str = "card") -> None:
        """Take one card out of the tray."""
        self.page.click(f"#{device}-{resident}")

    def type_pin(self, pin: str) -> None:
        """Type the PIN and let the card sign."""
        self.page.fill("#pin", pin)
        self.page.click("#sign")

    def read_card(self, resident: str) -> None:
        """From the card page to the page after the card was read, or to the tray's refusal."""
        self.open_tray()
        self.choose_card(resident)
        self.type_pin(self.demo.resident(resident)["auth_pin"])

    def sign(self, resident: str) -> None:
        """From the page with the statement to the page after the signature, or to the tray's refusal."""
        self.page.wait_for_selector("#statement")
        self.open_tray()
        self.choose_card(resident)
        self.type_pin(self.demo.resident(resident)["sign_pin"])

    def consent(self) -> None:
        """Agree to what is handed over, and come back to the service."""
        self.page.click('#consent button[value="allow"]')
        self.page.wait_for_url(lambda url: "/consent" not in url)

    def number(self) -> str:
        """The number that the service shows."""
        return self.page.locator("#sub").inner_text()
