"""Who may call the API: the client credentials grant, what its token is good for, and what it is not."""

import pytest
from components.town import BASE_URL, REDIRECT_URI, b64url
from components.verifier import VERIFIES, Verifier

from idp.keys.sealing import Place
from idp.oidc.tokens import client_credentials
from idp.oidc.tokens.client_credentials import Access, AccessInvalid
from idp.registration import NewService, NewTenant, NotAllowed


def test_a_confidential_client_receives_an_opaque_token_for_verify_alone(verifier):
    """No ID token, no refresh token; ten minutes; other scopes are ignored."""
    for form in ({}, {"scope": "verify"}, {"scope": "openid verify unheard-of"}):
        answer = verifier.fetch_token(**form)
        assert answer.status_code == 200, answer.text
        assert set(answer.json) == {"access_token", "token_type", "expires_in", "scope"}
        assert (answer.json["token_type"], answer.json["expires_in"], answer.json["scope"]) == (
            "Bearer",
            600,
            "verify",
        )
        assert verifier.service.client_id not in answer.json["access_token"]


def test_a_request_without_verify_is_refused(verifier):
    """There is nothing else that a service can hold for itself."""
    answer = verifier.fetch_token(scope="openid jpki_status")
    assert (answer.status_code, answer.json["error"]) == (400, "invalid_scope")


def test_a_service_that_is_not_registered_for_verify_is_refused(shared_town):
    """By the grant's own error."""
    other = Verifier.__new__(Verifier)
    other.town, other.service, other.issuer = shared_town, shared_town.library, f"{BASE_URL}/t/aoba"
    answer = other.fetch_token(scope="verify")
    assert (answer.status_code, answer.json["error"]) == (400, "unauthorized_client")
    assert "client_credentials" in answer.json["error_description"]


def test_a_wrong_secret_is_refused(verifier):
    """401, as for every grant."""
    answer = verifier.town.post(
        verifier.town.browser(),
        verifier.issuer + "/token",
        data={"grant_type": "client_credentials"},
        auth=(verifier.service.client_id, "wrong"),
    )
    assert (answer.status_code, answer.json["error"]) == (401, "invalid_client")


def test_the_code_flow_never_gives_verify(verifier, shared_town):
    """It is ignored there as a scope that nobody knows."""
    code, login = shared_town.code(verifier.service, scope="openid verify")
    assert shared_town.redeem(code, login).json["scope"] == "openid"


def test_tokens_of_one_kind_are_no_good_for_the_other(verifier, shared_town):
    """A resident's access token opens no API, and the API's no UserInfo."""
    code, login = shared_town.code(verifier.service)
    of_resident = shared_town.redeem(code, login).json["access_token"]
    answer = verifier.post("/challenges", headers={"Authorization": f"Bearer {of_resident}"})
    assert (answer.status_code, answer.json["code"]) == (401, "invalid_token")
    answer = shared_town.get(
        shared_town.browser(), verifier.issuer + "/userinfo", headers={"Authorization": f"Bearer {verifier.token}"}
    )
    assert (answer.status_code, answer.json["error"]) == (401, "invalid_token")


@pytest.mark.parametrize(
    ("authorization", "error"),
    [
        ("", None),
        ("Basic abc", None),
        ("Bearer", "invalid_token"),
        ("Bearer ü", "invalid_token"),
        ("Bearer " + "A" * 60, "invalid_token"),
        ("Bearer " + "A" * 5000, "invalid_token"),
    ],
)
def test_without_a_token_of_ours_the_challenge_says_so(verifier, authorization, error):
    """RFC 6750 section 3: a realm always, an error only where a token came."""
    answer = verifier.post("/challenges", headers={"Authorization": authorization})
    challenge = answer.headers["WWW-Authenticate"]
    assert (answer.status_code, answer.mimetype) == (401, "application/problem+json")
    assert f'realm="{verifier.issuer}"' in challenge
    assert ("error=" in challenge) == (error is not None)


def test_a_token_ends_after_ten_minutes(fresh):
    """And says so."""
    fresh.town.control(do="clock", seconds=599)
    assert fresh.post("/challenges").status_code == 200
    fresh.town.control(do="clock", seconds=601)
    assert fresh.post("/challenges").json["code"] == "invalid_token"


def test_a_token_of_another_tenant_is_none(verifier, shared_town):
    """Sealed under another tenant's key."""
    other = Verifier(shared_town, shared_town.register("wakaba", "stranger", **VERIFIES))
    answer = verifier.post("/challenges", headers={"Authorization": f"Bearer {other.token}"})
    assert (answer.status_code, answer.json["code"]) == (401, "invalid_token")


def test_what_another_part_sealed_is_no_token(verifier, shared_town):
    """A code is sealed by the same key, and at another place."""
    code, _ = shared_town.code(verifier.service)
    tenant = shared_town.product.directory.tenant("aoba")
    with pytest.raises(AccessInvalid):
        client_credentials.open_access(tenant.keys, code, now=0)
    elsewhere = tenant.keys.seal(Place("code", b"", "record"), b'["x","verify",10]')
    with pytest.raises(AccessInvalid):
        client_credentials.open_access(tenant.keys, b64url(elsewhere), now=0)
    sealed = client_credentials.seal(tenant.keys, Access("x", "verify", 10))
    assert client_credentials.open_access(tenant.keys, sealed, now=9).client_id == "x"


def test_a_service_that_is_no_more_is_refused_at_once(fresh):
    """Suspended: the token that it still holds is worth nothing."""
    with fresh.town.product.store.engine.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE client SET state = 'suspended' WHERE client_id = ?", (fresh.service.client_id,)
        )
        connection.exec_driver_sql("UPDATE tenant SET config_version = config_version + 1")
    fresh.town.product.directory.refresh()
    assert fresh.post("/challenges").json["code"] == "invalid_token"


def test_a_service_whose_purpose_is_withdrawn_is_refused_at_once(fresh):
    """Which is another thing than an unknown token: RFC 6750 calls it the scope."""
    with fresh.town.product.store.engine.begin() as connection:
        connection.exec_driver_sql(
            """UPDATE client SET registration = replace(registration, '"approved": true', '"approved": false')"""
        )
        connection.exec_driver_sql("UPDATE tenant SET config_version = config_version + 1")
    fresh.town.product.directory.refresh()
    answer = fresh.post("/challenges")
    assert (answer.status_code, answer.json["code"]) == (403, "insufficient_scope")
    assert 'scope="verify"' in answer.headers["WWW-Authenticate"]
    refused = fresh.fetch_token()
    assert refused.json["error"] == "unauthorized_client"
    assert "not approved" in refused.json["error_description"]


@pytest.mark.parametrize(
    "wishes",
    [
        {"scopes": ("openid", "verify")},
        {"verify_purpose": "no scope"},
        {"scopes": ("openid", "verify"), "verify_purpose": "x" * 401},
        {"scopes": ("openid", "verify"), "verify_purpose": " "},
        {"scopes": ("openid", "verify"), "verify_purpose": "x", "token_endpoint_auth_method": "none"},
    ],
)
def test_the_scope_needs_its_purpose_and_a_secret(shared_town, wishes):
    """Nothing is registered without."""
    with pytest.raises(NotAllowed):
        shared_town.register("aoba", "wishful", **wishes)


def test_outside_the_sandbox_two_officers_approve_the_purpose(aoba):
    """Until then no token; afterwards one, without a restart."""
    product = aoba.product
    tenant = product.administration.create_tenant(
        NewTenant(
            tenant_id="midori", issuer="https://id.midori.example", name_ja="緑市", name_en="Midori", crest="緑"
        )
    )
    new = NewService(service_id="desk", name_ja="窓口", redirect_uris=("https://desk.example/cb",), **VERIFIES)
    made = product.administration.register_service(tenant, new)
    client = product.directory.tenant("midori").clients[made.client_id]
    assert (client.verify_approved, client.may_verify) == (False, False)
    assert REDIRECT_URI not in client.redirect_uris
    approve(product, product.directory.tenant("midori"), client)
    assert product.directory.tenant("midori").clients[made.client_id].may_verify


def approve(product, tenant, client):
    """The officers' part."""
    from idp.verification import purpose

    officers = product.trust.officers
    tokens = [officers.add(tenant, name).token for name in ("mori", "hayashi")]
    proposal = purpose.propose(product.trust.approvals, tenant, client.client_id, client.verify_purpose)
    assert product.trust.approvals.approve(tenant, proposal.proposal_id, tokens[0]).missing == 1
    assert not product.directory.tenant(tenant.tenant_id).clients[client.client_id].may_verify
    assert product.trust.approvals.approve(tenant, proposal.proposal_id, tokens[1]).applied


def test_discovery_names_the_grant_and_the_scope(shared_town):
    """So that a stock client finds both."""
    url = f"{BASE_URL}/t/aoba/.well-known/openid-configuration"
    metadata = shared_town.get(shared_town.browser(), url).json
    assert "client_credentials" in metadata["grant_types_supported"]
    assert "verify" in metadata["scopes_supported"]
