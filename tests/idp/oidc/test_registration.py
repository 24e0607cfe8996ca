"""Services that register themselves by invitation (RFC 7591): what they may say, and what residents are told."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from components.peer import Peer, answer
from components.registering import bearer, invited, opened, own, register
from components.town import BASE_URL, REDIRECT_URI

from idp.registration import NotAllowed
from idp.registration.terms import Terms
from idp.services.self_registration import MOST

PUBLIC = {"token_endpoint_auth_method": "none"}
METADATA, REDIRECT = "invalid_client_metadata", "invalid_redirect_uri"


def metadata_of(town, tenant_id="aoba"):
    """The provider metadata."""
    return town.get(town.browser(), f"{BASE_URL}/t/{tenant_id}/.well-known/openid-configuration").json


def test_nothing_is_here_until_the_municipality_opens_it(shared_town):
    """Neither in the metadata nor at the address; afterwards both, and at that tenant alone."""
    assert "registration_endpoint" not in metadata_of(shared_town, "wakaba")
    assert register(shared_town, "any", "wakaba").status_code == 404
    tenant = shared_town.product.directory.tenant("wakaba")
    with pytest.raises(NotAllowed, match="self-registration"):
        shared_town.product.service_acts.invitations.make(tenant, Terms(), uses=1, days=1)
    assert metadata_of(opened(shared_town))["registration_endpoint"] == f"{BASE_URL}/t/aoba/register"
    assert "registration_endpoint" not in metadata_of(shared_town, "wakaba")


def test_a_service_registers_and_signs_a_resident_in(shared_town):
    """201 and never stored; everything that holds is told; the secret is the first and the last time shown."""
    answer = register(shared_town, invited(shared_town))
    assert (answer.status_code, answer.mimetype) == (201, "application/json")
    assert (answer.headers["Cache-Control"], answer.headers["Pragma"]) == ("no-store", "no-cache")
    told = answer.json
    assert told["client_secret_expires_at"] == 0
    assert told["registration_client_uri"] == f"{BASE_URL}/t/aoba/register/{told['client_id']}"
    assert {name: told[name] for name in ("client_name", "redirect_uris", "grant_types", "response_types")} == {
        "client_name": "見本の届出",
        "redirect_uris": [REDIRECT_URI],
        "grant_types": ["authorization_code"],
        "response_types": ["code"],
    }
    assert (told["subject_type"], told["id_token_signed_response_alg"]) == ("pairwise", "RS256")
    assert told["token_endpoint_auth_method"] == "client_secret_basic"
    made = own(shared_town)
    assert shared_town.sign_in(made.service)["aud"] == made.client_id


@pytest.mark.parametrize("token", [None, "", "wrong", "a b", "x" * 600])
def test_without_an_invitation_nobody_registers(shared_town, token):
    """401 with a challenge, and nothing of what was wrong."""
    answer = register(opened(shared_town), token)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith(f'Bearer realm="{BASE_URL}/t/aoba"')
    assert ("invalid_token" in answer.headers["WWW-Authenticate"]) is (token is not None)
    explained = {"error": "invalid_token", "error_uri": f"{BASE_URL}/t/aoba/developer#invalid_token"}
    assert answer.json == ({} if token is None else explained)


def test_an_invitation_is_for_its_tenant_its_days_and_its_number_of_services(aoba):
    """Of many at once exactly as many as it says; what is refused takes none of them."""
    token = invited(opened(aoba, "wakaba"), uses=2)
    assert register(aoba, token, "wakaba").status_code == 401
    assert register(aoba, token, redirect_uris=[]).status_code == 400
    with ThreadPoolExecutor(4) as pool:
        statuses = sorted(pool.map(lambda _: register(aoba, token).status_code, range(4)))
    assert statuses == [201, 201, 401, 401]
    late = invited(aoba, days=1)
    aoba.clock.set_offset(24 * 60 * 60 + 1)
    assert register(aoba, late).status_code == 401


def test_the_token_is_stored_as_its_digest_alone(aoba):
    """Neither the initial nor the registration access token nor the secret is anywhere in the database."""
    token = invited(aoba)
    told = register(aoba, token).json
    with aoba.product.store.engine.connect() as connection:
        dump = "\n".join(connection.connection.driver_connection.iterdump())
    for secret in (token, told["registration_access_token"], told["client_secret"]):
        assert secret not in dump


def test_whoever_asks_too_often_waits(aoba):
    """By one token; others are heard meanwhile."""
    token = invited(aoba, uses=1)
    answers = [register(aoba, token, redirect_uris=[]) for _ in range(MOST + 1)]
    assert {answer.status_code for answer in answers[:-1]} == {400}
    assert (answers[-1].status_code, int(answers[-1].headers["Retry-After"]) > 0) == (429, True)
    assert register(aoba, invited(aoba)).status_code == 201


@pytest.mark.parametrize(
    ("metadata", "error"),
    [
        ({"redirect_uris": None}, REDIRECT),
        ({"redirect_uris": []}, REDIRECT),
        ({"redirect_uris": REDIRECT_URI}, REDIRECT),
        ({"redirect_uris": [7]}, REDIRECT),
        ({"redirect_uris": ["https://a.example/cb#part"]}, REDIRECT),
        ({"redirect_uris": ["https://*.a.example/cb"]}, REDIRECT),
        ({"redirect_uris": ["http://a.example/cb"]}, REDIRECT),
        ({"redirect_uris": ["https://user@a.example/cb"]}, REDIRECT),
        ({"redirect_uris": ["app:/cb"]}, REDIRECT),
        ({"redirect_uris": ["https://a.example/cb", "https://b.example/cb"]}, METADATA),
        ({"post_logout_redirect_uris": ["javascript:alert(1)"]}, REDIRECT),
        ({"response_types": ["code", "id_token"]}, METADATA),
        ({"response_types": "code"}, METADATA),
        ({"grant_types": ["implicit"]}, METADATA),
        ({"subject_type": "public"}, METADATA),
        ({"software_statement": "eyJ.eyJ.x"}, "unapproved_software_statement"),
        ({"token_endpoint_auth_method": "client_secret_jwt"}, METADATA),
        ({"token_endpoint_auth_method": "private_key_jwt"}, METADATA),
        ({"token_endpoint_auth_method": "tls_client_auth", "tls_client_auth_san_dns": "a.example"}, METADATA),
        ({"id_token_signed_response_alg": "none"}, METADATA),
        ({"id_token_signed_response_alg": "HS256"}, METADATA),
        ({"userinfo_signed_response_alg": 7}, METADATA),
        ({"jwks_uri": "http://a.example/jwks"}, METADATA),
        ({"jwks_uri": "https://a.example/jwks", "jwks": {"keys": []}}, METADATA),
        ({"jwks": {"keys": [{"kty": "oct", "k": "AA"}]}}, METADATA),
        ({"jwks": []}, METADATA),
        ({"logo_uri": "http://a.example/logo.png"}, METADATA),
        ({"policy_uri": "https://a.example/\u202e"}, METADATA),
        ({"client_name": "見本\u202e"}, METADATA),
        ({"client_name": "長" * 201}, METADATA),
        ({"client_name": ["見本"]}, METADATA),
        ({"contacts": [str(n) for n in range(11)]}, METADATA),
        ({"default_max_age": -1}, METADATA),
        ({"default_max_age": True}, METADATA),
        ({"default_max_age": "60"}, METADATA),
        ({"require_auth_time": "yes"}, METADATA),
        ({"application_type": "desktop"}, METADATA),
        ({"frontchannel_logout_uri": "https://b.example/out"}, METADATA),
        ({"backchannel_logout_session_required": True}, METADATA),
        ({"initiate_login_uri": "http://a.example/login"}, METADATA),
    ],
    ids=repr,
)
def test_what_cannot_be_registered_is_refused_by_its_name(shared_town, metadata, error):
    """RFC 7591 section 3.2.2; no 500, nothing of the input in the answer, nothing written."""
    token = invited(shared_town)
    before = set(shared_town.product.directory.tenant("aoba").clients)
    answer = register(shared_town, token, **metadata)
    assert set(shared_town.product.directory.tenant("aoba").clients) == before
    assert (answer.status_code, answer.json["error"]) == (400, error)
    assert answer.json["error_description"]
    assert "a.example" not in answer.text


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"a": 1, "a": 2}', b"\xff", b"[" * 5000])
def test_what_is_no_metadata_at_all_is_refused(shared_town, body):
    """Nor is a form."""
    headers = bearer(invited(shared_town))
    for kind in ("application/json", "application/x-www-form-urlencoded"):
        answer = shared_town.browser().post(
            "/t/aoba/register", base_url=BASE_URL + "/", data=body, content_type=kind, headers=headers
        )
        assert (answer.status_code, answer.json["error"]) == (400, METADATA)


def test_unknown_metadata_and_null_are_as_if_never_said(shared_town):
    """Nor does a service say what is the municipality's to say."""
    made = own(
        shared_town, logo_uri=None, software_id="x", minimum_acr="aal1", profile="legacy", sector_id="library",
        verify_purpose="全部", user_numbers=True, self_registered={"reviewed": True}, client_id="mine",
    )  # fmt: skip
    client = made.client
    assert (client.profile, client.minimum_acr, client.user_numbers) == ("standard", "aal2", False)
    assert (client.is_reviewed, client.client_id != "mine", client.sector_id != "library") == (False, True, True)


def test_scopes_and_grants_stay_within_the_invitation(shared_town):
    """What is asked for beyond it is left out, and the answer says so; without wish all that is allowed."""
    wide = {"scopes": ("openid", "name", "address", "offline_access")}
    asked = own(
        shared_town, terms=wide, scope="openid name gender offline_access", grant_types=["authorization_code"]
    )
    assert (asked.told["scope"], asked.told["grant_types"]) == ("openid name", ["authorization_code"])
    lasting = own(shared_town, terms=wide, grant_types=["authorization_code", "refresh_token", "implicit"])
    assert lasting.told["scope"] == "openid name address offline_access"
    assert lasting.told["grant_types"] == ["authorization_code", "refresh_token"]
    narrow = own(shared_town, scope="openid name verify", grant_types=["authorization_code", "refresh_token"])
    assert (narrow.told["scope"], narrow.told["grant_types"]) == ("openid", ["authorization_code"])


@pytest.mark.parametrize("terms", [{"profile": "legacy"}, {"scopes": ("openid", "verify")}, {"scopes": ("name",)}])
def test_no_invitation_gives_what_two_officers_decide(shared_town, terms):
    """The profile legacy, the verification API; and openid is always there."""
    with pytest.raises(NotAllowed):
        invited(shared_town, **terms)


def test_pkce_and_profile_are_the_invitations(shared_town):
    """A demand of PKCE cannot be refused; a public client always uses it; fapi2 needs keys."""
    assert own(shared_town, terms={"require_pkce": True}, require_pkce=False).told["require_pkce"] is True
    assert own(shared_town, require_pkce=True).told["require_pkce"] is True
    assert own(shared_town, **PUBLIC).told["require_pkce"] is True
    assert "client_secret" not in own(shared_town, **PUBLIC).told
    refused = register(shared_town, invited(shared_town, profile="fapi2"))
    assert (refused.status_code, refused.json["error"]) == (400, METADATA)


def test_loopback_outside_the_sandbox_is_for_native_applications_alone(shared_town):
    """RFC 8252 section 7.3: by the rules, which need no production tenant."""
    from idp.registration import NewService, RedirectUriNotAllowed, require_service
    from idp.registration.metadata import wish_in

    said = {"redirect_uris": ["http://127.0.0.1/cb"], "client_name": "x", **PUBLIC}
    native = NewService(service_id="a", **wish_in({**said, "application_type": "native"}, Terms()))
    require_service(native, sandbox=False)
    with pytest.raises(RedirectUriNotAllowed):
        require_service(NewService(service_id="a", **wish_in(said, Terms())), sandbox=False)


def test_residents_are_told_that_nobody_has_looked_at_it(shared_town):
    """And where it leads; no link of its own until an administrator agrees, or the invitation vouches for it."""
    pages = {"policy_uri": "https://a.example/policy", "tos_uri": "https://a.example/terms"}
    made = own(shared_town, **pages)
    page = consent_page(shared_town, made)
    assert 'id="unreviewed"' in page
    assert "127.0.0.1" in page
    assert "https://a.example" not in page
    tenant = shared_town.product.directory.tenant("aoba")
    shared_town.product.service_acts.standing.approve(tenant, made.client)
    vouched = own(shared_town, terms={"reviewed": True, "purpose_ja": "届出のため"}, **pages)
    for service in (made, vouched):
        page = consent_page(shared_town, service)
        assert 'id="unreviewed"' not in page
        assert 'href="https://a.example/policy"' in page
        assert 'href="https://a.example/terms"' in page
    assert "届出のため" in page


def consent_page(town, made):
    """What a resident is asked."""
    login = town.begin(made.service)
    answer = town.get(login.browser, town.accept(login))
    return town.get(login.browser, answer.headers["Location"]).text


def test_what_a_service_shows_of_itself_is_never_fetched(shared_town):
    """Whoever's host it is would learn who signs in where; it is told back as it was said."""
    names = ("logo_uri", "policy_uri", "tos_uri", "client_uri", "initiate_login_uri")
    with Peer(lambda _: [answer("200 OK", b"picture")]) as peer:
        pages = {name: f"{peer.origin}/{name}" for name in names}
        made = own(shared_town, terms={"reviewed": True}, **pages)
        assert {name: made.told[name] for name in names} == pages
        shared_town.sign_in(made.service)
        assert peer.connections == 0


def test_a_service_that_wants_to_know_when_is_told_so(shared_town):
    """default_max_age and require_auth_time (OpenID Connect Registration section 2)."""
    assert "auth_time" not in shared_town.sign_in(own(shared_town).service)
    for wish in ({"require_auth_time": True}, {"default_max_age": 3600}):
        assert "auth_time" in shared_town.sign_in(own(shared_town, **wish).service)


def test_names_come_by_language(shared_town):
    """RFC 7591 section 2.2; without a name a service is called by its host."""
    names = {"client_name": "Reading", "client_name#ja": "読書", "client_name#en": "Reading room"}
    assert dict(own(shared_town, **names).client.names) == {"ja": "読書", "en": "Reading room"}
    assert dict(own(shared_town, client_name=None).client.names) == {"ja": "127.0.0.1", "en": "127.0.0.1"}


def test_every_act_leaves_its_entry_without_a_secret(aoba):
    """Invited, registered by which invitation, withdrawn."""
    token = invited(aoba, note="図書館の委託先")
    told = register(aoba, token).json
    invitations, tenant = aoba.product.service_acts.invitations, aoba.product.directory.tenant("aoba")
    [made] = invitations.every(tenant)
    assert (made.uses_left, made.terms.note) == (0, "図書館の委託先")
    invitations.withdraw(tenant, made.invitation_id)
    assert invitations.every(tenant) == []
    with aoba.product.store.engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT action, body FROM audit_entry WHERE tenant_id = 'aoba'").all()
    said = {action: json.loads(body) for action, body in rows}
    assert said["service.created"]["invitation"] == said["service.invited"]["invitation"] == made.invitation_id
    assert not any(secret in body for _, body in rows for secret in (token, told["client_secret"]))


def test_terms_of_items_stay_within_the_invitation(shared_town):
    """An age needs an invitation for the date of birth; a law is one once somebody has looked at it."""
    by_law = {"purpose": "届出のため", "kept": "1年", "law": "見本条例", "article": "第1条"}
    stated = {"name": by_law, "age_over_20": by_law, "municipality_code": by_law, "gender": by_law}
    invitation = {"scopes": ("openid", "name", "birthdate")}
    made = own(shared_town, terms=invitation, claim_terms=stated, scope="openid name")
    assert made.told["claim_terms"].keys() == {"name", "age_over_20"}
    assert made.told["claim_terms"]["name"]["law"] == {"ja": "見本条例"}
    assert not made.client.claim_terms["name"].by_law
    tenant = shared_town.product.directory.tenant("aoba")
    shared_town.product.service_acts.standing.approve(tenant, made.client)
    assert made.client.claim_terms["name"].by_law
    token = invited(shared_town, **invitation)
    refused = register(shared_town, token, claim_terms={"name": {"purpose": "届出のため"}}, scope="openid name")
    assert (refused.status_code, refused.json["error"]) == (400, "invalid_client_metadata")
