"""Response modes: the same answer in the query, in a form, in a signed JWT; success and error alike."""

from urllib.parse import parse_qs, urlsplit

import pytest
from components.responses import authorize, posted, redirected
from components.town import BASE_URL, REDIRECT_URI
from joserfc import jwk, jwt

MODES = ("query", "form_post", "jwt", "query.jwt", "form_post.jwt")
ISSUER = f"{BASE_URL}/t/aoba"
SECTOR = {"sector_id": "family", "sector_purpose": "子育てのため"}
AWKWARD = "s t&ate=\"'<b>%41+</form>&amp;"
"""A state with everything that HTML and URLs treat as their own."""


def received(town, service, mode, answer):
    """What the service reads, by the rules of that mode; a JWT is verified with the published keys."""
    uri, members = (posted if mode.startswith("form_post") else redirected)(answer)
    assert uri == REDIRECT_URI
    if "jwt" not in mode:
        return members
    assert members.keys() == {"response"}
    keys = jwk.KeySet.import_key_set(town.get(town.browser(), f"{ISSUER}/jwks").json)
    token = jwt.decode(members["response"], keys, algorithms=["RS256", "ES256"])
    claims = dict(token.claims)
    assert claims.pop("aud") == service.client_id
    assert 0 < claims.pop("exp") - town.clock().timestamp() <= 600
    return claims


@pytest.mark.parametrize("mode", MODES)
def test_a_code_arrives_in_every_mode(shared_town, mode):
    """With state and iss; it is redeemed as any other."""
    service = shared_town.school
    login = shared_town.begin(service, response_mode=mode, state=AWKWARD)
    answer = shared_town.get(login.browser, shared_town.accept(login))
    if answer.headers.get("Location", "").endswith("/consent"):
        answer = shared_town.consent(login, answer.headers["Location"])
    members = received(shared_town, service, mode, answer)
    assert (members["state"], members["iss"], members.keys()) == (AWKWARD, ISSUER, {"code", "state", "iss"})
    assert shared_town.redeem(members["code"], login).status_code == 200


@pytest.mark.parametrize("mode", MODES)
def test_an_error_arrives_in_every_mode(shared_town, mode):
    """One that is found at once, and that of a resident who leaves."""
    answer = authorize(shared_town, shared_town.library, response_mode=mode, state=AWKWARD, response_type="token")
    members = received(shared_town, shared_town.library, mode, answer)
    assert members["error"] == "unsupported_response_type"
    assert (members["state"], members["iss"]) == (AWKWARD, ISSUER)
    login = shared_town.begin(shared_town.library, response_mode=mode)
    left = shared_town.get(login.browser, login.page_url + "/leave")
    assert received(shared_town, shared_town.library, mode, left)["error"] == "access_denied"


ESSENTIAL = '{"id_token": {"acr": {"essential": true, "value": "gold"}}}'
AT_ONCE = {
    "login_required": {"prompt": "none"},
    "invalid_scope": {"scope": "name"},
    "invalid_target": {"resource": "https://nobody.example"},
    "invalid_request": {"id_token_hint": "x.y.z"},
    "invalid_request_uri": {"request_uri": "https://nobody.example/request"},
    "request_not_supported": {"request": "x.y.z"},
    "registration_not_supported": {"registration": "{}"},
    "unmet_authentication_requirements": {"claims": ESSENTIAL},
}


@pytest.mark.parametrize("mode", MODES)
def test_every_error_arrives_in_every_mode(shared_town, mode):
    """Found before a login begins, when its resident says no, and when a code would have been given."""
    service = shared_town.library

    def told(answer):
        members = received(shared_town, service, mode, answer)
        assert members.keys() <= {"error", "error_description", "error_uri", "state", "iss"}
        assert (members["iss"], members["error_uri"]) == (ISSUER, f"{ISSUER}/developer#{members['error']}")
        return members["error"], members["state"]

    for error, parameters in AT_ONCE.items():
        answer = authorize(shared_town, service, response_mode=mode, state=AWKWARD, **parameters)
        assert told(answer) == (error, AWKWARD)
    login = shared_town.begin(service, response_mode=mode, prompt="consent")
    consent = shared_town.get(login.browser, shared_town.accept(login)).headers["Location"]
    assert told(shared_town.consent(login, consent, "deny")) == ("access_denied", login.state)
    named = '{"id_token": {"sub": {"value": "somebody else"}}}'
    login = shared_town.begin(service, response_mode=mode, claims=named, prompt="consent")
    consent = shared_town.get(login.browser, shared_town.accept(login)).headers["Location"]
    assert told(shared_town.consent(login, consent)) == ("login_required", login.state)


@pytest.mark.parametrize("mode", MODES)
def test_a_question_that_may_not_be_asked_is_told_in_every_mode(shared_town, mode):
    """Somebody is signed in and has not agreed yet."""
    service = shared_town.register("aoba", f"asking-{mode.replace('_', '-').replace('.', '-')}", **SECTOR)
    browser = shared_town.browser()
    login, url = shared_town.come(shared_town.childcare, browser)
    shared_town.redeem(parse_qs(urlsplit(url).query)["code"][0], login)
    answer = authorize(shared_town, service, browser, response_mode=mode, prompt="none", state=AWKWARD)
    members = received(shared_town, service, mode, answer)
    assert (members["error"], members["state"], members["iss"]) == ("consent_required", AWKWARD, ISSUER)


def test_every_printable_character_of_a_state_arrives(shared_town):
    """In the URL, where most of them are written otherwise."""
    state = "".join(map(chr, range(0x20, 0x7F)))
    answer = authorize(shared_town, shared_town.library, state=state, response_type="token")
    assert redirected(answer)[1]["state"] == state


def test_a_redirect_uri_with_a_query_keeps_it(shared_town):
    """In the URL and in the form's address."""
    uri = REDIRECT_URI + "?x=1&y=2"
    service = shared_town.register("aoba", "with-query", redirect_uris=(uri,))
    faulty = {"redirect_uri": uri, "response_type": "token"}
    assert redirected(authorize(shared_town, service, **faulty))[1].items() >= {"x": "1", "y": "2"}.items()
    assert posted(authorize(shared_town, service, **faulty, response_mode="form_post"))[0] == uri


def test_the_posting_page_works_by_its_button_and_leaks_nothing(shared_town):
    """A button of its own, our script alone, a form that may end at a service; never stored."""
    answer = authorize(shared_town, shared_town.library, response_mode="form_post", response_type="token")
    assert '<button class="button filled" id="go-on">' in answer.text
    policy = answer.headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "form-action 'self' https: http://localhost:* http://127.0.0.1:*" in policy
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"


@pytest.mark.parametrize("alg", ["RS256", "ES256"])
def test_a_response_is_signed_as_the_service_is_registered(shared_town, alg):
    """RS256 where it says nothing."""
    wishes = {} if alg == "RS256" else {"authorization_signed_response_alg": alg}
    service = shared_town.register("aoba", f"jarm-{alg.lower()}", **wishes)
    _, members = redirected(authorize(shared_town, service, response_mode="jwt", response_type="token"))
    keys = jwk.KeySet.import_key_set(shared_town.get(shared_town.browser(), f"{ISSUER}/jwks").json)
    assert jwt.decode(members["response"], keys, algorithms=[alg]).header["alg"] == alg


@pytest.mark.parametrize("mode", ["fragment", "fragment.jwt", "web_message", "Form_Post", "query jwt"])
def test_a_mode_that_is_none_of_ours_is_refused_in_the_query(shared_town, mode):
    """As any other fault of a request."""
    answer = authorize(shared_town, shared_town.library, response_mode=mode)
    assert redirected(answer)[1]["error"] == "invalid_request"


def test_the_modes_are_published(shared_town):
    """And the algorithms of responses in a JWT."""
    metadata = shared_town.get(shared_town.browser(), f"{ISSUER}/.well-known/openid-configuration").json
    assert metadata["response_modes_supported"] == list(MODES)
    assert metadata["authorization_signing_alg_values_supported"] == ["RS256", "ES256", "PS256", "EdDSA"]
