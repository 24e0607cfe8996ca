"""Garbage on every endpoint: 4xx, never a 500, and nothing of it comes back."""

import secrets
from urllib.parse import quote

import pytest
from components.scale import scaled
from components.town import BASE_URL, b64url
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

CANARY = "c4n4ry'\"<script>"
PATHS = (
    "/authorize", "/token", "/userinfo", "/jwks", "/.well-known/openid-configuration", "/card/x", "/card/x/proof",
    "/card/x/decline", "/login/x", "/login/x/return", "/login/x/leave", "/login/x/consent", "/static/page.css",
    "/static/tenant.css", "/nowhere", "/par", "/logout/decision", "/logout/asked/x", "/logout/done/x",
    "/authorize/x", "/login/x/code", "/login/x/computer", "/login/x/person", "/login/x/person/code",
    "/login/x/person/other", "/card/x/user-number", "/card/x/user-number/challenge", "/login/x/company",
    "/login/x/staff", "/login/x/company-certificate", "/login/x/company-certificate/statement", "/account",
    "/account/online", "/staff/passkey", "/staff/passkey/made",
)  # fmt: skip
METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD", "TRACE", "BREW")
FIXED = {"/jwks", "/.well-known/openid-configuration", "/static/page.css", "/static/tenant.css"}


def answer(town, method, path, **options):
    """Send one request to aoba."""
    return town.browser().open("/t/aoba" + path, method=method, base_url=BASE_URL + "/", **options)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", METHODS)
def test_wrong_verbs_and_random_bytes(shared_town, method, path):
    """Any verb with any body on any path."""
    for body in (b"", secrets.token_bytes(300), CANARY.encode()):
        got = answer(shared_town, method, path, data=body, content_type="application/x-www-form-urlencoded")
        assert got.status_code < 500, (method, path)
        assert CANARY not in got.text
        if path not in FIXED and method not in ("OPTIONS", "HEAD", "GET"):
            assert got.status_code >= 400


@pytest.mark.parametrize("path", ["/token", "/card/x/proof", "/login/x/consent", "/authorize", "/userinfo"])
def test_huge_bodies(shared_town, path):
    """Three megabytes are refused."""
    for content_type in (
        "application/x-www-form-urlencoded",
        "application/json",
        "multipart/form-data; boundary=x",
    ):
        got = answer(shared_town, "POST", path, data=b"a=" + b"x" * 3_000_000, content_type=content_type)
        assert 400 <= got.status_code < 500, content_type


@pytest.mark.parametrize(
    "name",
    [
        "client_id",
        "redirect_uri",
        "scope",
        "state",
        "nonce",
        "response_type",
        "code_challenge",
        "prompt",
        "max_age",
    ],
)
def test_duplicate_parameters_at_authorize(shared_town, name):
    """An own page for client and redirect URI, invalid_request by redirect for all others."""
    query = [
        ("client_id", shared_town.library.client_id),
        ("redirect_uri", "http://127.0.0.1:8901/callback"),
        ("response_type", "code"),
        ("scope", "openid"),
        (name, "x"),
        (name, "x"),
    ]
    got = answer(shared_town, "GET", "/authorize", query_string=query)
    if name in ("client_id", "redirect_uri"):
        assert (got.status_code, got.headers.get("Location")) == (400, None)
    else:
        assert "error=invalid_request" in got.headers["Location"]


_HEADERS = ("[" * 3000, "null", "[]", '{"alg":[]}', '{"alg":"ES256","kid":{}}', '{"alg":"RSA-OAEP","zip":"DEF"}')
TOKENS = (
    "..", "....", "é.é.é", "\x00", "x" * 20_000,
    *(b64url(header.encode()) + ends for header in _HEADERS for ends in (".e30.AA", ".AA.AA.AA.AA")),
)  # fmt: skip


@pytest.mark.parametrize("token", TOKENS)
def test_tokens_that_are_none(shared_town, token):
    """As a hint or as a request object, by GET and by POST: an answer, never a 500."""
    query = {"client_id": shared_town.library.client_id, "redirect_uri": "http://127.0.0.1:8901/callback"}
    for path, name in (("/logout", "id_token_hint"), ("/authorize", "id_token_hint"), ("/authorize", "request")):
        sent = {**query, "response_type": "code", "scope": "openid", name: token}
        for got in (
            answer(shared_town, "GET", path, query_string=sent),
            answer(shared_town, "POST", path, data=sent),
        ):
            assert got.status_code < 500, (path, name)
            assert "error=" in got.headers.get("Location", "error=") or path == "/logout"


@pytest.mark.parametrize(
    "name", ["grant_type", "code", "redirect_uri", "code_verifier", "client_id", "client_secret", "unknown"]
)
def test_duplicate_parameters_at_token(shared_town, name):
    """invalid_request, whatever it is."""
    got = answer(
        shared_town,
        "POST",
        "/token",
        data=f"grant_type=authorization_code&code=x&{name}=1&{name}=2",
        content_type="application/x-www-form-urlencoded",
        auth=(shared_town.library.client_id, shared_town.library.client_secret),
    )
    assert (got.status_code, got.json["error"]) == (400, "invalid_request")


TEXT = st.text(max_size=200)


@settings(max_examples=scaled(150, 2000), deadline=None, suppress_health_check=list(HealthCheck))
@given(
    path=st.sampled_from(PATHS) | TEXT.map(lambda text: "/" + quote(text, safe="/")),
    method=st.sampled_from(METHODS),
    query=st.lists(
        st.tuples(st.sampled_from(["client_id", "redirect_uri", "state", "scope", "lang"]) | TEXT, TEXT)
    ),
    body=st.binary(max_size=400),
    content_type=st.sampled_from(
        ["application/json", "application/x-www-form-urlencoded", "multipart/form-data", ""]
    ),
    authorization=st.sampled_from(["", "Basic ", "Basic !!!!", "Basic /w==", "Bearer ", "Bearer a b", "Digest x"])
    | TEXT,
    accept=st.sampled_from(["", "*/*", "application/json", "text/html", ";;;", "a/b;q=x"]) | TEXT,
)
def test_no_request_at_all_makes_a_500(
    shared_town, path, method, query, body, content_type, authorization, accept
):
    """Property over everything a stranger controls."""
    headers = {"Authorization": authorization, "Accept": accept}
    clean = {k: v.encode("latin-1", "ignore").decode("latin-1") for k, v in headers.items()}
    clean = {k: "".join(c for c in v if c.isprintable()) for k, v in clean.items()}
    options = {"query_string": query, "data": body, "content_type": content_type, "headers": clean}
    assert answer(shared_town, method, path, **options).status_code < 500


@pytest.mark.parametrize(
    "host", ["127.0.0.1:8000", "localhost", "localhost:8001", "evil.example", "", "[::1]:8000"]
)
def test_another_host_is_nobody(shared_town, host):
    """The issuer is localhost:8000; every other Host is a plain 404."""
    got = shared_town.browser().get("/t/aoba/jwks", base_url=BASE_URL, headers={"Host": host})
    assert got.status_code == 404


def test_a_bad_basic_header_is_one_answer_for_all(shared_town):
    """Unknown client, wrong secret, another way than registered: the same words for each way, with a challenge."""
    library, grant = shared_town.library, {"grant_type": "authorization_code", "code": "x"}

    def refused(**options):
        form = grant | options.pop("form", {})
        got = answer(shared_town, "POST", "/token", data=form, **options)
        return got.status_code, got.text, got.headers["WWW-Authenticate"]

    by_header = {refused(auth=auth) for auth in (("nobody", "x"), (library.client_id, "wrong"), ("\xff", "\xff"))}
    in_form = {
        refused(form={"client_id": client_id, "client_secret": secret})
        for client_id, secret in (
            ("nobody", "x"),
            (library.client_id, "wrong"),
            (library.client_id, library.client_secret),
        )
    }
    assert (len(by_header), len(in_form)) == (1, 1)
    assert {status for status, *_ in by_header | in_form} == {401}
