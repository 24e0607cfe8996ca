"""A resident at their own pages, in a town of this process: signing in by card, reading, sending forms."""

import re
from html import unescape

from components.town import BASE_URL, Login

AGENT = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/131.0 Safari/537.36 Edg/131.0"


class MyPage:
    """One resident's browser."""

    def __init__(self, town, resident="hanako", tenant_id="aoba", browser=None):
        self.town, self.resident_id = town, resident
        self.issuer = f"{BASE_URL}/t/{tenant_id}"
        self.browser = browser or town.browser()

    def begin(self, to="/my"):
        """From the door to the card page: the login."""
        answer = self.town.post(self.browser, f"{self.issuer}/my/sign-in", data={"to": to})
        assert answer.status_code == 303
        page_url = answer.headers["Location"]
        page = self.town.get(self.browser, page_url)
        link = unescape(re.search(r'rel="jpki-login" href="([^"]+)"', page.text)[1])
        return Login(self.browser, None, page_url, link, "", "", "")

    def enter(self, to="/my"):
        """Sign in with the card; where the browser ends."""
        return_url = self.town.accept(self.begin(to), self.resident_id)
        answer = self.town.get(self.browser, return_url, headers={"User-Agent": AGENT})
        assert answer.status_code == 303, answer.text
        return answer.headers["Location"]

    def entered(self):
        """The same, and then this."""
        self.enter()
        return self

    def get(self, path=""):
        """One of the pages."""
        return self.town.get(self.browser, f"{self.issuer}/my{path}")

    def form(self, path):
        """The hidden members of a page's form."""
        return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', self.get(path).text))

    def post(self, path, /, **data):
        """Send what is given and nothing else."""
        return self.town.post(self.browser, f"{self.issuer}/my{path}", data=data)

    def send(self, path, /, **data):
        """Fill in a page's form."""
        return self.post(path, **{**self.form(path), **data})

    def is_in(self):
        """Whether the first page shows somebody's services."""
        return 'id="my-sign-in"' not in self.get().text


def marks(page, name):
    """The values of a page's buttons or radio buttons of that name."""
    return re.findall(rf'name="{name}" value="([^"]+)"', page.text)
