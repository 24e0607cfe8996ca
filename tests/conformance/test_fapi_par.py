"""FAPI 2.0, pushed requests: what a push must have and must not, and what a reference is good for."""

import secrets
from urllib.parse import urlencode

import pytest
from components.town import REDIRECT_URI, whereto


def refused(answer):
    """The error of a push."""
    assert (answer.status_code, answer.mimetype) == (400, "application/json"), answer.text
    return answer.json["error"]


def test_without_a_redirect_uri(strict):
    """...-request-object-without-redirect-uri-fails, -ensure-redirect-uri-in-authorization-request."""
    assert refused(strict.push(strict.request(redirect_uri=None))) == "invalid_request"


def test_a_redirect_uri_that_is_not_registered(strict):
    """...-plain-fapi-tolerate-unregistered-redirect-uri: not tolerated here, and refused when pushed."""
    elsewhere = f"{REDIRECT_URI}/{secrets.token_hex(5)}"
    assert refused(strict.push(strict.request(redirect_uri=elsewhere))) == "invalid_request"


@pytest.mark.parametrize("kind", ["code id_token", "token"])
def test_other_response_types(strict, kind):
    """...-response-type-code-idtoken-fails, -response-type-token-fails."""
    assert refused(strict.push(strict.request(response_type=kind))) == "unsupported_response_type"


def test_a_request_that_was_not_pushed(strict):
    """...-unsigned-authorization-request-without-using-par-fails: told by invalid_request, and nobody is asked."""
    sent = strict.request()
    page = strict.town.get(strict.browser, f"{strict.metadata['authorization_endpoint']}?{urlencode(sent)}")
    members = strict._received(page)
    assert members["error"] == "invalid_request"
    assert members.get("state", sent["state"]) == sent["state"]


def test_without_pkce(strict):
    """...-par-ensure-pkce-required."""
    bare = strict.request(code_challenge=None, code_challenge_method=None)
    assert refused(strict.push(bare)) == "invalid_request"


def test_plain_pkce(strict):
    """...-par-plain-pkce-rejected."""
    plain = strict.request(code_challenge=strict.verifier, code_challenge_method="plain")
    assert refused(strict.push(plain)) == "invalid_request"


def test_a_reference_in_a_push(strict):
    """...-par-authorization-request-containing-request_uri-form-param."""
    uri = "urn:ietf:params:oauth:request_uri:" + secrets.token_urlsafe(32)
    assert refused(strict.push(strict.request(), form={"request_uri": uri})) == "invalid_request"


def test_another_method(strict):
    """...-par-attempt-invalid-http-method: PUT is not how a request is pushed."""
    assert strict.push(strict.request(), method="PUT").status_code == 405


def test_a_reference_loaded_twice_before_anybody_signs_in(strict):
    """...-par-ensure-reused-request-uri-prior-to-auth-completion-succeeds: the second visit signs in."""
    sent = strict.request()
    uri = strict.pushed(sent)
    query = f"client_id={strict.service.client_id}&request_uri={uri}"
    first = strict.town.get(strict.browser, f"{strict.metadata['authorization_endpoint']}?{query}")
    assert "/login/" in whereto(first)
    answer = strict.send(sent, uri)
    assert answer.asked[0] == "card"
    strict.tokens(answer)


def test_a_reference_after_a_login(strict):
    """...-par-attempt-reuse-request_uri: a login has ended by it, and it is over; our page says so."""
    sent = strict.request()
    uri = strict.pushed(sent)
    strict.tokens(strict.send(sent, uri))
    again = strict.send(sent, uri)
    assert (again.page.status_code, again.members) == (400, {})


def test_a_reference_that_is_over(strict):
    """...-par-attempt-to-use-expired-request_uri: our page, and nothing is sent anywhere."""
    sent = strict.request()
    pushed = strict.push(sent).json
    strict.town.clock.set_offset(strict.town.clock.offset + pushed["expires_in"] + 1)
    late = strict.send(sent, pushed["request_uri"])
    assert (late.page.status_code, late.members) == (400, {})


def test_another_services_reference(strict, second):
    """...-par-attempt-to-use-request_uri-for-different-client: our page; its own service still signs in by it."""
    sent = strict.request()
    uri = strict.pushed(sent)
    stolen = strict.send(sent, uri, {"client_id": second.service.client_id})
    assert (stolen.page.status_code, stolen.members) == (400, {})
    strict.tokens(strict.send(sent, uri))
