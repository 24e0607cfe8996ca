"""A sample service as a relying party: what it asks for, what it accepts, what it shows."""

import re
from base64 import b64encode, urlsafe_b64encode
from dataclasses import replace
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient
from joserfc.jwk import RSAKey
from werkzeug.test import TestResponse
from werkzeug.wrappers import Response

from idp.developer.sample import SampleService, create_sample
from idp.developer.sample.texts import TEXTS

HOME = "http://localhost:8001"
SUB = "Zm9yIHRoaXMgc2VydmljZSBhbG9uZSwgZm9yIGV2ZXI"


def test_a_stranger_sees_the_way_in(browser: FlaskClient) -> None:
    """The first page says what it is, that it is a sample, and has one button."""
    page = _get(browser, "/")
    assert page.status_code == 200
    assert 'id="login" href="/login"' in page.text
    assert "見本・本物のマイナンバーカードは使えません" in page.text
    assert 'id="sub"' not in page.text


def test_the_login_asks_as_the_standard_says(browser: FlaskClient, provider: Any) -> None:
    """Authorization code with PKCE S256, state and nonce, at the endpoint that discovery names."""
    to = urlsplit(_get(browser, "/login").headers["Location"])
    asked = {name: values[0] for name, values in parse_qs(to.query).items()}
    assert f"{to.scheme}://{to.netloc}{to.path}" == f"{provider.issuer}/authorize"
    assert asked["redirect_uri"] == f"{HOME}/callback"
    assert (asked["response_type"], asked["client_id"], asked["scope"], asked["code_challenge_method"]) == (
        "code",
        "c1",
        "openid jpki_status",
        "S256",
    )
    assert min(len(asked["state"]), len(asked["nonce"]), len(asked["code_challenge"])) >= 20


def test_the_number_is_shown_after_the_login(browser: FlaskClient, provider: Any) -> None:
    """The code is redeemed with the client's secret and the verifier, and the home page shows what came."""
    back, asked = _sign_in(browser, provider)
    assert (back.status_code, back.headers["Location"]) == (303, "/")
    page = _get(browser, "/")
    assert f'<code id="sub">{SUB}</code>' in page.text
    assert ("aal3" in page.text, "OCSP" in page.text) == (True, True)
    assert 'id="signature"' not in page.text  # this provider says nothing of it
    authorization, form = provider.token_requests[0]
    assert authorization == "Basic " + b64encode(b"c1:s3cret").decode()
    assert (form["grant_type"], form["code"], form["redirect_uri"]) == (
        "authorization_code",
        "the-code",
        f"{HOME}/callback",
    )
    challenge = urlsafe_b64encode(sha256(form["code_verifier"].encode()).digest()).decode().rstrip("=")
    assert asked["code_challenge"] == challenge


@pytest.mark.parametrize(
    "claims",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"aud": "c2"},
        {"iss": "http://localhost/t/wakaba"},
        {"exp": 1_700_000_000},
        {"sub": None},
    ],
    ids=str,
)
def test_a_foreign_id_token_signs_nobody_in(
    browser: FlaskClient, provider: Any, claims: dict[str, object]
) -> None:
    """Nonce, audience, issuer, expiry and subject are checked."""
    provider.claims = claims
    back, _ = _sign_in(browser, provider)
    assert (back.status_code, 'id="failed"' in back.text) == (400, True)
    assert 'id="sub"' not in _get(browser, "/").text


def test_a_forged_id_token_signs_nobody_in(browser: FlaskClient, provider: Any) -> None:
    """A signature by another key under the same key id is refused."""
    provider.signs_with = RSAKey.generate_key(2048, {"kid": "k1"})
    assert _sign_in(browser, provider)[0].status_code == 400


@pytest.mark.parametrize(
    "answer",
    [
        Response('{"error": "invalid_grant"}', status=400, mimetype="application/json"),
        Response('{"access_token": "at", "token_type": "Bearer"}', mimetype="application/json"),
        Response('{"id_token": "x.y.z"}', mimetype="application/json"),
        Response("<html>", status=502),
        Response("<html>"),
    ],
)
def test_a_failing_token_endpoint_is_a_page(browser: FlaskClient, provider: Any, answer: Response) -> None:
    """Whatever the provider answers instead of tokens, the person reads that it failed."""
    provider.token_answer = answer
    back, _ = _sign_in(browser, provider)
    assert (back.status_code, 'id="failed"' in back.text) == (400, True)


def test_a_callback_that_nobody_asked_for_is_refused(browser: FlaskClient, provider: Any) -> None:
    """Without the state of this browser no code is redeemed."""
    _get(browser, "/login")
    for query in ({}, {"code": "c"}, {"code": "c", "state": "x"}, {"error": "server_error", "state": "x"}):
        assert _get(browser, "/callback", **query).status_code == 400
    assert provider.token_requests == []


def test_a_person_who_declined_reads_so(browser: FlaskClient) -> None:
    """access_denied is no failure: nothing was handed over."""
    page = _get(browser, "/callback", error="access_denied", state="x")
    assert (page.status_code, 'id="declined"' in page.text) == (200, True)


def test_a_provider_that_is_gone_is_a_page(service: SampleService) -> None:
    """The person reads that the login service did not answer."""
    gone = create_sample(replace(service, issuer="http://localhost:1/t/aoba")).test_client()
    page = _get(gone, "/login")
    assert (page.status_code, 'id="unreachable"' in page.text) == (502, True)


def test_logging_out_forgets_the_number(browser: FlaskClient, provider: Any) -> None:
    """After the button the home page is the stranger's again."""
    _sign_in(browser, provider)
    assert browser.post("/logout", base_url=HOME).status_code == 303
    assert 'id="sub"' not in _get(browser, "/").text


def test_the_compare_page_frames_every_service(browser: FlaskClient) -> None:
    """Each service is a web site of its own, and those that share a number are named."""
    page = _get(browser, "/compare", lang="en")
    assert re.findall(r'src="(http://localhost:\d+)/', page.text) == [
        f"http://localhost:{port}" for port in (8001, 8002, 8003)
    ]
    assert "Childcare · School" in page.text


def test_a_login_from_a_frame_takes_the_whole_window_and_comes_back(browser: FlaskClient, provider: Any) -> None:
    """A login page is never framed: the button leaves the frame, and the login ends on the compare page."""
    assert 'href="/login?compare" target="_top"' in _get(browser, "/", pane="1").text
    back, _ = _sign_in(browser, provider, compare="")
    assert back.headers["Location"] == "/compare"


def test_another_host_name_is_not_answered(browser: FlaskClient) -> None:
    """A web site that points its name at this computer sees nothing."""
    assert browser.get("/", base_url="http://evil.example:8001").status_code == 400


def test_every_page_is_guarded(browser: FlaskClient, provider: Any) -> None:
    """No script, no cache, framed by sample services only; the session cookie is for HTTP alone."""
    page = _get(browser, "/login")
    assert "default-src 'none'; style-src 'self'" in page.headers["Content-Security-Policy"]
    assert page.headers["Cache-Control"] == "no-store"
    cookie = page.headers["Set-Cookie"]
    assert cookie.startswith("sample-aoba-library=")
    assert ("HttpOnly" in cookie, "SameSite=Lax" in cookie) == (True, True)


@pytest.mark.parametrize(
    ("path", "links"),
    [("/compare", ["/compare?lang=ja", "/compare?lang=en"]), ("/callback", ["/?lang=ja", "/?lang=en"])],
)
def test_language_links_lead_to_a_page(browser: FlaskClient, path: str, links: list[str]) -> None:
    """Where a page cannot be opened twice, its language links lead home."""
    assert links == re.findall(r'href="([^"]*\?lang=\w+)"', _get(browser, path).text)


def test_the_language_chosen_is_kept(browser: FlaskClient) -> None:
    """A person who chose English reads English on the next page too."""
    _get(browser, "/", lang="en")
    assert '<html lang="en">' in _get(browser, "/").text


def test_both_languages_say_the_same_things() -> None:
    """Every text exists in Japanese and in English."""
    assert TEXTS["ja"].keys() == TEXTS["en"].keys()


def _get(browser: FlaskClient, path: str, **query: str) -> TestResponse:
    return browser.get(path, base_url=HOME, query_string=query)


@pytest.mark.parametrize(
    ("claim", "word"),
    [
        ({"status": "valid", "basic4_changed": False}, "有効"),
        ({"status": "revoked", "basic4_changed": None}, "失効"),
        ({"status": "revoked", "basic4_changed": True}, "失効（氏名・住所などの変更）"),
        ({"status": "none"}, "なし"),
        ({"status": "unknown"}, "確認できません"),
    ],
)
def test_the_page_says_how_the_signature_certificate_stands(
    browser: FlaskClient, provider: Any, claim: dict[str, object], word: str
) -> None:
    """In a word, and after a move that something has changed."""
    provider.claims = {"signature_certificate": claim}
    _sign_in(browser, provider)
    assert f'<dd id="signature">{word}</dd>' in _get(browser, "/").text


def _sign_in(browser: FlaskClient, provider: Any, **query: str) -> tuple[TestResponse, dict[str, str]]:
    """Go to the provider and come back: the callback's answer, and what was asked of the provider."""
    location = _get(browser, "/login", **query).headers["Location"]
    asked = {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}
    provider.nonce = asked["nonce"]
    return _get(browser, "/callback", code="the-code", state=asked["state"]), asked


@pytest.fixture
def curious(service: SampleService) -> FlaskClient:
    """A browser at a service that asks for more than the number."""
    return create_sample(replace(service, scope="openid name address birthdate gender")).test_client()


def test_what_userinfo_tells_is_shown(curious: FlaskClient, provider: Any) -> None:
    """With the access token, in words; nothing of it lies in the browser's cookie; gone with the logout."""
    provider.userinfo |= {"name": "髙橋　花子", "address": {"formatted": "見本県"}, "gender": "female"}
    _sign_in(curious, provider)
    page = _get(curious, "/").text
    assert all(words in page for words in ("髙橋　花子", "見本県", "<dd>女</dd>"))
    assert "氏名や住所は受け取っていません" not in page
    assert provider.userinfo_requests == ["Bearer at"]
    with curious.session_transaction(base_url=HOME) as kept:
        text = str(dict(kept))
    assert "sub" in text
    assert not any(value in text for value in ("髙橋", "見本県", "female"))
    curious.post("/logout", base_url=HOME)
    assert "髙橋" not in _get(curious, "/").text


def test_userinfo_about_somebody_else_signs_nobody_in(curious: FlaskClient, provider: Any) -> None:
    """OpenID Connect Core 5.3.2."""
    provider.userinfo = {"sub": "somebody else", "name": "髙橋　花子"}
    back, _ = _sign_in(curious, provider)
    assert (back.status_code, "髙橋" in _get(curious, "/").text) == (400, False)


def test_who_asks_for_the_number_alone_asks_userinfo_nothing(browser: FlaskClient, provider: Any) -> None:
    """One request less, and the page says that nothing else came."""
    _sign_in(browser, provider)
    assert provider.userinfo_requests == []
    assert "氏名や住所は受け取っていません" in _get(browser, "/").text
