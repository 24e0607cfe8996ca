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
    assert "「続ける」を押すのを待っています" in staff
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


def test_the_staff_see_how_far_the_resident_has_come(counter, provider):
    """Asked of the provider every other second after the proof; what it says last stays."""
    counter.staff("login", link=counter.link, mode="pin")
    assert "住民が内容を確かめています" in counter.staff().text
    counter.resident("agree")
    assert "カードと暗証番号を待っています" in counter.staff().text
    counter.resident("present", secret="1234")
    for seconds, progress, said in ((10, "consenting", "同意を待っています"), (20, "finished", "選び終わり")):
        provider.instead[("GET", "card")] = refusal(409, "already_used", progress=progress)
        counter.seconds = seconds
        counter.browser.get(f"/staff/{STAFF}/state", base_url=HERE)
        assert said in counter.staff().text
    asked = len(provider.asked)
    counter.seconds = 30
    counter.desk.look()
    assert len(provider.asked) == asked


@pytest.mark.parametrize(("progress", "declined"), [("", True), ("consenting", True), ("finished", False)])
def test_the_next_person_cannot_go_on_with_it(counter, provider, progress, declined):
    """What was proved is ended at the provider, unless the service has heard of it; the language is forgotten."""
    counter.staff("login", link=counter.link, mode="pin")
    counter.browser.get(f"/resident/{RESIDENT}?lang=en", base_url=HERE)
    counter.resident("agree")
    counter.resident("present", secret="1234")
    if progress:
        provider.instead[("GET", "card")] = refusal(409, "already_used", progress=progress)
        counter.seconds = 10
        counter.desk.look()
    counter.staff("clear")
    assert (provider.declined, counter.desk.errand(), counter.desk.speech.language) == (declined, None, "ja")


def test_the_resident_chooses_a_language(counter, provider):
    """For this person alone; the way back carries it to the provider. What is no language changes nothing."""
    counter.staff("login", link=counter.link, mode="pin")

    def choose(query):
        return counter.browser.get(f"/resident/{RESIDENT}?{query}", base_url=HERE, follow_redirects=True).text

    english = choose("lang=en")
    assert ('<html lang="en">' in english, "Sign in to this service?" in english) == (True, True)
    assert '<span lang="ja">青葉市（見本）</span>' in english
    assert "<rt>" in choose("lang=ja-simple")
    plain = choose("lang=ja-simple&furigana=off")
    assert ("<rt>" in plain, "ふりがなを付ける" in plain) == (False, True)
    assert choose("lang=../../x") == plain
    counter.resident("agree")
    done = unescape(counter.resident("present", secret="1234").text)
    assert f"{provider.return_url}&lang=ja-simple&furigana=off" in done


def test_who_can_help_is_said_where_it_failed(counter, provider):
    """This counter, the municipality's office in the resident's language, what to bring, paper, a number, help."""
    stated = {"ja": {"desk": "市民課", "telephone": "000-000-0000"}, "en": {"desk": "Citizens' Section"}}
    provider.challenge_changes = {
        "tenant": {"name": "青葉市（見本）", "offices": stated, "help": f"{provider.issuer}/help"}
    }
    provider.instead[("POST", "proof")] = refusal(403, "certificate_expired")
    counter.staff("login", link=counter.link, mode="pin")
    counter.resident("agree")
    page = counter.resident("present", secret="1234").text
    for said in (
        "有効期限が過ぎています",
        "本庁舎1階",
        "市民課",
        "000-000-0000",
        "運転免許証",
        "mado-2/20261126-093000",
    ):
        assert said in page
    assert f'href="{provider.issuer}/help?lang=ja"' in page
    counter.browser.get(f"/resident/{RESIDENT}?lang=en", base_url=HERE)
    english = counter.resident().text
    assert ("Citizens&#39; Section" in english, "000-000-0000" in english) == (True, True)


@pytest.mark.parametrize(
    "changes", [{"help": "https://elsewhere.example/"}, {"offices": []}, {"offices": {"ja": {"desk": "a\nb"}}}]
)
def test_help_that_is_not_the_providers_is_refused(counter, provider, changes):
    """Nothing is shown that leads elsewhere, or that is no line of text."""
    provider.challenge_changes = {"tenant": {"name": "青葉市（見本）", **changes}}
    assert counter.staff("login", link=counter.link, mode="pin").status_code == 409
