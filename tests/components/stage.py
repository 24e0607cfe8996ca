"""A stage for every state of every resident's page: rendered as by the product, with the product's own style.

No server: the browser's requests are answered from the package, and whatever else a page asks for fails, our
scripts among it: nothing on a page may need them.
"""

from importlib.resources import files
from pathlib import PurePosixPath

from components.page_states import LINK, State, shown
from playwright.sync_api import BrowserContext, Page, Route

from idp.login import qr
from idp.pages.render import Pages
from idp.pages.theme import tenant_stylesheet

ORIGIN = "http://pages.test"
PAGES = Pages()
LANGUAGES = PAGES.languages
KEY_COLOUR = "#0017c1"
TYPES = {".css": "text/css", ".svg": "image/svg+xml", ".txt": "text/plain"}
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'"
)
"""As the product sends it, without the target of forms."""


class Stage:
    """One browser profile that sees one page at a time."""

    def __init__(self, context: BrowserContext) -> None:
        self._html = ""
        context.route("**/*", self._answer)
        self.page: Page = context.new_page()

    def show(self, state: State, language: str, *, furigana: bool = True) -> Page:
        """Put a state of a page on the stage."""
        self._html = shown(PAGES, state, language, furigana=furigana)
        self.page.goto(f"{ORIGIN}/t/aoba/page")
        return self.page

    def _answer(self, route: Route) -> None:
        path = PurePosixPath(route.request.url.removeprefix("http://localhost:8000").removeprefix(ORIGIN))
        if str(path) == "/t/aoba/page":
            route.fulfill(body=self._html, content_type="text/html", headers={"Content-Security-Policy": POLICY})
        elif path.name == "qr.svg":
            route.fulfill(body=qr.svg(LINK), content_type="image/svg+xml")
        elif path.name == "tenant.css":
            route.fulfill(body=tenant_stylesheet(KEY_COLOUR), content_type="text/css")
        elif "static" in path.parts and path.suffix in TYPES:
            found = files("idp.pages").joinpath("static", path.name).read_bytes()
            route.fulfill(body=found, content_type=TYPES[path.suffix])
        else:
            route.abort()
