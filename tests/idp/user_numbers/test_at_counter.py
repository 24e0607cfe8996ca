"""A user number at a counter after the login: told to the terminal that took part, once, soon; or linked."""

import base64
import re

import pytest
from components.counter import refused
from components.counter_number import number_desk
from components.user_numbers import library

from idp.user_numbers.at_counter import NONCES, SECONDS

GARBAGE = [b"", b"[]", b"{", b'{"terminal": 1}', b'{"terminal": "a", "terminal": "b"}', b"\xff", b"x" * 5000]


@pytest.fixture(scope="module")
def desk(shared_town):
    """A terminal of a library, in a town that the module's tests share."""
    return number_desk(library(shared_town))


@pytest.fixture
def fresh(aoba):
    """The same in a town of one test's own."""
    return number_desk(library(aoba))


def test_the_number_of_a_login_is_told_once(fresh):
    """After consent; and the trail says that it was given, to which terminal, and not which number."""
    fresh.library.set("hanako", "CANARY-77")
    login = fresh.sign_in()
    answer = fresh.ask(login)
    assert (answer.status_code, answer.json) == (200, {"user_number": "CANARY-77"})
    assert answer.headers["Cache-Control"] == "no-store"
    assert refused(fresh.ask(login)) == ("already_used", 409)
    town = fresh.window.town
    with town.product.store.engine.connect() as connection:
        (body,) = connection.exec_driver_sql(
            "SELECT body FROM audit_entry WHERE action = 'user-number.given'"
        ).scalars()
    assert '"terminal":"mado-2"' in body
    assert "CANARY" not in body


def test_before_consent_the_terminal_waits(fresh):
    """Whether the person was known before or not; a nonce is given only when the service may know them."""
    fresh.library.set("hanako", "1")
    login = fresh.sign_in(decision=None)
    assert fresh.challenge(login).json["state"] == "waiting"
    early = fresh.signed(login, "A" * 43, "fetch")
    assert refused(fresh.post(login, "", early))[0] == "not_found"
    fresh.decide(login)
    assert fresh.ask(login).json == {"user_number": "1"}
    stranger = fresh.sign_in("ichiro", decision=None)
    town = fresh.window.town
    location = town.get(stranger.browser, stranger.page_url).headers["Location"]
    assert location.endswith("/consent")
    assert fresh.challenge(stranger).json["state"] == "waiting"
    town.consent(stranger, location)
    assert fresh.ask(stranger).json == {"user_number": None}


def test_who_says_no_gives_no_number(fresh):
    """Not for an earlier yes either."""
    login = fresh.sign_in("ichiro", decision="deny")
    assert refused(fresh.challenge(login)) == ("declined", 410)


def test_a_number_is_linked_once_after_the_login(fresh):
    """From the library's list: what the staff scan; the next login tells it."""
    fresh.library.done("import", {"user_numbers": [{"user_number": "00012"}, {"user_number": "00013"}]})
    login = fresh.sign_in()
    assert fresh.ask(login).json == {"user_number": None}
    assert refused(fresh.ask(login, "link", number="00014")) == ("user_number_not_listed", 409)
    assert fresh.ask(login, "link", number="00012").json == {"user_number": "00012"}
    assert refused(fresh.ask(login)) == ("already_used", 409)
    assert fresh.ask(fresh.sign_in()).json == {"user_number": "00012"}
    other = fresh.sign_in("ichiro")
    assert refused(fresh.ask(other, "link", number="00012")) == ("user_number_in_use", 409)
    assert fresh.ask(other, "link-new", number="00014").json == {"user_number": "00014"}
    again = fresh.sign_in("ichiro")
    assert refused(fresh.ask(again, "link", number="00013")) == ("already_linked", 409)
    assert fresh.library.done("report") == {"linked": 2, "unlinked": 1, "claimable": 0}


def test_a_claim_code_is_asked_for_where_the_list_has_one(fresh):
    """The staff cannot do without it, as the service itself can."""
    fresh.library.done("import", {"user_numbers": [{"user_number": "5", "claim_code": "K7QX-93MT"}]})
    login = fresh.sign_in()
    assert refused(fresh.ask(login, "link", number="5")) == ("claim_refused", 403)
    assert refused(fresh.ask(login, "link", number="5", claim="K7QX-0000")) == ("claim_refused", 403)
    assert fresh.ask(login, "link", number="5", claim="k7qx93mt").json == {"user_number": "5"}


def test_only_the_terminal_that_took_part(desk):
    """Not another one of the same library, not one that was not enrolled for it, not an online login's."""
    login = desk.sign_in()
    other = number_desk(desk.library, "other")
    assert refused(other.challenge(login)) == ("terminal_refused", 403)
    assert refused(desk.challenge(login, "nowhere")) == ("terminal_refused", 403)
    ready = desk.challenge(login).json
    foreign = other.signed(login, ready["nonce"], "fetch", terminal=desk.window.terminal_id)
    assert refused(desk.post(login, "", foreign)) == ("signature_invalid", 400)
    silent = number_desk(desk.library, "silent", user_numbers=False)
    assert refused(silent.challenge(silent.sign_in("yoko"))) == ("terminal_refused", 403)
    town = desk.window.town
    online = town.begin(desk.library.service)
    town.get(online.browser, town.accept(online, "jun"))
    assert refused(desk.challenge(online)) == ("terminal_refused", 403)


def test_only_for_a_service_that_uses_the_registry(shared_town):
    """Another's terminal learns nothing, whatever it was enrolled for."""
    plain = library(shared_town, "plain", scopes=("openid", "verify"), verify_purpose="x", user_numbers=False)
    desk = number_desk(plain, "plain-desk")
    assert refused(desk.challenge(desk.sign_in("jun"))) == ("terminal_refused", 403)


@pytest.mark.parametrize("context", [b"jpki-counter/1\x00", b"jpki-login/1\x00", b"jpki-counter-number/2\x00"])
def test_a_signature_for_something_else_is_none(desk, context):
    """The context is its own."""
    login = desk.sign_in()
    assert refused(desk.ask(login, context=context)) == ("signature_invalid", 400)


@pytest.mark.parametrize(
    "changes",
    [
        {"act": "link", "user_number": "9"},
        {"terminal_signature": "A" * 86},
        {"nonce": "B" * 43},
        {"nonce": "short"},
        {"terminal": "mado-3"},
    ],
    ids=str,
)
def test_what_was_altered_after_it_was_signed(desk, changes):
    """No number is told or linked by it."""
    before = desk.library.done("report")
    login = desk.sign_in()
    answer = desk.ask(login, **changes)
    assert refused(answer)[0] in {"signature_invalid", "already_used", "terminal_refused"}
    assert desk.library.done("report") == before


def test_a_request_is_good_once(desk):
    """The same bytes again, and an old request over a new nonce."""
    login = desk.sign_in("yoko")
    body = desk.signed(login, desk.challenge(login).json["nonce"], "fetch")
    assert desk.post(login, "", body).json == {"user_number": None}
    assert refused(desk.post(login, "", body)) == ("already_used", 409)
    fresh_nonce = desk.challenge(login).json["nonce"]
    assert refused(desk.post(login, "", {**body, "nonce": fresh_nonce})) == ("signature_invalid", 400)


def test_nonces_are_few(desk):
    """The same until it is taken, then new ones up to the limit."""
    login = desk.sign_in("jun")
    assert desk.challenge(login).json == desk.challenge(login).json
    for _ in range(NONCES):
        assert desk.ask(login).json == {"user_number": None}
    assert refused(desk.challenge(login)) == ("rate_limited", 429)


def test_it_is_over_after_minutes(fresh):
    """Counted from the proof."""
    town = fresh.window.town
    login = fresh.sign_in()
    nonce = fresh.challenge(login).json["nonce"]
    town.control(do="clock", seconds=SECONDS + 2)
    assert refused(fresh.challenge(login)) == ("expired", 410)
    assert refused(fresh.post(login, "", fresh.signed(login, nonce, "fetch"))) == ("expired", 410)


def test_a_terminal_whose_permission_ends(fresh):
    """Forbidden, and revoked: at once, between challenge and request."""
    town, tenant = fresh.window.town, fresh.window.town.product.directory.tenant("aoba")
    login = fresh.sign_in()
    nonce = fresh.challenge(login).json["nonce"]
    town.product.terminals.let_learn_numbers(tenant, "mado-2", allowed=False)
    assert refused(fresh.post(login, "", fresh.signed(login, nonce, "fetch"))) == ("terminal_refused", 403)
    town.product.terminals.let_learn_numbers(tenant, "mado-2", allowed=True)
    town.product.terminals.revoke(tenant, "mado-2")
    assert refused(fresh.post(login, "", fresh.signed(login, nonce, "fetch"))) == ("terminal_refused", 403)


@pytest.mark.parametrize("body", GARBAGE, ids=repr)
@pytest.mark.parametrize("path", ["", "/challenge"])
def test_garbage(desk, path, body):
    """Malformed, never a failure of ours, at a live login and at none."""
    login = desk.sign_in()
    code, status = refused(desk.post(login, path, body))
    assert (code, status) in {("malformed", 400), ("too_large", 413)}
    nowhere = re.sub(r"/card/.{22}", "/card/" + "A" * 22, login.link)
    login.link = nowhere
    assert refused(desk.challenge(login)) == ("not_found", 404)


@pytest.mark.parametrize(
    "changes",
    [
        {"act": "steal"},
        {"act": "link"},
        {"act": "link", "user_number": "＝1"},
        {"act": "link", "user_number": "-1"},
        {"user_number": "1"},
        {"terminal_signature": "!"},
        {"terminal_signature": base64.b64encode(bytes(64)).decode()},
        {"nonce": None},
    ],
    ids=str,
)
def test_requests_that_are_none(desk, changes):
    """Malformed, and the nonce is not spent by it."""
    login = desk.sign_in()
    nonce = desk.challenge(login).json["nonce"]
    body = {name: value for name, value in desk.signed(login, nonce, "fetch", **changes).items() if value}
    assert refused(desk.post(login, "", body)) == ("malformed", 400)
    assert desk.challenge(login).json["nonce"] == nonce
