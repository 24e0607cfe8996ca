"""The help pages of a running product: open to everybody, in every language; the furigana switch."""

import re
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from structlog.testing import capture_logs

from idp.japan import JAPAN
from idp.logs import of_request
from idp.web.web_help import TOPICS

LANGUAGES = ["ja", "ja-simple", "en"]


def test_every_help_page_is_served_in_every_language(aoba):
    """Without a login, with the headers of every page."""
    browser = aoba.browser()
    for path in TOPICS.values():
        for language in LANGUAGES:
            answer = aoba.get(browser, f"http://localhost:8000/t/aoba/help{path}?lang={language}")
            assert answer.status_code == 200
            assert f'<html lang="{language}">' in answer.text
            assert answer.headers["Cache-Control"] == "no-store"
            assert "script-src 'self'" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize("path", ["nothing", "pin/", "PIN", "..%2fpin", "index"])
def test_there_is_nothing_else(aoba, path):
    """Any other address is a page that says so."""
    answer = aoba.get(aoba.browser(), f"http://localhost:8000/t/aoba/help/{path}")
    assert answer.status_code == 404
    assert "<h1" in answer.text


def test_the_language_and_the_furigana_switch_are_remembered(aoba):
    """Switched on one page, gone on the next, back when switched again; other languages have no switch."""
    browser, page = aoba.browser(), "http://localhost:8000/t/aoba/help/pin"
    assert "?furigana=" not in aoba.get(browser, page).text
    shown = aoba.get(browser, f"{page}?lang=ja-simple").text
    assert "<rt>" in shown
    assert "?furigana=off" in shown
    aoba.get(browser, f"{page}?furigana=off")
    hidden = aoba.get(browser, page).text
    assert "<rt>" not in hidden
    assert "?furigana=on" in hidden
    assert "<rt>" in aoba.get(browser, f"{page}?furigana=on").text


@pytest.mark.parametrize("value", ["", "x" * 5000, "<script>", "ON"])
def test_a_switch_that_is_none_changes_nothing(aoba, value):
    """What is sent is neither kept nor shown."""
    browser = aoba.browser()
    answer = aoba.get(browser, f"http://localhost:8000/t/aoba/help?{urlencode({'furigana': value})}")
    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers
    assert "<script>" not in answer.text


def test_the_office_of_the_municipality_is_on_its_pages(aoba):
    """As soon as it is stated, in the language of the page, with a telephone to press."""
    product, issuer = aoba.product, "http://localhost:8000/t/aoba"
    tenant = product.directory.tenant("aoba")
    lines = {"ja": {"desk": "市民課", "telephone": "000-000-0000"}, "en": {"desk": "Citizens' Section"}}
    product.policies.change_tenant(tenant, revocation={}, offices=lines)
    product.directory.refresh()
    page = aoba.get(aoba.browser(), f"{issuer}/help?lang=en").text
    assert "Citizens&#39; Section" in page
    assert 'href="tel:000-000-0000"' in page
    assert "市民課" in aoba.get(aoba.browser(), f"{issuer}/login/unknown").text
    assert "000-000-0000" not in aoba.get(aoba.browser(), "http://localhost:8000/t/wakaba/help").text


def test_a_refused_card_leads_to_the_office_with_a_number(aoba):
    """The waiting page says who can help, and the log names the case under the number that the page shows."""
    tenant = aoba.product.directory.tenant("aoba")
    office = {"desk": "市民課 1階", "paper": "申請書を郵送してください。"}
    aoba.product.policies.change_tenant(tenant, revocation={}, offices={"ja": office})
    aoba.product.directory.refresh()
    login = aoba.begin(aoba.library)
    aoba.challenge(login)
    assert aoba.prove(login, aoba.sign(login, "saburo")).status_code == 403
    with capture_logs(processors=[of_request]) as lines:
        page = aoba.get(login.browser, login.page_url).text
    assert "市民課 1階" in page
    assert "申請書を郵送してください。" in page
    number = re.search(r"<code>([0-9a-f]{8})</code>", page)[1]
    shown = [line for line in lines if line["event"] == "refusal.shown"]
    assert [(line["reference"], line["reason"]) for line in shown] == [(number, "certificate_expired")]


def test_a_browser_without_cookies_is_told_so(aoba):
    """Not that its time is over, which no new start would mend; a login that is none is still over."""
    login = aoba.begin(aoba.library)
    answer = aoba.get(aoba.browser(), login.page_url)
    assert (answer.status_code, "Cookieが<wbr>届いていません" in answer.text) == (403, True)
    assert aoba.get(aoba.browser(), "http://localhost:8000/t/aoba/login/unknown").status_code == 410
    assert aoba.get(login.browser, login.page_url).status_code == 200


def test_how_long_a_certificate_is_over_is_said(aoba):
    """On the page of whoever read it, and nowhere else."""
    login = aoba.begin(aoba.library)
    aoba.challenge(login)
    refused = aoba.prove(login, aoba.sign(login, "saburo"))
    assert re.search(r"最後の日から[1-9][0-9]*日たっています", aoba.get(login.browser, login.page_url).text)
    assert "days" not in refused.text


def test_when_to_try_again_is_said_until_it_has_come(aoba):
    """While the sources of revocation are out: the time in Japan, half a minute on, rounded up."""
    aoba.control(do="ocsp", mode="down")
    aoba.control(do="crl", mode="stale")
    aoba.control(do="clock", seconds=3 * 24 * 3600)
    login = aoba.begin(aoba.library)
    aoba.challenge(login)
    assert aoba.prove(login, aoba.sign(login)).status_code == 503
    due = aoba.clock() + timedelta(seconds=30 + 59)
    page = aoba.get(login.browser, login.page_url).text
    assert re.search(r"次は、(\d\d:\d\d)ごろ", page)[1] in {
        f"{due.astimezone(JAPAN):%H:%M}",
        f"{due.astimezone(JAPAN) - timedelta(minutes=1):%H:%M}",
    }
    aoba.control(do="clock", seconds=3 * 24 * 3600 + 60)
    assert "ごろから" not in aoba.get(login.browser, login.page_url).text
