"""Pushed requests: judged when pushed, taken up until a login ends by them, and then never again (RFC 9126)."""

import re
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
from components.town import BASE_URL, REDIRECT_URI, Login, whereto

from idp.services.service_changes import ServiceChange
from idp.store import one_time

PREFIX = "urn:ietf:params:oauth:request_uri:"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
AUTHORIZE = f"{BASE_URL}/t/aoba/authorize"


def push(town, service=None, *, secret=None, **parameters):
    """A pushed request that is right but for what the test changes."""
    service = service or town.library
    form = {
        "response_type": "code",
        "client_id": service.client_id,
        "redirect_uri": REDIRECT_URI,
        "scope": "openid",
        "state": "pushed",
        "nonce": "n",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
        **parameters,
    }
    data = {name: value for name, value in form.items() if value is not None}
    credentials = (service.client_id, secret or service.client_secret)
    return town.post(town.browser(), f"{BASE_URL}/t/{service.tenant_id}/par", data=data, auth=credentials)


def pushed(town, service=None, **parameters):
    """Its request URI."""
    answer = push(town, service, **parameters)
    assert answer.status_code == 201, answer.text
    return answer.json["request_uri"]


def authorize(town, request_uri, browser=None, service=None, **more):
    """The browser's half."""
    query = {"client_id": (service or town.library).client_id, "request_uri": request_uri, **more}
    return (browser or town.browser()).get("/t/aoba/authorize", base_url=BASE_URL + "/", query_string=query)


def begun(town, request_uri):
    """A login that was begun by it."""
    browser = town.browser()
    page_url = whereto(authorize(town, request_uri, browser))
    link = unescape(re.search(r'rel="jpki-login" href="([^"]+)"', town.get(browser, page_url).text)[1])
    return Login(browser, town.library, page_url, link, VERIFIER, "pushed", "n")


def ended(town, login, resident="hanako"):
    """Sign in; the query that the service receives."""
    answer = town.get(login.browser, town.accept(login, resident))
    if answer.headers["Location"].endswith("/consent"):
        answer = town.consent(login, answer.headers["Location"])
    location = answer.headers["Location"]
    assert location.startswith(REDIRECT_URI + "?")
    return {name: value for name, [value] in parse_qs(urlsplit(location).query).items()}


def test_a_pushed_request_is_a_login_as_any_other(aoba):
    """201 with a request URI of 90 seconds; the browser carries nothing else; the code is redeemed."""
    answer = push(aoba)
    assert (answer.status_code, answer.json["expires_in"]) == (201, 90)
    assert answer.headers["Cache-Control"] == "no-store"
    assert re.fullmatch(re.escape(PREFIX) + r"[A-Za-z0-9_-]{43}", answer.json["request_uri"])
    login = begun(aoba, answer.json["request_uri"])
    received = ended(aoba, login)
    assert (received["state"], received["iss"]) == ("pushed", f"{BASE_URL}/t/aoba")
    assert aoba.redeem(received["code"], login).status_code == 200


def test_what_the_browser_adds_does_not_count(shared_town):
    """State, scope and redirect URI are those that were pushed."""
    more = {"state": "other", "redirect_uri": "https://evil.example/", "scope": "openid x", "prompt": "none"}
    answer = authorize(shared_town, pushed(shared_town), **more)
    assert "/login/" in whereto(answer)


def test_a_request_uri_may_come_in_a_form(shared_town):
    """It is kept, and taken up by the GET that follows, as often as that page is loaded."""
    form = {"client_id": shared_town.library.client_id, "request_uri": pushed(shared_town), "state": "other"}
    answer = shared_town.post(shared_town.browser(), AUTHORIZE, data=form)
    assert (answer.status_code, "request_uri" in answer.headers["Location"]) == (303, False)
    for _ in range(2):
        assert "/login/" in whereto(shared_town.get(shared_town.browser(), answer.headers["Location"]))


@pytest.mark.prove_oidc
def test_it_may_be_loaded_anew_until_a_login_ends_by_it(aoba):
    """Twice, and long after its 90 seconds; then it is over, with a page of ours."""
    request_uri = pushed(aoba)
    first = begun(aoba, request_uri)
    aoba.control(do="clock", seconds=200)
    second = begun(aoba, request_uri)
    assert "code" in ended(aoba, second)
    answer = authorize(aoba, request_uri)
    assert (answer.status_code, answer.headers.get("Location")) == (400, None)
    aoba.control(do="clock", seconds=0)
    late = ended(aoba, first)
    assert (late["error"], "code" in late) == ("invalid_request_uri", False)


def test_leaving_is_no_end(shared_town):
    """The resident may think again."""
    request_uri = pushed(shared_town)
    login = begun(shared_town, request_uri)
    left = shared_town.get(login.browser, login.page_url + "/leave").headers["Location"]
    assert "error=access_denied" in left
    assert "/login/" in whereto(authorize(shared_town, request_uri))


def test_unused_it_lives_ninety_seconds(aoba):
    """Not one more."""
    request_uri = pushed(aoba)
    aoba.control(do="clock", seconds=91)
    assert authorize(aoba, request_uri).status_code == 400


@pytest.mark.prove_oidc
def test_of_many_logins_at_once_one_ends_by_it(aoba):
    """However close they come: one code."""
    request_uri = pushed(aoba)
    aoba.sign_in(aoba.library)
    logins = [begun(aoba, request_uri) for _ in range(6)]
    links = [aoba.accept(login) for login in logins]
    with ThreadPoolExecutor(6) as pool:
        answers = list(
            pool.map(lambda login, link: aoba.get(login.browser, link).headers["Location"], logins, links)
        )
    assert sum("code=" in location for location in answers) == 1


@pytest.mark.parametrize(
    ("request_uri", "parameters"),
    [
        (PREFIX + "A" * 43, {}),
        (PREFIX, {}),
        (PREFIX + "A" * 9000, {}),
        (None, {"client_id": "nobody"}),
    ],
)
def test_a_request_uri_that_is_none_gets_our_page(shared_town, request_uri, parameters):
    """There is nowhere to send anything."""
    answer = authorize(shared_town, request_uri or pushed(shared_town), **parameters)
    assert (answer.status_code, answer.headers.get("Location")) == (400, None)
    assert "text/html" in answer.content_type


def test_another_services_request_uri_is_refused_and_not_used_up(shared_town):
    """It belongs to who pushed it; another tenant does not know it at all."""
    request_uri = pushed(shared_town)
    assert authorize(shared_town, request_uri, service=shared_town.school).status_code == 400
    query = {"client_id": shared_town.parking.client_id, "request_uri": request_uri}
    answer = shared_town.browser().get("/t/wakaba/authorize", base_url=BASE_URL + "/", query_string=query)
    assert answer.status_code == 400
    assert "/login/" in whereto(authorize(shared_town, request_uri))


FAULTS = {
    "no client authentication": ({"secret": "wrong"}, 401, "invalid_client"),
    "a request URI inside": ({"request_uri": PREFIX + "A" * 43}, 400, "invalid_request"),
    "another redirect URI": ({"redirect_uri": "https://evil.example/"}, 400, "invalid_request"),
    "no redirect URI": ({"redirect_uri": None}, 400, "invalid_request"),
    "no response type": ({"response_type": None}, 400, "invalid_request"),
    "another response type": ({"response_type": "token"}, 400, "unsupported_response_type"),
    "no openid": ({"scope": "name"}, 400, "invalid_scope"),
    "plain PKCE": ({"code_challenge_method": "plain"}, 400, "invalid_request"),
    "two clients": ({"client_id": "nobody"}, 400, "invalid_request"),
    "claims that are none": ({"claims": "[]"}, 400, "invalid_request"),
    "an acr that nobody knows": (
        {"claims": '{"id_token":{"acr":{"essential":true,"value":"gold"}}}'},
        400,
        "unmet_authentication_requirements",
    ),
    "a request object": ({"request": "x.y.z"}, 400, "request_not_supported"),
    "a long state": ({"state": "x" * 5000}, 400, "invalid_request"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_told_to_the_service_in_json(shared_town, name):
    """At once, and nothing is kept."""
    parameters, status, error = FAULTS[name]
    answer = push(shared_town, **parameters)
    assert (answer.status_code, answer.json["error"]) == (status, error)
    assert answer.headers["Cache-Control"] == "no-store"
    assert ("WWW-Authenticate" in answer.headers) == (status == 401)


def test_the_endpoint_takes_forms_by_post_alone(shared_town):
    """RFC 9126 section 2.1."""
    url = f"{BASE_URL}/t/aoba/par"
    assert shared_town.get(shared_town.browser(), url).status_code == 405
    credentials = (shared_town.library.client_id, shared_town.library.client_secret)
    answer = shared_town.post(shared_town.browser(), url, json={"scope": "openid"}, auth=credentials)
    assert (answer.status_code, answer.json["error"]) == (400, "invalid_request")


def test_a_public_service_pushes_with_its_name_alone(shared_town):
    """There is nothing that it could keep secret."""
    public = shared_town.register("aoba", "pushing-app", token_endpoint_auth_method="none")
    form = {
        "response_type": "code",
        "client_id": public.client_id,
        "redirect_uri": REDIRECT_URI,
        "scope": "openid",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
    }
    answer = shared_town.post(shared_town.browser(), f"{BASE_URL}/t/aoba/par", data=form)
    assert answer.status_code == 201


def test_a_redirect_uri_taken_away_after_the_push_receives_nothing(aoba):
    """The registration of the moment holds."""
    request_uri = pushed(aoba)
    tenant = aoba.product.directory.tenant("aoba")
    change = ServiceChange(redirect_uris=("http://127.0.0.1:8901/elsewhere",))
    aoba.product.service_changes.change(tenant, tenant.clients[aoba.library.client_id], change)
    answer = authorize(aoba, request_uri)
    assert (answer.status_code, answer.headers.get("Location")) == (400, None)


def test_what_was_spent_is_forgotten_when_nobody_could_show_it(aoba):
    """By the worker's daily task; what is younger stays."""
    with aoba.product.store.for_tenant("aoba").write() as tx:
        assert one_time.spend(tx, "request_uri", b"a" * 32, expires_at=100)
        assert not one_time.spend(tx, "request_uri", b"a" * 32, expires_at=200)
        assert one_time.spend(tx, "request_uri", b"b" * 32, expires_at=200)
        assert one_time.forget(tx, now=100) == 1
        assert one_time.spend(tx, "request_uri", b"a" * 32, expires_at=300)


def test_the_endpoint_is_published(shared_town):
    """Asked for nowhere as compulsory: a service's registration may say so."""
    url = f"{BASE_URL}/t/aoba/.well-known/openid-configuration"
    metadata = shared_town.get(shared_town.browser(), url).json
    assert metadata["pushed_authorization_request_endpoint"] == f"{BASE_URL}/t/aoba/par"
