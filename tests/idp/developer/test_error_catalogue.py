"""The catalogue of errors: every error that the endpoints can answer is explained where `error_uri` leads."""

import ast
import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from components.town import BASE_URL

import idp.oidc
import idp.registration
from idp.developer.errors import CODES, LANGUAGES, load
from idp.login.demand import UNMET

ISSUER = f"{BASE_URL}/t/aoba"
LIKE_AN_ERROR = re.compile(r"(invalid|unsupported|unmet)_[a-z_]+|(login|consent)_required|[a-z_]+_not_supported")
CODE = re.compile(r"[a-z]+(_[a-z]+)*")
RAISERS = {
    "AuthorizationError",
    "Denied",
    "FormRefused",
    "MetadataRefused",
    "TokenRefused",
    "UnsafeRequest",
    "oauth_error",
}


def codes_in_the_source():
    """Each error code that a file hands to one of the errors' classes or writers, or that such a class has."""
    roots = (Path(package.__file__).parent for package in (idp.oidc, idp.registration))
    for path in (path for root in roots for path in root.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                name = getattr(node.func, "id", getattr(node.func, "attr", ""))
                if name in RAISERS:
                    handed = (str(a.value) for a in node.args[:2] if isinstance(a, ast.Constant))
                    yield from (text for text in handed if CODE.fullmatch(text))
            elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
                named = [target.id for target in node.targets if isinstance(target, ast.Name)]
                yield from (str(node.value.value) for name in named if name == "error")
            elif isinstance(node, ast.Constant) and LIKE_AN_ERROR.fullmatch(str(node.value)):
                yield node.value


def test_every_code_of_the_endpoints_is_explained():
    """A new error needs its entry, in both languages, with meaning and remedy."""
    found = {*codes_in_the_source(), UNMET, "access_denied", "invalid_grant", "unsupported_grant_type"}
    assert {"use_dpop_nonce", "unapproved_software_statement", "insufficient_scope"} <= found
    assert found <= CODES
    for language in LANGUAGES:
        explained = load()[language]
        assert {entry.code for entry in explained} == CODES
        assert all(entry.meaning and entry.remedy for entry in explained)


@pytest.mark.parametrize(("language", "word"), [("en", "Connecting a service"), ("ja", "サービスを接続するには")])
def test_the_page_has_a_place_for_each_code(shared_town, language, word):
    """In Japanese and in English, with a content security policy like every page."""
    page = shared_town.get(shared_town.browser(), f"{ISSUER}/developer?lang={language}")
    assert (page.status_code, word in page.text) == (200, True)
    assert "script-src 'self'" in page.headers["Content-Security-Policy"]
    assert all(f'id="{code}"' in page.text for code in CODES)
    for led_to in ("/.well-known/openid-configuration", "/api/v1/openapi.json"):
        assert f'href="{ISSUER}{led_to}"' in page.text
        assert shared_town.get(shared_town.browser(), f"{ISSUER}{led_to}").status_code == 200


def test_error_answers_lead_there(shared_town):
    """From the token endpoint, from UserInfo, and on the way back to a service; success not."""
    form = {"grant_type": "authorization_code", "code": "x"}
    basic = (shared_town.library.client_id, shared_town.library.client_secret)
    answer = shared_town.post(shared_town.browser(), f"{ISSUER}/token", data=form, auth=basic)
    assert answer.json["error_uri"] == f"{ISSUER}/developer#{answer.json['error']}"
    answer = shared_town.userinfo(shared_town.library, "x")
    assert answer.json == {"error": "invalid_token", "error_uri": f"{ISSUER}/developer#invalid_token"}
    _, url = shared_town.ask(shared_town.library, prompt="none")
    heard = parse_qs(urlsplit(url).query)
    assert heard["error_uri"] == [f"{ISSUER}/developer#login_required"]
    code, login = shared_town.code(shared_town.library)
    assert "error_uri" not in shared_town.redeem(code, login).json


@pytest.mark.parametrize(
    ("wrong", "kind"),
    [
        ({"redirect_uri": "https://elsewhere.example/cb"}, "redirect_uri_mismatch"),
        ({"client_id": "nobody"}, "unknown_client"),
        ({"client_id": ["a", "b"]}, "bad_request"),
    ],
)
def test_pages_that_a_request_led_to_lead_there(shared_town, wrong, kind):
    """In the sandbox, where whoever sees the page is a developer; pages that are residents' own matter do not."""
    asked = {"client_id": shared_town.library.client_id, "response_type": "code", **wrong}
    page = shared_town.browser().get("/t/aoba/authorize", base_url=BASE_URL, query_string=asked)
    assert (page.status_code, f'href="{ISSUER}/developer#{kind}"' in page.text) == (400, True)
    assert "/developer" not in shared_town.get(shared_town.browser(), f"{ISSUER}/nowhere").text
