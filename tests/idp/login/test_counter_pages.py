"""What a counter's browser shows and keeps: large type, nothing of the last person; how staff end a login."""

import re
from html import unescape

import pytest
from components.counter import enrol, finish
from components.phone import scan, type_code
from components.town import BASE_URL

PROGRAM = {"Accept": "application/json"}


@pytest.fixture(scope="module")
def aoba(shared_town):
    """One town for all these tests."""
    return shared_town


@pytest.fixture(scope="module")
def window(aoba):
    """A terminal for the library."""
    return enrol(aoba, aoba.library)


@pytest.fixture
def proved(aoba, window):
    """Begin a login and prove it at the terminal: the login and the answer to the proof."""

    def begin(resident="hanako"):
        login = aoba.begin(aoba.library)
        return login, window.prove(login, "pin", resident)

    return begin


def cookies(answer):
    """The cookies that an answer sets: name to (value, seconds)."""
    found = (re.match(r"([^=]+)=([^;]*);.*Max-Age=(\d+)", line) for line in answer.headers.getlist("Set-Cookie"))
    return {one[1]: (one[2], int(one[3])) for one in found if one}


def progress(aoba, window, login):
    """What the terminal hears of the login that it proved."""
    url = f"{login.link}?terminal={window.terminal_id}"
    return aoba.get(aoba.browser(), url, headers=PROGRAM).json.get("progress")


def test_the_pages_after_a_proof_are_in_large_type(aoba, proved):
    """Consent and what follows, with a line for the staff; an ordinary login's are not."""
    login, answer = proved("ichiro")
    consent = aoba.get(login.browser, answer.json["return_url"]).headers["Location"]
    page = aoba.get(login.browser, consent).text
    assert '<html lang="ja" class="counter">' in page
    assert "職員の方へ" in page
    assert "shared-computer" not in page  # no login goes on here, whoever else uses the computer
    assert 'class="counter"' in aoba.get(login.browser, f"{BASE_URL}/t/aoba/login/unknown").text
    ordinary = aoba.begin(aoba.library)
    assert 'class="counter"' not in aoba.get(ordinary.browser, ordinary.page_url).text


def test_the_waiting_page_is_the_counters_once_its_terminal_asked(aoba, window):
    """It offers no other way then, and says what to do when the card was refused."""
    login = aoba.begin(aoba.library)
    assert "card-reader" in aoba.get(login.browser, login.page_url).text
    assert window.prove(login, "pin", "saburo").status_code == 403
    page = aoba.get(login.browser, login.page_url).text
    assert "職員の案内を" in page
    assert "有効期限が<wbr>過ぎています" in page
    assert "職員にお声がけください" in page
    assert "card-reader" not in page


def test_a_counters_browser_keeps_nothing_of_the_person(aoba, proved):
    """A session of minutes while consent is asked; then none, no language, and no mark that it was seen."""
    login, answer = proved("jun")
    back = aoba.get(login.browser, answer.json["return_url"] + "&lang=en")
    assert cookies(back)["aoba-sess"][1] == 900
    assert cookies(back)["aoba-lang"][0] == "en"
    consent = back.headers["Location"]
    assert '<html lang="en"' in aoba.get(login.browser, consent).text
    gone = aoba.consent(login, consent)
    assert gone.status_code == 303
    assert {cookies(gone)[name] for name in ("aoba-sess", "aoba-lang", "aoba-furigana")} == {("", 0)}
    assert "aoba-seen" not in cookies(gone)
    assert aoba.get(login.browser, consent).status_code == 410


def test_a_phone_that_signs_in_at_the_counters_screen_leaves_nothing_there_either(aoba):
    """The terminal had asked, then the resident took their phone: the browser is the counter's all the same."""
    login = aoba.begin(aoba.childcare)
    phone = scan(aoba, login)
    assert enrol(aoba, aoba.childcare, terminal_id="mado-phone").challenge(login).status_code == 200
    phone.fetch()
    back = type_code(aoba, login, phone.code())
    assert cookies(back)["aoba-sess"][1] == 900
    gone = aoba.consent(login, back.headers["Location"])
    assert cookies(gone)["aoba-sess"] == ("", 0)
    assert "aoba-seen" not in cookies(gone)


def test_a_consent_given_before_sets_no_session_at_all(aoba, window):
    """The browser goes straight on to the service."""
    for _ in range(2):
        login = aoba.begin(aoba.library)
        answer = window.prove(login, "pin", "yoko")
        gone = aoba.get(login.browser, answer.json["return_url"])
        if gone.headers["Location"].endswith("/consent"):
            aoba.consent(login, gone.headers["Location"])
    assert cookies(gone)["aoba-sess"] == ("", 0)


@pytest.mark.parametrize("came_back", [False, True])
def test_the_staff_end_a_login_that_its_resident_left(aoba, proved, came_back):
    """Declined at the terminal after the proof: whoever stands there next can neither return nor agree."""
    login, answer = proved()
    consent = f"{login.page_url}/consent"
    if came_back:
        aoba.get(login.browser, answer.json["return_url"])
    assert aoba.post(aoba.browser(), login.link + "/decline").status_code == 204
    back = aoba.get(login.browser, answer.json["return_url"])
    assert (back.status_code >= 400, "このログインは、" in back.text) == (True, True)
    assert aoba.get(login.browser, consent).status_code == 410
    assert aoba.post(aoba.browser(), login.link + "/decline").status_code == 410


def test_nobody_else_ends_a_login_after_its_proof(aoba):
    """Without a terminal a proof stands (section 3, step 1)."""
    login = aoba.begin(aoba.library)
    url = aoba.accept(login)
    late = aoba.post(aoba.browser(), login.link + "/decline")
    assert (late.status_code, late.json["code"]) == (409, "already_used")
    assert aoba.get(login.browser, url).status_code == 303


def test_the_terminal_hears_how_far_the_browser_has_come(aoba, window, proved):
    """For its staff's screen; nobody else hears it, and no login of another kind tells it."""
    login, answer = proved("midori")
    assert progress(aoba, window, login) == "accepted"
    location = aoba.get(login.browser, answer.json["return_url"]).headers["Location"]
    assert progress(aoba, window, login) == "consenting"
    aoba.consent(login, location, "deny")
    assert progress(aoba, window, login) == "finished"
    assert "progress" not in aoba.get(aoba.browser(), login.link, headers=PROGRAM).json
    ordinary = aoba.begin(aoba.library)
    aoba.accept(ordinary)
    assert progress(aoba, window, ordinary) is None


def test_the_way_to_the_service_is_a_page_too(aoba, window):
    """303 as programs follow it; whose browser does not is told where to go, in words of their language."""
    login = aoba.begin(aoba.library)
    consent = aoba.get(login.browser, aoba.accept(login, "sora")).headers["Location"]
    aoba.get(login.browser, consent + "?lang=en")
    gone = aoba.consent(login, consent)
    assert gone.status_code == 303
    assert "You are being sent to" in gone.text
    assert unescape(re.search(r'id="go-on" href="([^"]+)"', gone.text)[1]) == gone.headers["Location"]
    assert (gone.headers["Cache-Control"], gone.mimetype) == ("no-store", "text/html")
    assert "?lang=" not in gone.text


def test_a_counters_number_is_the_one_online(aoba, proved):
    """The same service knows the resident by one number, wherever the card was read."""
    online = aoba.sign_in(aoba.library)["sub"]
    login, answer = proved()
    assert finish(aoba, login, answer)["sub"] == online
