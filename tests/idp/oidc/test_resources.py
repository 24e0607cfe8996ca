"""Tokens for resources: who receives them, what they say, and where they count (RFC 8707, RFC 9068)."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from components.acting import ASKED, CARE, MEALS, acting, resource, signed_in_at, token_for
from components.dpop import new_key, proof
from components.refreshing import SCOPE, ask_about, refresh
from components.town import BASE_URL, id_token_claims
from components.verifier import VERIFIES
from joserfc import jwt
from joserfc.jwk import KeySet

from idp.oidc.authorization import checks
from idp.oidc.authorization.requests import destination_of
from idp.oidc.tokens import targets
from idp.oidc.tokens.targets import TargetRefused
from idp.tenants.tenancy import Window

KEY = new_key()


@pytest.fixture(scope="module")
def services(shared_town):
    """Who runs the resources, who acts there, and who is of their sector and may not."""
    made = {name: acting(shared_town, name) for name in ("owner", "caller", "bystander")}
    resource(shared_town, made["owner"], callers=[made["caller"]])
    resource(shared_town, made["owner"], MEALS, callers=[made["caller"]], name_ja="給食", scopes=("meals",))
    return made


@pytest.fixture(scope="module")
def held(shared_town, services):
    """The answer to a login that ended with a token for `CARE`."""
    return signed_in_at(shared_town, services["caller"])


def keys_of(town):
    """The tenant's published keys."""
    return KeySet.import_key_set(town.get(town.browser(), f"{BASE_URL}/t/aoba/jwks").json)


def test_a_token_for_a_resource_says_what_it_needs_and_no_more(shared_town, services, held):
    """RFC 9068: its type, its audience, five minutes, the number of the sector; nothing else of a person."""
    token = held["access_token"]
    decoded = jwt.decode(token, keys_of(shared_town), algorithms=["ES256"])
    assert (decoded.header["typ"], decoded.header["alg"]) == ("at+jwt", "ES256")
    said = decoded.claims
    assert set(said) == {"iss", "sub", "aud", "client_id", "iat", "exp", "jti", "scope"}
    assert (said["iss"], said["aud"]) == (f"{BASE_URL}/t/aoba", CARE)
    assert (said["client_id"], said["scope"]) == (services["caller"].client_id, "care.read")
    assert said["exp"] - said["iat"] == held["expires_in"] == 300
    assert said["sub"] == id_token_claims(held["id_token"])["sub"]
    assert (held["token_type"], held["scope"]) == ("Bearer", "care.read")
    owner = shared_town.sign_in(services["owner"])
    assert owner["sub"] == said["sub"]  # the owner knows the same person by it, being of that sector


def test_it_opens_no_userinfo(shared_town, services, held):
    """Whoever runs the resource holds it: what the resident let go to the service is not for them."""
    answer = shared_town.userinfo(services["caller"], held["access_token"])
    assert (answer.status_code, answer.json["error"]) == (401, "invalid_token")


def test_it_names_nobody_to_us(shared_town, services, held):
    """As a hint it is none, at login and at logout: the ID token of the same login is one."""
    service = services["caller"]
    for hint, error in ((held["access_token"], "invalid_request"), (held["id_token"], "login_required")):
        _, url = shared_town.ask(service, prompt="none", id_token_hint=hint)
        assert f"error={error}" in url


def test_without_a_resource_in_the_token_request_it_is_the_logins_own(shared_town, services):
    """Opaque, ten minutes, for UserInfo, though the login named a resource."""
    service = services["caller"]
    code, login = shared_town.code(service, scope=ASKED, resource=CARE)
    given = token_for(shared_town, service, code, login, None).json
    assert (given["access_token"].count("."), given["expires_in"], given["scope"]) == (0, 600, SCOPE)
    assert shared_town.userinfo(service, given["access_token"]).status_code == 200


@pytest.mark.parametrize("who", ["owner", "caller"])
def test_the_owner_may_act_at_its_own_resource(shared_town, services, who):
    """As the services do that it lets."""
    assert signed_in_at(shared_town, services[who])["access_token"].count(".") == 2


def refused_at_authorize(town, service, named):
    """Whether the browser is sent back with invalid_target, before anybody is asked for a card."""
    _, url = town.ask(service, resource=named, scope=ASKED)
    return "error=invalid_target" in url and url.startswith("http://127.0.0.1:8901/")


@pytest.mark.parametrize("named", ["https://nowhere.example", "care", CARE + "/", CARE + "#x", CARE.upper()])
def test_an_unknown_resource_is_refused(shared_town, services, named):
    """Byte for byte, as redirect URIs are."""
    assert refused_at_authorize(shared_town, services["caller"], named)


def test_who_is_not_named_or_of_another_sector_is_refused(shared_town, services):
    """At the authorization endpoint and where requests are pushed."""
    for service in (services["bystander"], shared_town.library):
        assert refused_at_authorize(shared_town, service, CARE)
        assert push(shared_town, service, [CARE]).json["error"] == "invalid_target"
    assert push(shared_town, services["caller"], [CARE, MEALS]).status_code == 201
    many = push(shared_town, services["caller"], [f"{CARE}/{n}" for n in range(6)])
    assert (many.status_code, many.json["error"]) == (400, "invalid_target")


def push(town, service, resources):
    """A pushed request that names them."""
    form = {
        "response_type": "code",
        "redirect_uri": "http://127.0.0.1:8901/callback",
        "scope": ASKED,
        "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        "code_challenge_method": "S256",
        "resource": resources,
    }
    auth = (service.client_id, service.client_secret)
    return town.post(town.browser(), f"{BASE_URL}/t/aoba/par", data=form, auth=auth)


def test_a_token_is_for_one_granted_resource_at_a_time(shared_town, services):
    """Two at once, or one that the resident was not asked for: refused, and the code is not spent by that."""
    service = services["caller"]
    code, login = shared_town.code(service, scope=ASKED + " meals", resource=[CARE, MEALS])
    for named in ([CARE, MEALS], "https://nowhere.example"):
        answer = token_for(shared_town, service, code, login, named)
        assert (answer.status_code, answer.json["error"]) == (400, "invalid_target")
    given = token_for(shared_town, service, code, login, MEALS).json
    assert id_token_claims(given["access_token"])["scope"] == given["scope"] == "meals"
    other = refresh(shared_town, service, given["refresh_token"], resource=CARE).json
    assert id_token_claims(other["access_token"])["aud"] == CARE
    code, login = shared_town.code(service, scope=ASKED)
    assert token_for(shared_town, service, code, login).json["error"] == "invalid_target"


def test_a_refresh_narrows_and_never_widens(shared_town, services):
    """The scopes of the resource that were granted, or fewer; the login's own are for UserInfo."""
    service = services["caller"]
    token = signed_in_at(shared_town, service, scope=ASKED + " care.write")["refresh_token"]
    for asked, granted in ((None, "care.read care.write"), ("care.write", "care.write"), ("openid", None)):
        given = refresh(shared_town, service, token, resource=CARE, scope=asked).json
        assert (given.get("scope"), given["expires_in"]) == (granted, 300)
        token = given["refresh_token"]
    given = refresh(shared_town, service, token).json
    assert (given["scope"], shared_town.userinfo(service, given["access_token"]).status_code) == (SCOPE, 200)
    for wrong in ({"resource": MEALS}, {"resource": CARE, "scope": "meals"}, {"scope": "care.read"}):
        answer = refresh(shared_town, service, given["refresh_token"], **wrong)
        assert answer.json["error"] == ("invalid_target" if wrong == {"resource": MEALS} else "invalid_scope")
    assert refresh(shared_town, service, given["refresh_token"], resource=CARE).status_code == 200


def test_the_resident_is_asked_and_asked_again_for_more(shared_town):
    """The consent page names the resource and whose it is; what was agreed to is not asked for twice."""
    mine, other = acting(shared_town, "asking"), acting(shared_town, "asked")
    for identifier, owner in (("https://asking.example", mine), ("https://asked.example", other)):
        resource(shared_town, owner, identifier, callers=[mine])
    both = ["https://asking.example", "https://asked.example"]
    browser = shared_town.browser()
    steps = [({"resource": both[0]}, True), ({"resource": both[0]}, False), ({"resource": both}, True)]
    for wishes, asks in (*steps, ({"resource": both, "scope": "openid care.write"}, True), ({}, False)):
        login = shared_town.begin(mine, browser, **wishes)
        url = shared_town.get(browser, shared_town.accept(login)).headers["Location"]
        assert url.endswith("/consent") is asks, wishes
        if asks:
            page = shared_town.get(browser, url).text
            assert page.count("「保育の記録」") == (2 if wishes["resource"] == both else 1)
            assert ("「見本のasked」の" in page) is (wishes["resource"] == both)
            shared_town.consent(login, url)


def test_introspection_tells_the_two_whose_token_it_is(shared_town, services, held):
    """The service that holds it and the one that runs the resource; to others, of the sector too, it is none."""
    token = held["access_token"]
    for service in (services["caller"], services["owner"]):
        about = ask_about(shared_town, service, token).json
        assert (about["active"], about["aud"], about["scope"]) == (True, CARE, "care.read")
        assert (about["client_id"], about["exp"] - about["iat"]) == (services["caller"].client_id, 300)
        assert about["sub"] == id_token_claims(token)["sub"]
    for stranger in (services["bystander"], shared_town.library):
        assert ask_about(shared_town, stranger, token).json == {"active": False}
    assert ask_about(shared_town, services["owner"], token, "revoke").status_code == 200
    assert ask_about(shared_town, services["caller"], token).json["active"] is True  # it is not the owner's to end


def test_introspection_tells_an_owner_that_moved_away_nothing(shared_town, services, held, monkeypatch):
    """The number in the token is of the sector that it left."""
    directory, owner, token = shared_town.product.directory, services["owner"], held["access_token"]
    found = directory.client

    def moved(tenant, client_id):
        client = found(tenant, client_id)
        return replace(client, sector_id="elsewhere") if client_id == owner.client_id else client

    assert ask_about(shared_town, owner, token).json["active"] is True
    monkeypatch.setattr(directory, "client", moved)
    assert ask_about(shared_town, owner, token).json == {"active": False}
    assert ask_about(shared_town, services["caller"], token).json["active"] is True


def test_what_ends_a_token_ends_a_signed_one(aoba):
    """Its code shown a second later, revocation, its time: inactive for both, whatever its signature says."""
    owner, caller = acting(aoba, "owner"), acting(aoba, "caller")
    resource(aoba, owner, callers=[caller])
    code, login = aoba.code(caller, scope=ASKED, resource=CARE)
    replayed = token_for(aoba, caller, code, login).json["access_token"]
    assert ask_about(aoba, owner, replayed).json["active"] is True
    aoba.clock.set_offset(1)
    assert token_for(aoba, caller, code, login).json["error"] == "invalid_grant"
    given_back, outlived = (signed_in_at(aoba, caller)["access_token"] for _ in range(2))
    ask_about(aoba, caller, given_back, "revoke")
    spelled = [outlived[:-4] + "AAAA", f"{outlived}."]
    for service in (owner, caller):
        for token in (replayed, given_back, *spelled):
            assert ask_about(aoba, service, token).json == {"active": False}
        assert ask_about(aoba, service, outlived).json["active"] is True
    aoba.clock.set_offset(302)
    for service in (owner, caller):
        assert ask_about(aoba, service, outlived).json == {"active": False}


def test_a_token_for_a_resource_is_bound_as_any_other(shared_town, services):
    """Whoever reads it learns to which key."""
    caller = services["caller"]
    headers = {"DPoP": proof(shared_town, KEY)}
    given = signed_in_at(shared_town, caller, headers=headers)
    assert given["token_type"] == "DPoP"
    assert id_token_claims(given["access_token"])["cnf"] == {"jkt": KEY.thumbprint()}
    assert ask_about(shared_town, services["owner"], given["access_token"]).json["cnf"] == {
        "jkt": KEY.thumbprint()
    }


def test_the_verification_api_is_no_resource(shared_town):
    """Its tokens are the service's own: none is for a resource."""
    service = acting(
        shared_town,
        "verifying",
        scopes=VERIFIES["scopes"],
        verify_purpose="確かめる",
        grant_types=("authorization_code",),
    )
    form = {"grant_type": "client_credentials", "resource": CARE}
    auth = (service.client_id, service.client_secret)
    answer = shared_town.post(shared_town.browser(), f"{BASE_URL}/t/aoba/token", data=form, auth=auth)
    assert (answer.status_code, answer.json["error"]) == (400, "invalid_target")


def test_a_service_that_moves_between_sectors_waits(shared_town, services):
    """While some of its residents have numbers of the sector that it left, others' resources are closed to it."""
    tenant = shared_town.product.directory.tenant("aoba")
    caller = tenant.clients[services["caller"].client_id]
    granted = targets.applied(tenant, caller, asked_by(caller), {"resource": [CARE], "scope": [ASKED]}).targets
    assert targets.meant(tenant, caller, granted, [CARE], None).scope == "care.read"
    moving = replace(caller, window=Window("m", 2**40, also_sector="left-behind"))
    moved = replace(caller, sector_id="elsewhere")
    for client in (moving, moved):
        with pytest.raises(TargetRefused, match="another sector"):
            targets.meant(tenant, client, granted, [CARE], None)


def asked_by(client):
    """A judged request of that service."""
    unverified = {
        "redirect_uri": [client.redirect_uris[0]],
        "response_type": ["code"],
        "scope": [ASKED],
    }
    destination = destination_of(unverified, client)
    return checks.judged(
        checks.parsed(unverified, client, destination, at=datetime(2026, 4, 1, tzinfo=UTC), pushed=False), client
    )


def test_a_resource_that_is_removed_gives_nothing_and_counts_for_nothing(shared_town):
    """Not by refresh tokens of before either; one of the same address that another runs is another one."""
    first, second = acting(shared_town, "first"), acting(shared_town, "second")
    address = "https://short.example"
    resource(shared_town, first, address, callers=[second])
    given = signed_in_at(shared_town, second, resource=address)
    shared_town.product.resources.remove(shared_town.product.directory.tenant("aoba"), address)
    assert ask_about(shared_town, second, given["access_token"]).json == {"active": False}
    again = {"resource": address}
    assert refresh(shared_town, second, given["refresh_token"], **again).json["error"] == "invalid_target"
    resource(shared_town, second, address)
    assert refresh(shared_town, second, given["refresh_token"], **again).json["error"] == "invalid_target"


def test_a_resource_of_a_service_that_is_closed_gives_nothing(aoba):
    """Nobody is asked for it, and no refresh token of before gives a token; both again when it is open again."""
    owner, caller = acting(aoba, "owner"), acting(aoba, "caller")
    resource(aoba, owner, callers=[caller])
    token = signed_in_at(aoba, caller)["refresh_token"]
    standing, tenant = aoba.product.service_acts.standing, aoba.product.directory.tenant("aoba")
    standing.disable(tenant, tenant.clients[owner.client_id])
    assert refused_at_authorize(aoba, caller, CARE)
    assert refresh(aoba, caller, token, resource=CARE).json["error"] == "invalid_target"
    tenant = aoba.product.directory.tenant("aoba")
    standing.enable(tenant, tenant.clients[owner.client_id])
    assert not refused_at_authorize(aoba, caller, CARE)
    assert refresh(aoba, caller, token, resource=CARE).status_code == 200
