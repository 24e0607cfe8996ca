"""Login transactions, their handles, cookies and pages: alive at one tenant, unknown at the other.

As in `test_codes_and_tokens.py`: the live value and a made-up one get the same answer, then the live one is used.
"""

from urllib.parse import parse_qs, urlsplit

import pytest
from components.town import BASE_URL
from isolation.strangers import at, cookie_of, last_segment, made_up, seen

JSON = {"Accept": "application/json"}


def under(town, tenant_id, login, transaction_id, *, session=None):
    """A browser that holds the login's cookies under the names that `tenant_id` gives them."""
    browser = town.browser()
    browser.set_cookie(f"{tenant_id}-tx-{transaction_id}", cookie_of(login, "-tx-"), domain="localhost")
    if session:
        browser.set_cookie(f"{tenant_id}-sess", session, domain="localhost")
    return browser


@pytest.mark.parametrize("step", ["help", "challenge", "proof", "decline"])
def test_a_handle_is_nothing_to_another_tenant(neighbours, step):
    """LINK with the neighbour's issuer: not_found, and the challenge at home stays what it was."""
    login = neighbours.begin(neighbours.library)
    neighbours.challenge(login)
    proof = neighbours.sign(login)

    def answer(handle):
        link = at("wakaba", f"/card/{handle}")
        if step in ("help", "challenge"):
            return neighbours.get(neighbours.browser(), link, headers=JSON if step == "challenge" else {})
        options = {"json": proof} if step == "proof" else {}
        return neighbours.post(neighbours.browser(), f"{link}/{step}", **options)

    live, fake = last_segment(login.link), made_up(last_segment(login.link))
    foreign = seen(answer(live), live)
    assert foreign == seen(answer(fake), fake)
    if step != "help":
        assert foreign[0] == 404
        assert '"not_found"' in foreign[1]
    assert neighbours.challenge(login).json == login.challenge
    assert neighbours.prove(login, proof).status_code == 200


@pytest.mark.parametrize("page", ["", "/return?secret=x", "/leave", "/consent"])
@pytest.mark.parametrize("accept", ["text/html", "application/json"])
def test_a_transaction_is_nothing_to_another_tenant(neighbours, page, accept):
    """With its id and its cookie, under the neighbour's address and cookie names."""
    login = neighbours.begin(neighbours.library)

    def answer(transaction_id):
        browser = under(neighbours, "wakaba", login, transaction_id)
        return neighbours.get(browser, at("wakaba", f"/login/{transaction_id}{page}"), headers={"Accept": accept})

    live = last_segment(login.page_url)
    fake = made_up(live)
    foreign = seen(answer(live), live)
    assert foreign == seen(answer(fake), fake)
    assert foreign[0] == 410
    assert neighbours.get(login.browser, login.page_url).status_code == 200


@pytest.mark.parametrize("page", ["", "/leave"])
def test_a_transaction_belongs_to_its_browser(neighbours, page):
    """With another login's cookie or one made up, a live transaction is as one that never was."""
    login, other = neighbours.begin(neighbours.library), neighbours.begin(neighbours.childcare)
    live = last_segment(login.page_url)
    fake = made_up(live)

    def answer(transaction_id, cookie):
        browser = neighbours.browser()
        browser.set_cookie(f"aoba-tx-{transaction_id}", cookie, domain="localhost")
        return seen(neighbours.get(browser, at("aoba", f"/login/{transaction_id}{page}")), transaction_id)

    cookies = (cookie_of(other, "-tx-"), made_up(cookie_of(login, "-tx-")))
    answers = {answer(transaction_id, cookie) for transaction_id in (live, fake) for cookie in cookies}
    assert len(answers) == 1
    assert next(iter(answers))[0] == 410
    assert answer(live, cookie_of(login, "-tx-"))[0] in (200, 303)


def test_a_browser_without_cookies_learns_nothing_but_that_they_are_needed(neighbours):
    """One page for whatever login is open, which names no service; nothing else answers, and no page for none."""
    logins = [neighbours.begin(service) for service in (neighbours.library, neighbours.childcare)]
    live = [last_segment(login.page_url) for login in logins]

    def answer(transaction_id, page="", **headers):
        url = at("aoba", f"/login/{transaction_id}{page}")
        return seen(neighbours.get(neighbours.browser(), url, headers=headers), transaction_id)

    (told,) = {answer(transaction_id) for transaction_id in live}
    assert told[0] == 403
    assert not any(name in told[1] for name in ("library", "childcare"))
    for page, headers in (("/leave", {}), ("", JSON)):
        (never,) = {answer(transaction_id, page, **headers) for transaction_id in (*live, made_up(live[0]))}
        assert never[0] == 410
    assert answer(made_up(live[0]))[0] == 410


def test_a_return_link_is_nothing_to_another_tenant(neighbours):
    """Its id, secret and cookie at the neighbour: as a link that never was; at home it still completes."""
    login = asked_anew(neighbours)
    return_url = neighbours.accept(login)
    live = last_segment(login.page_url)
    fake = made_up(live)
    secret = parse_qs(urlsplit(return_url).query)["secret"][0]

    def answer(transaction_id, shown):
        browser = under(neighbours, "wakaba", login, transaction_id)
        return neighbours.get(browser, at("wakaba", f"/login/{transaction_id}/return?secret={shown}"))

    foreign = seen(answer(live, secret), live)
    assert foreign == seen(answer(fake, made_up(secret)), fake)
    assert foreign[0] == 410
    assert neighbours.get(login.browser, return_url).headers["Location"].endswith("/consent")


def test_a_return_link_is_nothing_to_another_login(neighbours):
    """The secret of one transaction at the other, in the other's own browser: as a made-up secret."""
    login, other = neighbours.begin(neighbours.library), neighbours.begin(neighbours.childcare)
    secrets = [parse_qs(urlsplit(neighbours.accept(one)).query)["secret"][0] for one in (login, other)]

    def answer(shown):
        url = f"{other.page_url.partition('?')[0]}/return?secret={shown}"
        return neighbours.get(other.browser, url)

    foreign = seen(answer(secrets[0]))
    assert foreign == seen(answer(made_up(secrets[0])))
    assert foreign[0] >= 400
    assert answer(secrets[1]).status_code == 303


def asked_anew(town):
    """A login at a service that asks for consent because nobody has used it yet."""
    return town.begin(town.register("aoba", f"new-{made_up('0' * 8)}"))


def consent_page(town, login):
    """The login's consent page, reached: its address, and its form's hidden value."""
    url = town.get(login.browser, town.accept(login)).headers["Location"]
    hidden = town.get(login.browser, url).text.partition('name="form" value="')[2].partition('"')[0]
    assert len(hidden) == 22
    return url, hidden


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_consent_page_is_nothing_to_another_tenant(neighbours, method):
    """With the session cookie under the neighbour's name and the right form: as a page that never was."""
    login = asked_anew(neighbours)
    url, form = consent_page(neighbours, login)
    live, session = last_segment(login.page_url), login.browser.get_cookie("aoba-sess").value

    def answer(transaction_id, shown):
        browser = neighbours.browser()
        browser.set_cookie("wakaba-sess", shown, domain="localhost")
        path = f"/t/wakaba/login/{transaction_id}/consent"
        data = {"form": form, "decision": "allow"} if method == "POST" else None
        return browser.open(path, method=method, base_url=BASE_URL, data=data)

    fake = made_up(live)
    foreign = seen(answer(live, session), live)
    assert foreign == seen(answer(fake, made_up(session)), fake)
    assert foreign[0] == 410
    assert "code=" in neighbours.consent(login, url).headers["Location"]


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_consent_page_belongs_to_the_session_that_its_login_founded(neighbours, method):
    """Another resident's live session of the same tenant, a made-up one, none: the same as no such page."""
    login, other = asked_anew(neighbours), neighbours.begin(neighbours.library)
    url, form = consent_page(neighbours, login)
    neighbours.get(other.browser, neighbours.accept(other, "ichiro"))
    live = last_segment(login.page_url)
    fake = made_up(live)

    def answer(transaction_id, session):
        browser = neighbours.browser()
        if session:
            browser.set_cookie("aoba-sess", session, domain="localhost")
        path = f"/t/aoba/login/{transaction_id}/consent"
        data = {"form": form, "decision": "allow"} if method == "POST" else None
        return seen(browser.open(path, method=method, base_url=BASE_URL, data=data), transaction_id)

    sessions = (None, other.browser.get_cookie("aoba-sess").value, made_up("x" * 43))
    answers = {answer(transaction_id, session) for transaction_id in (live, fake) for session in sessions}
    assert len(answers) == 1
    assert next(iter(answers))[0] == 410
    assert "code=" in neighbours.consent(login, url).headers["Location"]


def test_a_form_is_nothing_to_another_consent_page(neighbours):
    """The hidden value of one page posted to another, in that one's own browser: as a made-up value."""
    login, other = asked_anew(neighbours), asked_anew(neighbours)
    _, form = consent_page(neighbours, login)
    url, _ = consent_page(neighbours, other)

    def answer(shown):
        return neighbours.post(other.browser, url, data={"form": shown, "decision": "allow"})

    foreign = seen(answer(form))
    assert foreign == seen(answer(made_up(form)))
    assert foreign[0] == 400
    assert "code=" in neighbours.consent(other, url).headers["Location"]


@pytest.mark.parametrize("target", ["parking", "childcare", "library"])
def test_a_proof_is_nothing_to_another_login(neighbours, target):
    """Signed for one login, posted to another at the neighbour, for another client, for the same client."""
    login, other = neighbours.begin(neighbours.library), neighbours.begin(getattr(neighbours, target))
    neighbours.challenge(login)
    neighbours.challenge(other)
    proof = neighbours.sign(login)
    foreign = seen(neighbours.prove(other, proof))
    neighbours.challenge(other)
    garbage = seen(neighbours.prove(other, proof | {"signature": made_up(proof["signature"][:-2]) + "AA"}))
    assert foreign == garbage
    assert foreign[0] == 400
    assert '"signature_invalid"' in foreign[1]
    assert neighbours.prove(login, proof).status_code == 200


def test_the_steps_of_one_login_are_named_by_values_of_its_own(neighbours):
    """Two logins of one browser at two services share no handle, no transaction, no nonce, no secret, no form."""
    browser = neighbours.browser()
    drawn = []
    for service in (neighbours.library, neighbours.childcare, neighbours.parking):
        login = neighbours.begin(service, browser=browser)
        return_url = neighbours.accept(login)
        secret = parse_qs(urlsplit(return_url).query)["secret"][0]
        values = {last_segment(login.page_url), last_segment(login.link), secret}
        drawn.append(values | {login.challenge["transaction"], login.challenge["nonce"]})
    assert all(len(values) == 5 for values in drawn)
    assert len(set.union(*drawn)) == 15
