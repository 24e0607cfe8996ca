"""The desk and its two screens: who may do what when, on real requests, with a real card's commands."""

import json
from html import unescape

import pypdfium2
import pytest
from components.card_provider import refusal
from components.counter_desk import HERE, RESIDENT, STAFF, Counter

from connectors.card.counter.desk import FORGET_SECONDS, DeskBusy
from connectors.card.counter.genuineness import NotChecked


@pytest.fixture
def counter(provider, hanako):
    """A desk with Hanako's card on its reader."""
    return Counter(provider, hanako.card)


def test_a_login_with_the_pin(counter, provider):
    """Staff begin, the resident agrees and types, the way back is on the resident's screen alone."""
    assert "職員の案内" in counter.resident().text
    counter.staff("login", link=counter.link, mode="pin")
    asked = counter.resident().text
    for said in ("青葉市（見本）", "予約サービス", "本の予約のため", f"localhost:{provider.port}"):
        assert said in asked
    assert 'type="password"' not in asked
    counter.resident("agree")
    assert 'type="password"' in counter.resident().text
    done = counter.resident("present", secret="1234").text
    assert provider.return_url in unescape(done)
    staff = counter.staff().text
    assert "終わりました" in staff
    assert provider.return_url not in unescape(staff)
    assert provider.asked == ["mado-2"]
    assert provider.proofs[0]["mode"] == "pin"
    assert "1234" not in json.dumps(provider.proofs)


def test_a_card_held_over(counter, provider):
    """Nothing is typed, and the staff are told that nobody checked the card."""
    counter.staff("login", link=counter.link, mode="kazashi")
    assert NotChecked().statement in counter.staff().text
    counter.resident("agree")
    assert 'name="secret"' not in counter.resident().text
    assert "確認できました" in counter.resident("present").text
    assert provider.proofs[0].keys() == {"certificate", "device", "terminal", "mode", "terminal_signature"}


def test_a_service_that_takes_no_kazashi_is_not_begun(counter, provider):
    """The staff hear it before the resident is asked anything."""
    provider.modes = ["pin"]
    answer = counter.staff("login", link=counter.link, mode="kazashi")
    assert (answer.status_code, "暗証番号なし" in answer.text) == (409, True)
    assert "職員の案内" in counter.resident().text


def test_nothing_is_sent_before_the_resident_agrees(counter, provider):
    """Presenting a card first changes nothing."""
    counter.staff("login", link=counter.link, mode="kazashi")
    counter.resident("present")
    assert provider.proofs == []


def test_the_resident_stops(counter, provider):
    """The provider is told, and what comes later is too late."""
    counter.staff("login", link=counter.link, mode="kazashi")
    turn = counter.turn()
    assert "やめました" in counter.resident("stop").text
    counter.resident("agree", turn=turn)
    counter.resident("present", turn=turn)
    assert (provider.declined, provider.proofs) == (True, [])


def test_a_wrong_pin_tells_the_tries_and_asks_again(counter):
    """Then the right one is taken."""
    counter.staff("login", link=counter.link, mode="pin")
    counter.resident("agree")
    assert "残りの回数: 2" in counter.resident("present", secret="9999").text
    assert "回数は減っていません" in counter.resident("present", secret="12").text
    assert "確認できました" in counter.resident("present", secret="1234").text
    assert "暗証番号が違います" not in counter.staff().text


def test_a_blocked_card_ends_the_errand(counter):
    """The resident is sent to the staff."""
    counter.staff("login", link=counter.link, mode="pin")
    counter.resident("agree")
    for _ in range(3):
        page = counter.resident("present", secret="9999").text
    assert "できませんでした" in page
    assert "ロックされている" in counter.staff().text


def test_a_refusal_is_explained_to_the_staff(counter, provider):
    """With the provider's code, and what can be done."""
    provider.instead[("POST", "proof")] = refusal(403, "level_insufficient")
    counter.staff("login", link=counter.link, mode="kazashi")
    counter.resident("agree")
    assert "職員におたずねください" in counter.resident("present").text
    staff = counter.staff().text
    assert "level_insufficient" in staff
    assert "一度暗証番号でログインした方" in staff


def test_a_terminal_that_is_refused_says_so(counter, provider):
    """Nothing is begun."""
    provider.instead[("GET", "card")] = refusal(403, "terminal_refused")
    assert "terminal_refused" in counter.staff("login", link=counter.link, mode="pin").text
    assert counter.desk.errand() is None


@pytest.mark.parametrize("link", ["", "https://elsewhere.example/", "file:///etc/passwd", "x" * 5000])
def test_an_address_that_is_no_link(counter, link):
    """Said on the page, not echoed as anything but text."""
    answer = counter.staff("login", link=link, mode="pin")
    assert (answer.status_code, "アドレス" in answer.text) == (409, True)


def test_an_ordinary_challenge_is_none_for_a_terminal(counter, provider):
    """A provider that does not know the counter's channel is not answered."""
    provider.challenge_changes = {"channel": "same-device"}
    assert counter.staff("login", link=counter.link, mode="pin").status_code == 409


def test_a_form_is_filled_and_forgotten(counter):
    """By the PIN for input support; the paper is the staff's, until the next errand."""
    counter.staff("form", secret="input-support")
    assert "個人番号（マイナンバー）は読みません" in counter.resident().text
    counter.resident("agree")
    assert "読み取りました" in counter.resident("present", secret="1234").text
    paper = counter.paper("form")
    assert paper.mimetype == "application/pdf"
    text = pypdfium2.PdfDocument(paper.data)[0].get_textpage().get_text_bounded()
    assert "髙橋　花子" in text
    counter.staff("clear")
    assert counter.paper("form").status_code == 404


def test_a_form_by_the_number_on_the_card(counter, hanako):
    """照合番号B, which is no PIN; a wrong one costs one of ten tries."""
    chip = json.loads(hanako.card.read_text())["chip"]
    number = chip["pins"]["input_support_number_b"]["pin"]
    counter.staff("form", secret="number-b")
    counter.resident("agree")
    assert "残りの回数: 9" in counter.resident("present", secret="0" * 14).text
    assert "読み取りました" in counter.resident("present", secret=number).text


def test_an_errand_is_forgotten_by_itself(counter):
    """Nobody came back to the desk."""
    counter.staff("form", secret="input-support")
    counter.resident("agree")
    counter.resident("present", secret="1234")
    counter.seconds = FORGET_SECONDS + 1
    assert counter.desk.errand() is None


def test_a_form_of_an_earlier_errand_changes_nothing(counter, provider):
    """The page that a resident left open belongs to nobody any more."""
    counter.staff("login", link=counter.link, mode="kazashi")
    old = counter.turn()
    counter.staff("stop", turn=old)
    counter.staff("clear")
    counter.staff("login", link=counter.link, mode="kazashi")
    counter.resident("agree", turn=old)
    counter.resident("present", turn=old)
    assert provider.proofs == []
    assert counter.turn() != old


def test_nothing_begins_while_a_card_is_read(counter, provider):
    """The desk says that it is busy; what is under way goes on."""
    met = []

    def meanwhile(environ, start_response):
        try:
            counter.desk.clear()
        except DeskBusy:
            met.append("busy")
        return refusal(403, "certificate_revoked")(environ, start_response)

    provider.instead[("POST", "proof")] = meanwhile
    counter.staff("login", link=counter.link, mode="kazashi")
    counter.resident("agree")
    counter.resident("present")
    assert met == ["busy"]


def test_the_slip_is_there_once_a_login_is_done(counter):
    """Not before, and it names nobody."""
    assert counter.paper("slip").status_code == 404
    counter.staff("login", link=counter.link, mode="pin")
    counter.resident("agree")
    counter.resident("present", secret="1234")
    paper = counter.paper("slip")
    text = pypdfium2.PdfDocument(paper.data)[0].get_textpage().get_text_bounded()
    assert "mado-2/20261126-093000" in text
    assert "花子" not in text


@pytest.mark.parametrize(
    ("address", "options", "status"),
    [
        ("/staff/guess", {}, 404),
        (f"/staff/{RESIDENT}", {}, 404),
        (f"/resident/{STAFF}", {}, 404),
        (f"/staff/{STAFF}", {"base_url": "http://evil.example/"}, 403),
        (f"/staff/{STAFF}", {"headers": {"Sec-Fetch-Site": "cross-site"}}, 403),
        (f"/staff/{STAFF}/login", {}, 405),
        ("/", {}, 404),
    ],
)
def test_screens_open_to_their_own_address_only(counter, address, options, status):
    """Each screen has its secret; other hosts and other sites are turned away."""
    answer = counter.browser.get(address, **{"base_url": HERE, **options})
    assert answer.status_code == status
    assert answer.headers["Cache-Control"] == "no-store"
