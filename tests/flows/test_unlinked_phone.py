"""A phone of which J-LIS knows nothing, from outside: the question, and every way in which it is answered.

A running demo, its control endpoint, `idp`, `idp-card`, and a stock client; numbers as the services receive them.
"""

import base64
import json
import re
from html import unescape
from urllib.parse import urljoin

import pytest
import requests
from components.life import Administration
from components.stock_client import begin, follow, link_of, sign_in, use_card


def phone_of(resident):
    """The resident with the phone in their hand: it stands in a card's form beside the card."""
    return {**resident, "card": resident["card"].replace(".card.json", "-phone.card.json")}


@pytest.fixture(scope="module")
def yoko(demo, tmp_path_factory):
    """Yoko, known at the library by her card, with a phone of which J-LIS knows nothing; her number."""
    folder = tmp_path_factory.mktemp("yoko")
    number = sign_in(demo.tenant(), demo.service("library"), demo.resident("yoko"), folder).claims["sub"]
    return demo.resident("yoko"), number


def with_unlinked_phone(demo, folder):
    """A login by a new phone without link: the browser at the question, and what the stock client keeps."""
    demo.control(do="add-phone", resident="yoko")
    demo.control(do="unlink", resident="yoko", certificate="phone")
    demo.control(do="tick")
    browser = requests.Session()
    client, metadata, verifier, page = begin(demo.tenant(), demo.service("library"), browser)
    answer = use_card(link_of(page), phone_of(demo.resident("yoko")), folder)
    question = browser.get(answer["return_url"], timeout=20)
    assert question.url.endswith("/person")
    return (
        browser,
        question,
        lambda callback: client.fetch_token(
            metadata["token_endpoint"], authorization_response=callback, code_verifier=verifier, timeout=20
        ),
    )


def press(browser, page, **fields):
    """Send the page's one form with these fields; the answer, no redirect followed."""
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page.text))
    action = urljoin(page.url, unescape(re.search(r'<form[^>]*method="post" action="([^"]+)"', page.text)[1]))
    return browser.post(action, {**hidden, **fields}, allow_redirects=False, timeout=20)


def finish(browser, answered, fetch):
    """From the answer to the service; the number that it receives."""
    location = urljoin(answered.url, answered.headers["Location"])
    token = fetch(location if ":8901/callback" in location else follow(browser, location))
    return token["userinfo"]["sub"] if "userinfo" in token else sub_in(token["id_token"])


def sub_in(id_token):
    """`sub` of an ID token, whose signature other tests verify."""
    payload = id_token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))["sub"]


def test_a_phone_without_link_is_linked_by_the_card(demo, yoko, tmp_path):
    """The earlier card is read in the same session; the service receives the number that it knows."""
    browser, question, fetch = with_unlinked_phone(demo, tmp_path)
    sent = press(browser, question, answer="other")
    page = browser.get(urljoin(question.url, sent.headers["Location"]), timeout=20)
    answer = use_card(link_of(page), yoko[0], tmp_path)
    back = browser.get(answer["return_url"], allow_redirects=False, timeout=20)
    linked = browser.get(urljoin(page.url, back.headers["Location"]), allow_redirects=False, timeout=20)
    assert finish(browser, linked, fetch) == yoko[1]


def test_a_phone_without_link_is_linked_by_a_transfer_code(demo, yoko, tmp_path):
    """The code comes from the command that stands in for the resident's own page."""
    reference = demo.idp("person", "refer", "--service", "library", stdin=yoko[1] + "\n")["reference"]
    code = demo.idp("person", "transfer-code", reference)["transfer_code"]
    browser, question, fetch = with_unlinked_phone(demo, tmp_path)
    sent = press(browser, question, answer="code")
    page = browser.get(urljoin(question.url, sent.headers["Location"]), timeout=20)
    assert finish(browser, press(browser, page, code=code), fetch) == yoko[1]


def test_a_phone_without_link_is_linked_by_two_officers(demo, yoko, tmp_path):
    """The page's number and the library's number of her go to the counter; the next login is hers."""
    browser, question, _ = with_unlinked_phone(demo, tmp_path)
    shown = press(browser, question, answer="counter").text
    mine = re.search(r'id="reference">([0-9A-Z-]+)<', shown)[1]
    known = demo.idp("person", "refer", "--service", "library", stdin=yoko[1] + "\n")["reference"]
    Administration(demo).decide("aoba", "person", "merge", known, mine)
    phone = phone_of(demo.resident("yoko"))
    assert sign_in(demo.tenant(), demo.service("library"), phone, tmp_path).claims["sub"] == yoko[1]


def test_somebody_new_stops_one_service_and_comes_back(demo, yoko, tmp_path):
    """`no` makes a person; stopped, the library gets another number, and childcare the same."""
    browser, question, fetch = with_unlinked_phone(demo, tmp_path)
    library = finish(browser, press(browser, question, answer="none"), fetch)
    assert library != yoko[1]
    phone = phone_of(demo.resident("yoko"))
    family = sign_in(demo.tenant(), demo.service("childcare"), phone, tmp_path).claims["sub"]
    reference = demo.idp("person", "refer", "--service", "library", stdin=library + "\n")["reference"]
    assert demo.idp("person", "unlink", reference, "--service", "library")["number_ends"] is True
    again = sign_in(demo.tenant(), demo.service("library"), phone, tmp_path).claims["sub"]
    assert again not in (library, yoko[1])
    assert sign_in(demo.tenant(), demo.service("childcare"), phone, tmp_path).claims["sub"] == family
    entries = demo.idp("ppid", "ledger")
    assert entries["missing"] == []
    assert {"person.created", "grant.ended"} <= {entry["operation"] for entry in entries["entries"]}
