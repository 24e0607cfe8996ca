"""Answers about tokens that are signed for who asked (RFC 9701)."""

import pytest
from components.refreshing import ask_about, refreshing, signed_in
from components.town import BASE_URL
from joserfc import jwt
from joserfc.jwk import KeySet

WANTED = "application/token-introspection+jwt"


@pytest.fixture(scope="module")
def asking(shared_town):
    """A service, and the answer to its login."""
    service = refreshing(shared_town, "asking", introspection_signed_response_alg="ES256")
    return service, signed_in(shared_town, service)["access_token"]


def ask(town, service, token, accept):
    """The question, with a wish for the answer's form."""
    return town.post(
        town.browser(),
        f"{BASE_URL}/t/aoba/introspect",
        data={"token": token},
        auth=(service.client_id, service.client_secret),
        headers={"Accept": accept},
    )


def read(town, answer, alg):
    """The token, by the tenant's published keys."""
    assert (answer.status_code, answer.mimetype, answer.headers["Cache-Control"]) == (200, WANTED, "no-store")
    keys = KeySet.import_key_set(town.get(town.browser(), f"{BASE_URL}/t/aoba/jwks").json)
    decoded = jwt.decode(answer.text, keys, algorithms=[alg])
    assert (decoded.header["typ"], decoded.header["alg"]) == ("token-introspection+jwt", alg)
    return decoded.claims


def test_a_signed_answer_is_for_who_asked(shared_town, asking):
    """Type, parties and time outside; what the plain answer says inside, and nothing of it outside."""
    service, token = asking
    said = read(shared_town, ask(shared_town, service, token, WANTED), "ES256")
    assert set(said) == {"iss", "aud", "iat", "token_introspection"}
    assert (said["iss"], said["aud"]) == (f"{BASE_URL}/t/aoba", service.client_id)
    assert abs(said["iat"] - shared_town.clock().timestamp()) < 60
    assert said["token_introspection"] == ask_about(shared_town, service, token).json
    assert said["token_introspection"]["active"] is True


def test_of_a_token_that_counts_no_more_it_says_that_alone(shared_town, asking):
    """And of another service's; signed by RS256 for who has registered nothing."""
    service, token = asking
    for who, shown, alg in ((service, "A" * 43, "ES256"), (shared_town.library, token, "RS256")):
        said = read(shared_town, ask(shared_town, who, shown, WANTED), alg)
        assert said["token_introspection"] == {"active": False}


@pytest.mark.parametrize(
    "accept", ["*/*", "application/json", "application/jwt", f"application/json, {WANTED};q=0.5"]
)
def test_who_does_not_ask_for_it_is_answered_in_json(shared_town, asking, accept):
    """As before."""
    service, token = asking
    answer = ask(shared_town, service, token, accept)
    assert (answer.mimetype, answer.json["active"]) == ("application/json", True)


def test_a_stranger_is_refused_in_json(shared_town, asking):
    """There is nobody to sign for."""
    service, token = asking
    stranger = type(service)("aoba", service.client_id, "wrong", "")
    answer = ask(shared_town, stranger, token, WANTED)
    assert (answer.status_code, answer.json["error"]) == (401, "invalid_client")


def test_the_metadata_names_the_algorithms(shared_town):
    """All that the tenant signs by."""
    url = f"{BASE_URL}/t/aoba/.well-known/openid-configuration"
    metadata = shared_town.get(shared_town.browser(), url).json
    assert set(metadata["introspection_signing_alg_values_supported"]) == {"RS256", "ES256", "PS256", "EdDSA"}
