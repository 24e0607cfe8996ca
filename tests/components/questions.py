"""Steps at the question whose a certificate is: Midori's phone, of which J-LIS knows nothing."""

import re
from html import unescape
from urllib.parse import urlsplit

from components.town import Login, Town, id_token_claims


def asked(town: Town, service=None) -> tuple[Login, str]:
    """A login by that phone, come back to its question; the question's address."""
    login = town.begin(service or town.library)
    midori = town.resident("midori")
    town.challenge(login)
    answer = town.prove(login, town.sign(login, files=(midori.phone_certificate, midori.phone_key)))
    assert answer.status_code == 200, answer.text
    back = town.get(login.browser, answer.json["return_url"])
    assert back.status_code == 303
    assert back.headers["Location"].endswith("/person")
    return login, back.headers["Location"]


def form(town: Town, login: Login, url: str) -> dict:
    """The hidden input of a page of the question."""
    page = town.get(login.browser, url)
    assert page.status_code == 200, page.text
    return dict(re.findall(r'<input[^>]*name="([^"]+)"[^>]*value="([^"]*)"', page.text))


def say(town: Town, login: Login, url: str, answer: str):
    """Press one of the four buttons."""
    return town.post(login.browser, url, data={**form(town, login, url), "answer": answer})


def number(town: Town, login: Login, response) -> str:
    """From the answer that went on to the service: the number that the service receives."""
    assert response.status_code == 303, response.text
    location = response.headers["Location"]
    if location.endswith("/consent"):
        response = town.consent(login, location)
    query = dict(part.split("=", 1) for part in urlsplit(response.headers["Location"]).query.split("&"))
    return id_token_claims(town.redeem(query["code"], login).json["id_token"])["sub"]


def read_other(town: Town, login: Login, url: str, resident: str, files=None, *, follow=True):
    """Choose "read the earlier one" and read that card; what the browser comes back to.

    `follow` False: the address alone, not yet gone to.
    """
    sent = say(town, login, url, "other")
    page = town.get(login.browser, sent.headers["Location"])
    link = unescape(re.search(r'rel="jpki-login" href="([^"]+)"', page.text)[1])
    assert 'rel="jpki-login-qr"' not in page.text
    beside = Login(login.browser, login.service, sent.headers["Location"], link, "", "", "")
    town.challenge(beside)
    assert "つなぐ" in beside.challenge["service"]["purpose"]
    answer = town.prove(beside, town.sign(beside, resident, files=files))
    assert answer.status_code == 200, answer.text
    assert "code" not in answer.json
    back = town.get(login.browser, answer.json["return_url"]).headers["Location"]
    return town.get(login.browser, back) if follow else back


def enter(town: Town, login: Login, url: str, code: str):
    """Choose the transfer code, type it, send it."""
    assert say(town, login, url, "code").headers["Location"] == f"{url}/code"
    return town.post(login.browser, f"{url}/code", data={**form(town, login, f"{url}/code"), "code": code})
