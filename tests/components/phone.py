"""A phone in a resident's hand, for towns: an authenticator that scanned a QR code; what is typed at the PC."""

import json
import re
from dataclasses import dataclass, replace
from html import unescape
from urllib.parse import parse_qs, urlsplit

from components.town import Login, Town, id_token_claims
from werkzeug.test import TestResponse

JSON = {"Accept": "application/json"}


def qr_link(town: Town, login: Login) -> str | None:
    """The LINK behind the QR code that the login's page holds now."""
    page = town.get(login.browser, login.page_url)
    found = re.search(r'rel="jpki-login-qr" href="([^"]+)"', page.text)
    return unescape(found[1]) if found else None


def state_of(town: Town, login: Login) -> dict:
    """What the waiting page is told."""
    return town.get(login.browser, login.page_url, headers=JSON).json


def type_code(town: Town, login: Login, code: str, *, browser=None) -> TestResponse:
    """Type six digits into the waiting page."""
    return town.post(browser or login.browser, login.page_url + "/code", data={"code": code})


@dataclass
class Phone:
    """A phone that knows one LINK, and the claim that it was given there."""

    town: Town
    login: Login
    link: str
    claim: str | None = None

    def fetch(self, **headers: str) -> TestResponse:
        """GET LINK with the claim, if there is one; keeps what it is told."""
        claim = {"Jpki-Login-Claim": self.claim} if self.claim else {}
        answer = self.town.get(self.town.browser(), self.link, headers={**JSON, **claim, **headers})
        if answer.status_code == 200:
            self.login = replace(self.login, link=self.link, challenge=answer.json)
            self.claim = answer.json.get("claim", self.claim)
        return answer

    def send(self, *, resident: str = "midori", device: str = "phone", **changes: str) -> TestResponse:
        """Sign what was fetched and send it."""
        person = self.town.resident(resident)
        files = (person.phone_certificate, person.phone_key) if device == "phone" else None
        proof = self.town.sign(self.login, resident, files=files, device=device, **changes)
        return self._post("/proof", json.dumps(proof).encode(), content_type="application/json")

    def decline(self) -> TestResponse:
        """Say no."""
        return self._post("/decline", b"")

    def code(self, **options: str) -> str:
        """Scan and sign; the six digits. Busy (503) is answered as an authenticator does: sign anew."""
        for _ in range(3):
            assert self.fetch().status_code == 200
            answer = self.send(**options)
            if answer.status_code != 503:
                break
        assert answer.status_code == 200, answer.text
        return answer.json["code"]

    def _post(self, step: str, body: bytes, **options: str) -> TestResponse:
        claim = {"Jpki-Login-Claim": self.claim} if self.claim else {}
        return self.town.post(self.town.browser(), self.link + step, data=body, headers=claim, **options)


def scan(town: Town, login: Login) -> Phone:
    """A phone held to the login's QR code."""
    link = qr_link(town, login)
    assert link is not None
    return Phone(town, login, link)


def finish(town: Town, login: Login, answer: TestResponse) -> dict:
    """From the answer to the code to the ID token's claims, consenting where it is asked."""
    location = answer.headers["Location"]
    if location.endswith("/consent"):
        location = town.consent(login, location).headers["Location"]
    code = parse_qs(urlsplit(location).query)["code"][0]
    redeemed = town.redeem(code, login)
    assert redeemed.status_code == 200, redeemed.text
    return id_token_claims(redeemed.json["id_token"])
