"""The question after a login by six digits: whoever was talked into reading a QR code is bound to nobody by it."""

import re

import pytest
from components.phone import finish, scan, type_code
from components.residents import Office
from components.town import Login, Town

VICTIM, ATTACKER = "midori", "hanako"
BOUND = ("person", "pair", "session", "certificate", "ledger", "transfer_code")
"""Tables in which a certificate that was bound, or a code that was spent, would show."""


@pytest.fixture
def relayed(aoba):
    """The victim's phone has no link to her card; the attacker is known by her own, and has a transfer code."""
    aoba.control(do="unlink", resident=VICTIM, certificate="phone")
    aoba.number = aoba.sign_in(aoba.library, ATTACKER)["sub"]
    return aoba


@pytest.fixture
def talked_into(relayed):
    """The victim read the attacker's QR code and told the digits: the attacker's browser has her question."""
    login = relayed.begin(relayed.library)
    answer = type_code(relayed, login, scan(relayed, login).code(resident=VICTIM))
    assert answer.headers["Location"].endswith("/person")
    return login, answer.headers["Location"]


def hidden(town: Town, login: Login, url: str) -> dict:
    """What the page of the question sends back unchanged."""
    return dict(re.findall(r'<input[^>]*name="([^"]+)"[^>]*value="([^"]*)"', town.get(login.browser, url).text))


def counted(town: Town) -> dict:
    """How many rows there are of everything that an answer writes."""
    return {table: town.rows(table) for table in BOUND}


def transfer_code(town: Town) -> str:
    """A transfer code of the attacker's own person."""
    people, office = town.product.people, Office(town)
    named = office.read(office.refer(town.library, town.number))
    with town.product.store.for_tenant("aoba").write() as tx:
        return people.transfer_codes.make(tx, office.tenant, named.body)


def test_the_page_offers_what_binds_nobody(relayed, talked_into):
    """A new number and the counter; of the other two it says where they can be done."""
    login, url = talked_into
    page = relayed.get(login.browser, url)
    assert page.status_code == 200
    assert re.findall(r'name="answer" value="([a-z]+)"', page.text) == ["counter", "none"]
    assert 'id="after-digits"' in page.text
    assert "カードリーダーをつないだパソコン" in page.text


@pytest.mark.parametrize("answer", ["other", "code"])
def test_an_answer_that_the_page_does_not_offer_is_refused(relayed, talked_into, answer):
    """Posted all the same, nothing changes, and the question is open as before."""
    login, url = talked_into
    before = counted(relayed)
    refused = relayed.post(login.browser, url, data={**hidden(relayed, login, url), "answer": answer})
    assert refused.status_code == 403
    assert "つなげません" in refused.text
    assert refused.headers.getlist("Set-Cookie") == []
    assert counted(relayed) == before
    assert relayed.get(login.browser, url).status_code == 200


def test_the_attacker_s_transfer_code_takes_no_certificate(relayed, talked_into):
    """Neither is its page shown nor is the code looked at: it can still be spent where it belongs."""
    login, url = talked_into
    code, form = transfer_code(relayed), hidden(relayed, login, url)
    before = counted(relayed)
    assert relayed.get(login.browser, f"{url}/code").status_code == 403
    assert relayed.post(login.browser, f"{url}/code", data={**form, "code": code}).status_code == 403
    assert counted(relayed) == before
    assert relayed.rows("transfer_code") == 1


def test_the_attacker_s_card_takes_no_certificate(relayed, talked_into):
    """A proof beside another login of the same browser, where that is allowed, is worth nothing here either."""
    login, url = talked_into
    relayed.control(do="add-phone", resident=ATTACKER)
    relayed.control(do="unlink", resident=ATTACKER, certificate="phone")
    own, own_url = _unclear(relayed, login.browser, ATTACKER)
    sent = relayed.post(own.browser, own_url, data={**hidden(relayed, own, own_url), "answer": "other"})
    page = relayed.get(own.browser, sent.headers["Location"]).text
    link = re.search(r'rel="jpki-login" href="([^"]+)"', page)[1]
    beside = Login(own.browser, own.service, sent.headers["Location"], link, "", "", "")
    relayed.get(own.browser, relayed.accept(beside, ATTACKER))
    before, beside_id = counted(relayed), sent.headers["Location"].rpartition("/")[2]
    assert relayed.get(login.browser, f"{url}/other?by={beside_id}").status_code == 403
    assert counted(relayed) == before
    done = relayed.get(own.browser, f"{own_url}/other?by={beside_id}")
    assert "code=" in done.headers["Location"]


def test_after_the_attack_the_victim_is_somebody_of_her_own(relayed, talked_into):
    """Whatever was tried: at her own device she is not the attacker, and the attacker is who she was."""
    login, url = talked_into
    for answer in ("other", "code"):
        relayed.post(login.browser, url, data={**hidden(relayed, login, url), "answer": answer})
    own, own_url = _unclear(relayed, relayed.browser(), VICTIM)
    answered = relayed.post(own.browser, own_url, data={**hidden(relayed, own, own_url), "answer": "none"})
    assert finish(relayed, own, answered)["sub"] != relayed.number
    assert relayed.sign_in(relayed.library, ATTACKER)["sub"] == relayed.number


def test_a_new_number_and_the_counter_are_there_after_digits(relayed, talked_into):
    """An honest resident goes on: with a reference for the counter, or as somebody new."""
    login, url = talked_into
    page = relayed.post(login.browser, url, data={**hidden(relayed, login, url), "answer": "counter"})
    assert re.search(r'id="reference">[0-9A-Z]{4}-[0-9A-Z]{4}<', page.text)
    answered = relayed.post(login.browser, url, data={**hidden(relayed, login, url), "answer": "none"})
    assert finish(relayed, login, answered)["sub"] != relayed.number
    assert relayed.rows("person") == 2


def test_digits_for_a_browser_that_did_not_go_on_are_digits(relayed):
    """A login of the same device that its code finished is one by code: the same two answers."""
    login = relayed.begin(relayed.library)
    person = relayed.resident(VICTIM)
    relayed.challenge(login)
    answer = relayed.prove(login, relayed.sign(login, files=(person.phone_certificate, person.phone_key)))
    url = type_code(relayed, login, answer.json["code"]).headers["Location"]
    page = relayed.get(login.browser, url)
    assert re.findall(r'name="answer" value="([a-z]+)"', page.text) == ["counter", "none"]


def _unclear(town: Town, browser, resident: str) -> tuple[Login, str]:
    """A login on one device by a phone without link, come to its question."""
    person, login = town.resident(resident), town.begin(town.library, browser)
    town.challenge(login)
    answer = town.prove(login, town.sign(login, files=(person.phone_certificate, person.phone_key)))
    assert answer.status_code == 200, answer.text
    return login, town.get(login.browser, answer.json["return_url"]).headers["Location"]
