"""The question whose a certificate is, where J-LIS cannot tell: what each answer leads to, and what none does."""

import json
import re
from html import unescape

import pytest
from components.questions import asked, enter, form, number, read_other, say
from components.residents import Office
from components.town import BASE_URL, Login, Town, id_token_claims

from connectors.sandbox.state import Slot
from idp.login import dispatch
from idp.login.stored import parse
from idp.store.shortlived import Change


@pytest.fixture
def unlinked(aoba):
    """Midori's phone has lost its papers; her card is known at the library."""
    aoba.control(do="unlink", resident="midori", certificate="phone")
    aoba.number = aoba.sign_in(aoba.library, "midori")["sub"]
    return aoba


def test_before_the_answer_there_is_nothing(unlinked):
    """No person, no pair, no session, no code: an acceptance with its evidence and no more."""
    before = {table: unlinked.rows(table) for table in ("person", "pair", "session", "certificate")}
    login, url = asked(unlinked)
    assert {table: unlinked.rows(table) for table in before} == before
    assert unlinked.rows("acceptance") == 2
    assert unlinked.get(login.browser, url.replace("/person", "/consent")).status_code == 410
    assert [cookie for cookie in ("aoba-sess",) if login.browser.get_cookie(cookie, domain="localhost")] == []


def test_a_proof_of_nobody_is_not_made_somebody_s(unlinked):
    """Whoever writes into the short-lived state gets no person by leaving out the question."""
    _, url = asked(unlinked)
    key = f"aoba:tx:{url.split('/')[-2]}"
    accepted = json.loads(unlinked.product.state.read(key)["accepted"])
    edited = json.dumps(accepted | {"asked": False})
    assert unlinked.product.state.change(key, Change({}, {"accepted": edited})).applied
    tenant = unlinked.product.directory.tenant("aoba")
    transaction = parse(unlinked.product.state.read(key))
    assert not dispatch.is_asked(transaction)
    with pytest.raises(LookupError):
        dispatch.handle_of(tenant, transaction)


def test_no_makes_a_person_and_is_written_down(unlinked):
    """Somebody who says that this is the first time is new, in the ledger too, and is known from then on."""
    login, url = asked(unlinked)
    fresh = number(unlinked, login, say(unlinked, login, url, "none"))
    assert fresh != unlinked.number
    assert unlinked.rows("person") == 2
    assert unlinked.rows("ledger WHERE operation = 'person.created'") == 1
    midori = unlinked.resident("midori")
    again = unlinked.begin(unlinked.library)
    unlinked.challenge(again)
    answer = unlinked.prove(again, unlinked.sign(again, files=(midori.phone_certificate, midori.phone_key)))
    assert answer.json["return_url"]
    code = unlinked.finish(again, answer.json["return_url"])
    assert id_token_claims(unlinked.redeem(*code).json["id_token"])["sub"] == fresh


def test_the_other_card_in_the_same_session_links_the_two(unlinked):
    """The earlier card signs beside this login: the same person, the same number, one ledger row."""
    login, url = asked(unlinked)
    assert number(unlinked, login, read_other(unlinked, login, url, "midori")) == unlinked.number
    assert unlinked.rows("person") == 1
    assert unlinked.rows("ledger WHERE operation = 'person.attached'") == 1


def test_another_person_s_unknown_card_links_nobody(unlinked):
    """A card that was never used here finds nobody, and makes nobody; neither does the same phone again."""
    login, url = asked(unlinked)
    midori = unlinked.resident("midori")
    for files in (None, (midori.phone_certificate, midori.phone_key)):
        back = read_other(unlinked, login, url, "hanako", files)
        assert back.headers["Location"].endswith("/person?told=unknown")
    page = unlinked.get(login.browser, url + "?told=unknown")
    assert 'role="alert"' in page.text
    assert unlinked.rows("person") == 1
    assert number(unlinked, login, say(unlinked, login, url, "none")) != unlinked.number


def test_a_proof_beside_a_login_is_no_login(unlinked):
    """It founds no session and reaches no consent page, and only the browser of both can use it."""
    login, url = asked(unlinked)
    sent = say(unlinked, login, url, "other")
    other_id = sent.headers["Location"].rsplit("/", 1)[1]
    page = unlinked.get(login.browser, sent.headers["Location"])
    link = unescape(re.search(r'rel="jpki-login" href="([^"]+)"', page.text)[1])
    beside = Login(login.browser, login.service, sent.headers["Location"], link, "", "", "")
    unlinked.challenge(beside)
    return_url = unlinked.prove(beside, unlinked.sign(beside, "midori")).json["return_url"]
    assert unlinked.get(unlinked.browser(), return_url).status_code == 403
    unlinked.get(login.browser, return_url)
    assert unlinked.get(login.browser, f"{BASE_URL}/t/aoba/login/{other_id}/consent").status_code == 410
    stranger, _ = asked(unlinked)
    assert unlinked.get(stranger.browser, f"{url}/other?by={other_id}").status_code == 410
    assert unlinked.rows("session") == 1


def test_leaving_the_other_card_s_page_leads_back_to_the_question(unlinked):
    """It is a page of the question, not a way out to the service."""
    login, url = asked(unlinked)
    sent = say(unlinked, login, url, "other")
    left = unlinked.get(login.browser, sent.headers["Location"] + "/leave")
    assert left.headers["Location"] == url
    assert unlinked.get(login.browser, url).status_code == 200


def test_a_transfer_code_links_once(unlinked):
    """Typed as people type, it links; a second time it is nobody's."""
    code = make_code(unlinked)
    login, url = asked(unlinked)
    typed = f" {code.lower().replace('-', '　')} "
    answer = enter(unlinked, login, url, typed)
    assert number(unlinked, login, answer) == unlinked.number
    assert unlinked.rows("transfer_code") == 0
    unlinked.control(do="add-phone", resident="midori")
    unlinked.control(do="unlink", resident="midori", certificate="phone")
    again, url = asked(unlinked)
    assert enter(unlinked, again, url, code).headers["Location"].endswith("/person/code?wrong=1")


def test_a_transfer_code_is_guessed_five_times_at_most(unlinked):
    """After five wrong ones even the right one is not looked at; the other ways stay open."""
    code = make_code(unlinked)
    login, url = asked(unlinked)
    for wrong in ("", "0" * 12, "ABCD", code[:-1], "あ" * 12):
        assert "wrong" in enter(unlinked, login, url, wrong).headers["Location"]
    hidden = form(unlinked, login, url)
    refused = unlinked.post(login.browser, f"{url}/code", data={**hidden, "code": code})
    assert "wrong" in refused.headers["Location"]
    assert unlinked.rows("transfer_code") == 1
    assert number(unlinked, login, read_other(unlinked, login, url, "midori")) == unlinked.number


def test_a_transfer_code_ends(unlinked):
    """After a week it is nobody's; a newer one ends an older one at once."""
    old, new = make_code(unlinked), make_code(unlinked)
    assert unlinked.rows("transfer_code") == 1
    login, url = asked(unlinked)
    assert "wrong" in enter(unlinked, login, url, old).headers["Location"]
    unlinked.control(do="clock", seconds=8 * 24 * 3600)
    login, url = asked(unlinked)
    assert "wrong" in enter(unlinked, login, url, new).headers["Location"]


def test_the_counter_gets_a_reference_and_the_login_stays_open(unlinked):
    """Eight characters to write down; nobody is made; the resident may still answer otherwise."""
    login, url = asked(unlinked)
    page = say(unlinked, login, url, "counter")
    assert re.search(r'id="reference">[0-9A-Z]{4}-[0-9A-Z]{4}<', page.text)
    assert unlinked.rows("person") == 1
    for _ in range(4):
        say(unlinked, login, url, "counter")
    assert say(unlinked, login, url, "counter").status_code == 429
    assert number(unlinked, login, say(unlinked, login, url, "none")) != unlinked.number


def test_the_first_answer_counts(unlinked):
    """Two presses of a button: the second meets a login that is somebody's already."""
    login, url = asked(unlinked)
    data = {**form(unlinked, login, url), "answer": "none"}
    first, second = (unlinked.post(login.browser, url, data=data) for _ in range(2))
    assert (first.status_code, second.status_code) == (303, 410)
    assert unlinked.rows("person") == 2


@pytest.mark.parametrize("answer", [{}, {"answer": "maybe"}, {"answer": ["none", "other"]}])
def test_another_answer_is_none(unlinked, answer):
    """A form that is not the page's is refused, and the question stays."""
    login, url = asked(unlinked)
    assert unlinked.post(login.browser, url, data={**form(unlinked, login, url), **answer}).status_code == 400
    assert unlinked.post(login.browser, url, data={"form": "x", "answer": "none"}).status_code == 400
    assert unlinked.get(login.browser, url).status_code == 200
    assert unlinked.rows("person") == 1


def test_the_question_belongs_to_its_browser(unlinked):
    """Without the login's cookie there is no such page."""
    _, url = asked(unlinked)
    for address in (url, f"{url}/code", f"{url}/other?by=x"):
        assert unlinked.get(unlinked.browser(), address).status_code == 410
    assert unlinked.post(unlinked.browser(), url, data={"answer": "none"}).status_code == 410


def test_after_ten_years_away_the_counter_links_what_j_lis_cannot(aoba):
    """Known by a card of the first generation; ten years and a CA later the officers link the new one."""
    long_ago, day = -4010 * 24 * 3600, 24 * 3600
    aoba.control(do="clock", seconds=long_ago)
    aoba.control(do="renew", resident="ichiro")
    known = aoba.sign_in(aoba.library, "ichiro")["sub"]
    assert aoba.world.state.current("ichiro", Slot.AUTH).generation == 1
    aoba.control(do="clock", seconds=day)
    office = Office(aoba)
    aoba.control(do="renew", resident="ichiro")
    aoba.control(do="tick")
    login = aoba.begin(aoba.library)
    url = aoba.get(login.browser, aoba.accept(login, "ichiro")).headers["Location"]
    assert url.endswith("/person")
    mine = re.search(r'id="reference">([0-9A-Z-]+)<', say(aoba, login, url, "counter").text)[1]
    office.merge(office.refer(aoba.library, known), mine)
    assert aoba.sign_in(aoba.library, "ichiro")["sub"] == known
    assert aoba.rows("person") == 1


def make_code(town: Town) -> str:
    """A transfer code of the person who is known at the library by the card."""
    people, tenant = town.product.people, town.product.directory.tenant("aoba")
    with town.product.store.for_tenant("aoba").write() as tx:
        client = tenant.clients[town.library.client_id]
        reference = people.references.to_person(tx, tenant, client, town.number)
        return people.transfer_codes.make(tx, tenant, people.references.read(tx, tenant, reference).body)
