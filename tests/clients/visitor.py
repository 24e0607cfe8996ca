"""A resident with a card, before a browser without scripts: pages are answered as people answer them."""

import json
import re
from html import unescape
from urllib.parse import urljoin

import requests
from clients.provider import Provider
from components.town import Login, Service

PAGES = 12
_INPUT = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')


class Visitor:
    """One browser. `asked`: ids of the provider's forms that were answered so far."""

    def __init__(self, provider: Provider, resident_id: str = "hanako") -> None:
        self._provider = provider
        self._resident = resident_id
        self.browser = requests.Session()
        self.browser.trust_env = False  # nothing of this machine decides whom it trusts
        self.browser.verify = str(provider.ca_file)
        self.asked: list[str] = []

    def open(self, url: str, **parameters: str) -> requests.Response:
        """Go to a page, and through all that the provider asks on the way; the page at the end."""
        answer = self.browser.get(url, params=parameters, timeout=30)
        for _ in range(PAGES):
            if link := re.search(r'<link rel="jpki-login" href="([^"]+)"', answer.text):
                answer = self.browser.get(self._use_card(unescape(link[1])), timeout=30)
            elif form := re.search(r'<form id="(consent|sign-out|form-post)".*?</form>', answer.text, re.S):
                answer = self._press(answer.url, form[1], form[0])
            elif back := re.search(r'<a [^>]*id="back" href="([^"]+)"', answer.text):
                answer = self.browser.get(unescape(back[1]), timeout=30)
            else:
                return answer
        raise AssertionError(f"no end at {answer.url}")

    def _press(self, url: str, name: str, form: str) -> requests.Response:
        self.asked.append(name)
        action = unescape(re.search(r'action="([^"]+)"', form)[1])
        fields = {field: unescape(value) for field, value in _INPUT.findall(form)}
        decision = {"consent": {"decision": "allow"}, "sign-out": {"decision": "leave"}}.get(name, {})
        return self.browser.post(urljoin(url, action), {**fields, **decision}, timeout=30)

    def _use_card(self, link: str) -> str:
        """What an authenticator does; where the browser goes on."""
        login = Login(None, Service("", "", "", ""), "", link, "", "", "")  # type: ignore[arg-type]
        verify, origin = self.browser.verify, self._provider.issuer.partition("/t/")[0]
        asking = {"Accept": "application/json"}
        login.challenge = requests.get(link, headers=asking, verify=verify, timeout=30).json()
        proof = self._provider.town.sign(login, self._resident, origin=origin)
        sent = {"Content-Type": "application/json"}
        answer = requests.post(f"{link}/proof", json.dumps(proof), headers=sent, verify=verify, timeout=30)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["return_url"])
