"""Tokens bound to the certificate of a handshake: where they are given, where they count (RFC 8705 section 3)."""

import hashlib

import pytest
from components.assertions import TYPE, jwks, signer
from components.dpop import new_key, proof
from components.hop import FAPI2, HOST, Caller, certificate, hop_town
from components.mtls import Authority, shown
from components.refreshing import REFRESHES, SCOPE
from components.town import REDIRECT_URI, b64url
from cryptography.hazmat.primitives.serialization import Encoding

from idp.registration import NotAllowed
from idp.services.service_changes import ServiceChange

BY_SECRET = {**REFRESHES, "token_endpoint_auth_method": "client_secret_post"}
ALWAYS = {**BY_SECRET, "tls_client_certificate_bound_access_tokens": True}
PUBLIC = {**ALWAYS, "token_endpoint_auth_method": "none", "require_pkce": True}
KEY = new_key()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """For certificates and the town."""
    return tmp_path_factory.mktemp("hop")


@pytest.fixture(scope="module")
def made(folder, founded_world):
    """The town with its host."""
    with hop_town(folder, founded_world) as town:
        yield town


@pytest.fixture(scope="module")
def own(folder):
    """The certificate that services show here."""
    return certificate(folder, "own")


@pytest.fixture(scope="module")
def other(folder):
    """Another one, with the same names."""
    return certificate(folder, "other")


def thumbprint(of):
    """`x5t#S256`, computed here."""
    return b64url(hashlib.sha256(of.certificate.public_bytes(Encoding.DER)).digest())


def registered(made, own, service_id, **wishes):
    """A service that shows that certificate."""
    return Caller(made, made.register("aoba", service_id, **wishes), own)


def signed_in(caller):
    """The answer to its code."""
    answer = caller.redeem(*caller.town.code(caller.service, scope=SCOPE))
    assert answer.status_code == 200, answer.text
    return answer.json


def is_refused(answer):
    """Whether that is RFC 6750's answer to a token that counts for nothing."""
    return (answer.status_code, answer.json.get("error")) == (401, "invalid_token")


def test_a_token_is_bound_to_the_certificate_that_was_shown_for_it(made, own, other):
    """By the registration: introspection tells its thumbprint, UserInfo takes it with that certificate alone."""
    caller = registered(made, own, "always", **ALWAYS)
    given = signed_in(caller)
    token = given["access_token"]
    assert given["token_type"] == "Bearer"
    about = caller.about(token)
    assert (about["token_type"], about["cnf"]) == ("Bearer", {"x5t#S256": thumbprint(own)})
    assert caller.userinfo(token).status_code == 200
    for wrong in (None, other):
        assert is_refused(caller.userinfo(token, certificate=wrong))
    assert is_refused(caller.userinfo(token, scheme="DPoP", dpop=proof(made, KEY, path="/userinfo", method="GET")))


def test_without_a_certificate_such_a_service_receives_nothing(made, own):
    """Nor with a DPoP proof instead; and neither spends the code."""
    caller = registered(made, own, "nothing", **ALWAYS)
    code, login = made.code(caller.service, scope=SCOPE)
    for how in ({"certificate": None}, {"dpop": proof(made, KEY)}):
        answer = caller.redeem(code, login, **how)
        assert (answer.status_code, answer.json["error"]) == (400, "invalid_request")
    assert caller.redeem(code, login).status_code == 200


def test_a_header_without_the_hops_secret_binds_to_nothing(made, own):
    """Whoever writes the header themselves shows no certificate."""
    caller = registered(made, own, "spoofed", **ALWAYS)
    token = signed_in(caller)["access_token"]
    headers = {"Authorization": f"Bearer {token}", "Client-Cert": own.field, "Client-Cert-Verified": "SUCCESS"}
    assert is_refused(made.get(made.browser(), "http://localhost:8000/t/aoba/userinfo", headers=headers))
    broken = {**headers, "Mtls-Host-Key": "5-secret-that-the-mtls-host-shares", "Client-Cert": ":AAAA:"}
    assert is_refused(made.get(made.browser(), "http://localhost:8000/t/aoba/userinfo", headers=broken))


def test_a_service_that_authenticates_refreshes_with_its_next_certificate(made, own, other):
    """The new token is bound to the new one (section 4); without any there is none, and nothing is spent."""
    caller = registered(made, own, "next-one", **ALWAYS)
    first = signed_in(caller)["refresh_token"]
    assert caller.refresh(first, certificate=None).json["error"] == "invalid_request"
    again = caller.refresh(first, certificate=other).json
    assert again["refresh_token"] != first
    assert is_refused(caller.userinfo(again["access_token"]))
    assert caller.userinfo(again["access_token"], certificate=other).status_code == 200


def test_a_public_services_refresh_token_is_bound_as_well(made, own, other):
    """It has nothing else to show who it is: another certificate is refused, its own needs no rotation."""
    caller = registered(made, own, "public", **PUBLIC)
    given = signed_in(caller)
    refused = caller.refresh(given["refresh_token"], certificate=other)
    assert (refused.status_code, refused.json["error"]) == (400, "invalid_grant")
    again = caller.refresh(given["refresh_token"]).json
    assert again["refresh_token"] == given["refresh_token"]
    assert caller.userinfo(again["access_token"]).status_code == 200


@pytest.fixture(scope="module")
def strict(made, own):
    """A service of the profile fapi2 that authenticates by its certificate."""
    return registered(made, own, "strict", **FAPI2, jwks=jwks(own.key))


def test_fapi2_is_content_with_the_certificate_of_its_authentication(made, other, strict):
    """Bound to it without any flag; the refresh token stays the same (FAPI 2.0 section 5.3.2.1)."""
    given = strict.redeem(*strict.pushed_code()).json
    assert given["token_type"] == "Bearer"
    assert strict.about(given["access_token"])["cnf"] == {"x5t#S256": thumbprint(strict.certificate)}
    assert is_refused(strict.userinfo(given["access_token"], certificate=None))
    assert is_refused(strict.userinfo(given["access_token"], certificate=other))
    assert strict.userinfo(given["access_token"]).status_code == 200
    again = strict.refresh(given["refresh_token"]).json
    assert again["refresh_token"] == given["refresh_token"]
    assert strict.refresh(given["refresh_token"]).status_code == 200


def test_fapi2_may_prove_a_key_instead(made, strict):
    """DPoP beside the certificate binds to the proof's key; its address may be the one that the metadata names."""
    code, login = strict.pushed_code(dpop=proof(made, KEY, htu=f"{HOST}/t/aoba/par", path="/par"))
    given = strict.redeem(code, login, dpop=proof(made, KEY, htu=f"{HOST}/t/aoba/token")).json
    token = given["access_token"]
    assert (given["token_type"], strict.about(token)["cnf"]) == ("DPoP", {"jkt": KEY.thumbprint()})
    assert is_refused(strict.userinfo(token))
    shown_at = {"path": "/userinfo", "method": "GET", "token": token}
    assert strict.userinfo(token, scheme="DPoP", dpop=proof(made, KEY, **shown_at)).status_code == 200
    elsewhere = proof(made, KEY, **shown_at, htu="https://mtls.city.example/t/wakaba/userinfo")
    assert strict.userinfo(token, scheme="DPoP", dpop=elsewhere).status_code == 401


def test_fapi2_by_assertion_needs_one_of_the_two(made, own):
    """Neither proof nor certificate: refused, the code unspent; a certificate that nobody registered will do."""
    by = signer(made, "by-key", own.key, profile="fapi2", id_token_signed_response_alg="ES256", **REFRESHES)
    caller = Caller(made, by.service, own)
    code, login = caller.pushed_code(client_assertion_type=TYPE, client_assertion=by.assertion())

    def redeem(**how):
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT_URI}
        proven = {"client_assertion_type": TYPE, "client_assertion": by.assertion()}
        return caller.post("/token", form | proven | {"code_verifier": login.verifier}, **how)

    answer = redeem(certificate=None)
    assert (answer.status_code, answer.json["error"]) == (400, "invalid_request")
    given = redeem().json
    assert caller.userinfo(given["access_token"]).status_code == 200
    assert is_refused(caller.userinfo(given["access_token"], certificate=None))


def test_a_standard_service_that_authenticates_so_has_bearer_tokens(made, own):
    """Binding is what it registers, not what it happens to show (section 3.4)."""
    wishes = {"token_endpoint_auth_method": "self_signed_tls_client_auth", "jwks": jwks(own.key)}
    caller = registered(made, own, "unbound", **REFRESHES, **wishes)
    token = signed_in(caller)["access_token"]
    assert "cnf" not in caller.about(token)
    assert caller.userinfo(token, certificate=None).status_code == 200


def test_what_cannot_be_bound_is_not_registered(made, own):
    """Both ways at once; a tenant without the host; the host is not taken from whom it serves."""
    for tenant_id, wishes, sentence in (
        ("aoba", {**ALWAYS, "dpop_bound_access_tokens": True}, "not to both"),
        ("wakaba", ALWAYS, "mTLS host"),
    ):
        with pytest.raises(NotAllowed, match=sentence):
            made.register(tenant_id, "wishful", **wishes)
    registered(made, own, "needing", **ALWAYS)
    with pytest.raises(NotAllowed, match=r"needing"):
        made.product.policies.change_tenant(made.product.directory.tenant("aoba"), revocation={}, mtls_host="")


def test_one_way_of_binding_takes_the_place_of_the_other(made, own):
    """A change to certificates leaves DPoP behind, and back."""
    service = registered(made, own, "changing", **BY_SECRET, dpop_bound_access_tokens=True).service
    for dpop, tls in ((None, True), (True, None)):
        tenant = made.product.directory.tenant("aoba")
        wish = ServiceChange(dpop_bound_access_tokens=dpop, tls_client_certificate_bound_access_tokens=tls)
        made.product.service_changes.change(tenant, tenant.clients[service.client_id], wish)
        client = made.product.directory.tenant("aoba").clients[service.client_id]
        bound = (client.dpop_bound_access_tokens, client.tls_client_certificate_bound_access_tokens)
        assert bound == (dpop is True, tls is True)


def test_the_metadata_says_so_where_there_is_a_host(made):
    """And where its endpoints are."""
    with_host, without = (
        made.get(made.browser(), f"http://localhost:8000/t/{tenant}/.well-known/openid-configuration").json
        for tenant in ("aoba", "wakaba")
    )
    assert with_host["tls_client_certificate_bound_access_tokens"] is True
    assert set(with_host["mtls_endpoint_aliases"]) == {
        "token_endpoint",
        "pushed_authorization_request_endpoint",
        "introspection_endpoint",
        "revocation_endpoint",
        "userinfo_endpoint",
    }
    assert "tls_client_certificate_bound_access_tokens" not in without


def test_a_certificate_of_an_authority_binds_as_well(made, folder):
    """Whoever issued it: what counts is that it is the very same."""
    issued = shown(folder, "issued", Authority.found("Services CA"))
    caller = registered(made, issued, "issued", **ALWAYS)
    token = signed_in(caller)["access_token"]
    assert caller.userinfo(token).status_code == 200
    renewed = shown(folder, "renewed", Authority.found("Services CA"))
    assert is_refused(caller.userinfo(token, certificate=renewed))
