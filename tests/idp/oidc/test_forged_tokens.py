"""Every place that takes a JWT from outside, against every forgery (security O13, O14).

The database says how a key signs, and a header leads nowhere.
"""

import json
from urllib.parse import urlencode

import pytest
from components import dpop
from components.assertions import ISSUER, Signer, signer
from components.forgeries import by, compact, forgeries
from components.responses import authorize, redirected
from components.town import BASE_URL, id_token_claims
from joserfc.jwk import ECKey

from idp.oidc.authorization import hints
from idp.oidc.authorization.hints import HintRefused
from idp.oidc.logout import logout_token

KEY = ECKey.generate_key("P-256", {"kid": "ec"})


@pytest.fixture(scope="module")
def client(shared_town) -> Signer:
    """A service that signs by ES256, and receives ID tokens that are signed so."""
    return signer(shared_town, "forged", KEY, profile="standard", id_token_signed_response_alg="ES256")


def payload_of(token):
    """The payload of a right one, as it stands there."""
    return json.dumps(id_token_claims(token)).encode()


def test_enough_forgeries_are_tried():
    """As many as the threat model asks for, and each another one."""
    made = forgeries({"alg": "ES256", "kid": "ec"}, b"{}", KEY)
    assert len(made) > 100
    assert len(set(made.values())) > 100


def test_no_forgery_is_a_client_assertion(client):
    """At the endpoint for pushed requests, with the one answer that says nothing."""
    header = {"alg": "ES256", "kid": "ec", "typ": "JWT"}
    for name, forged in forgeries(header, payload_of(client.assertion()), KEY).items():
        answer = client.push(forged, client_id=client.service.client_id)
        assert (name, answer.status_code) in ((name, 401), (name, 400))
        assert answer.json["error"] in ("invalid_client", "invalid_request"), name
    right = compact(header, payload_of(client.assertion()), by(KEY))
    assert client.push(right).status_code == 201


def test_no_forgery_is_a_request_object(client):
    """Pushed by a service that is authenticated, so that nothing but the object can be wrong."""
    pushed = {n: v for n, v in client.pushed("-").items() if not n.startswith("client_assertion")}
    claims = {"iss": client.service.client_id, "aud": ISSUER, "client_id": client.service.client_id, **pushed}
    header, payload = {"alg": "ES256", "kid": "ec", "typ": "oauth-authz-req+jwt"}, json.dumps(claims).encode()
    for name, forged in forgeries(header, payload, KEY).items():
        answer = client.push(request=forged)
        assert (name, answer.status_code, answer.json["error"]) in (
            (name, 400, "invalid_request_object"),
            (name, 400, "invalid_request"),
        )
    assert client.push(request=compact(header, payload, by(KEY))).status_code == 201


def test_no_forgery_is_a_dpop_proof(shared_town):
    """At the token endpoint: none reaches the code."""

    def redeem(proof):
        library = shared_town.library
        return shared_town.post(
            shared_town.browser(),
            f"{BASE_URL}/t/aoba/token",
            data={"grant_type": "authorization_code", "code": "x"},
            auth=(library.client_id, library.client_secret),
            headers={"DPoP": proof},
        )

    public = {name: KEY.as_dict(private=False)[name] for name in ("kty", "crv", "x", "y")}
    header = {"typ": "dpop+jwt", "alg": "ES256", "jwk": public}
    payload = payload_of(dpop.proof(shared_town, KEY))
    for name, forged in forgeries(header, payload, KEY, key_in_header=True).items():
        if "\n" not in forged:  # no header can hold that one
            answer = redeem(forged)
            assert (name, answer.status_code, answer.json["error"]) == (name, 400, "invalid_dpop_proof")
    assert redeem(compact(header, payload, by(KEY))).json["error"] == "invalid_grant"


def test_no_forgery_is_an_id_token_of_ours(client):
    """Neither as a hint at the authorization endpoint nor at the end of a session, by our own key or another's."""
    town = client.town
    tenant = town.product.directory.tenant("aoba")
    ours = tenant.signing_key("ES256")
    given = client.redeem(*town.code(client.service)).json["id_token"]
    header = {"alg": "ES256", "kid": ours.kid, "typ": "JWT"}
    made = forgeries(header, payload_of(given), ours.key)
    asking = {"prompt": "none", "code_challenge": "A" * 43, "code_challenge_method": "S256"}
    for name, forged in made.items():
        with pytest.raises(HintRefused):
            pytest.fail(f"{name}: {hints.read(tenant, forged)}")
    for forged in list(made.values())[::10]:
        _, answer = redirected(authorize(town, client.service, **asking, id_token_hint=forged))
        assert answer["error_description"] == "id_token_hint is not ours"
        page = town.get(town.browser(), f"{ISSUER}/logout?{urlencode({'id_token_hint': forged})}")
        assert "Location" not in page.headers
    _, answer = redirected(authorize(town, client.service, **asking, id_token_hint=given))
    assert answer["error"] == "login_required"


@pytest.mark.parametrize("alg", ["RS256", "PS256", "EdDSA"])
def test_a_key_of_ours_is_believed_by_its_own_algorithm_alone(client, alg):
    """A token of one key with the id of another is nobody's."""
    town = client.town
    tenant = town.product.directory.tenant("aoba")
    payload = payload_of(client.redeem(*town.code(client.service)).json["id_token"])
    for header in (
        {"alg": "ES256", "kid": tenant.signing_key(alg).kid, "typ": "JWT"},
        {"alg": alg, "kid": tenant.signing_key("ES256").kid, "typ": "JWT"},
        {"alg": alg, "kid": tenant.signing_key(alg).kid, "typ": "JWT"},
    ):
        with pytest.raises(HintRefused):
            hints.read(tenant, compact(header, payload, by(tenant.signing_key("ES256").key)))


def test_what_else_we_sign_is_no_hint(client):
    """A logout token has all that a hint is read for, and is of another type (RFC 8725 section 3.11)."""
    town = client.town
    tenant = town.product.directory.tenant("aoba")
    mine = id_token_claims(client.redeem(*town.code(client.service)).json["id_token"])
    told = logout_token.make(
        tenant,
        tenant.clients[client.service.client_id],
        sub=mine["sub"],
        sid=mine["sid"],
        jti="j",
        now=client.moment(),
    )
    assert {"iss", "aud", "sub", "sid"} <= id_token_claims(told).keys()
    with pytest.raises(HintRefused):
        hints.read(tenant, told)
