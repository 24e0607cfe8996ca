"""Profiles of services: wishes that contradict them are refused, and what they demand is demanded everywhere."""

from dataclasses import replace
from datetime import timedelta

import pytest
from components.assertions import ISSUER, jwks, signer
from components.officers import found_city
from components.town import BASE_URL, REDIRECT_URI, whereto
from joserfc.jwk import ECKey, RSAKey

from idp.japan import day_in_japan
from idp.registration import NewService, NotAllowed, complete
from idp.services import legacy_services
from idp.services.client_policies import AUTH_METHODS, CLIENT_ALGS, POLICIES
from idp.services.service_changes import ServiceChange

EC, RSA = ECKey.generate_key("P-256", {"kid": "ec"}), RSAKey.generate_key(2048, {"kid": "rsa"})
SIGNED = {"token_endpoint_auth_method": "private_key_jwt", "jwks": jwks(EC), "require_pkce": None}


def soon(town, days=30):
    """A day ahead, in Japan."""
    return day_in_japan(town.clock()) + timedelta(days=days)


CONTRADICTIONS = {
    "no profile": ({"profile": "fapi3"}, "a profile is one of"),
    "no method": ({"token_endpoint_auth_method": "client_secret_jwt"}, "token_endpoint_auth_method is one of"),
    "a secret in fapi2": (
        {**SIGNED, "profile": "fapi2", "token_endpoint_auth_method": "client_secret_basic"},
        "fapi2",
    ),
    "a public client in fapi2": ({**SIGNED, "profile": "fapi2", "token_endpoint_auth_method": "none"}, "fapi2"),
    "RS256 in fapi2": ({**SIGNED, "profile": "fapi2", "id_token_signed_response_alg": "RS256"}, "is one of ES256"),
    "RS256 responses in fapi2": (
        {**SIGNED, "profile": "fapi2", "authorization_signed_response_alg": "RS256"},
        "authorization_signed_response_alg is one of",
    ),
    "RS256 assertions in fapi2": (
        {**SIGNED, "profile": "fapi2", "jwks": jwks(RSA), "token_endpoint_auth_signing_alg": "RS256"},
        "token_endpoint_auth_signing_alg is one of ES256, PS256",
    ),
    "no PKCE in fapi2": ({**SIGNED, "profile": "fapi2", "require_pkce": False}, "always uses PKCE"),
    "keys that are not there": ({**SIGNED, "jwks": None}, "needs the service's keys"),
    "keys in two places": ({**SIGNED, "jwks_uri": "https://keys.example/"}, "not by both"),
    "keys at no address": ({**SIGNED, "jwks": None, "jwks_uri": "http://keys.example/"}, "jwks_uri is https"),
    "keys at a user's address": (
        {**SIGNED, "jwks": None, "jwks_uri": "https://a@keys.example/"},
        "jwks_uri is https",
    ),
    "a key for another algorithm": ({**SIGNED, "token_endpoint_auth_signing_alg": "PS256"}, "signs by PS256"),
    "an algorithm that is none": ({**SIGNED, "token_endpoint_auth_signing_alg": "HS256"}, "is one of RS256"),
    "an algorithm without assertions": ({"token_endpoint_auth_signing_alg": "ES256"}, "belong together"),
    "a certificate without its host": (
        {"token_endpoint_auth_method": "self_signed_tls_client_auth", "jwks": jwks(EC)},
        "mTLS host",
    ),
    "a certificate without a name": ({"token_endpoint_auth_method": "tls_client_auth"}, "belong together"),
    "a name without certificates": (
        {"certificate_name": {"tls_client_auth_san_dns": "a.example"}},
        "belong together",
    ),
    "legacy for ever": ({"profile": "legacy"}, "a day on which it ends"),
    "standard with an end": ({"legacy_until": 30}, "a day on which it ends"),
    "legacy for longer": ({"profile": "legacy", "legacy_until": 367}, "ends within 366 days"),
    "legacy until today": ({"profile": "legacy", "legacy_until": 0}, "ends within 366 days"),
    "legacy by keys": ({**SIGNED, "profile": "legacy", "legacy_until": 30}, "legacy authenticates by"),
    "legacy with PKCE": ({"profile": "legacy", "legacy_until": 30, "require_pkce": True}, "knows no PKCE"),
    "legacy with ES256": (
        {"profile": "legacy", "legacy_until": 30, "id_token_signed_response_alg": "ES256"},
        "is one of RS256",
    ),
}


@pytest.mark.parametrize("name", CONTRADICTIONS)
def test_a_wish_that_contradicts_itself_is_refused(shared_town, name):
    """With the sentence that says what to state instead; nothing is written."""
    wishes, sentence = CONTRADICTIONS[name]
    if "legacy_until" in wishes:
        wishes = {**wishes, "legacy_until": soon(shared_town, wishes["legacy_until"])}
    before = shared_town.rows("client")
    with pytest.raises(NotAllowed, match=sentence):
        shared_town.register("aoba", "contradictory", **wishes)
    assert shared_town.rows("client") == before


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("san_dns", "*.city.example"),
        ("san_dns", ""),
        ("san_dns", "a b"),
        ("san_ip", "localhost"),
        ("subject_dn", "no name"),
        ("san_uri", "https://あ.example"),
        ("san_email", "x" * 256),
    ],
)
def test_a_name_that_no_certificate_bears_is_refused(shared_town, member, value):
    """Wildcards and things that cannot be read, before any host is looked for."""
    wish = {"certificate_name": {f"tls_client_auth_{member}": value}}
    with pytest.raises(NotAllowed, match=r"name of a certificate|cannot be read"):
        shared_town.register("aoba", "unnamed", token_endpoint_auth_method="tls_client_auth", **wish)


@pytest.mark.parametrize("profile", POLICIES)
def test_what_is_not_stated_follows_the_profile(profile):
    """And fits it: whoever names a profile alone gets a service of that profile."""
    policy = POLICIES[profile]
    whole = complete(NewService(service_id="x", name_ja="x", redirect_uris=(REDIRECT_URI,), profile=profile))
    assert whole.token_endpoint_auth_method == policy.auth_methods[0]
    assert whole.id_token_signed_response_alg == policy.signing_algs[0]
    assert whole.require_pkce is (policy.pkce is not False)
    assert set(policy.auth_methods) <= set(AUTH_METHODS)
    assert set(policy.client_algs) <= set(CLIENT_ALGS)


@pytest.mark.parametrize(
    ("keys", "profile", "alg"),
    [
        (jwks(EC), "standard", "ES256"),
        (jwks(RSA), "standard", "RS256"),
        (jwks(RSA), "fapi2", "PS256"),
        (jwks(RSA, EC), "fapi2", "ES256"),
        (jwks(RSA, alg="PS256"), "standard", "PS256"),
        (None, "standard", "RS256"),
    ],
)
def test_a_service_has_one_algorithm_for_its_assertions(keys, profile, alg):
    """The first of its profile that its keys can do; fixed from then on."""
    wish = NewService(service_id="x", name_ja="x", redirect_uris=(REDIRECT_URI,), profile=profile, jwks=keys)
    wish = replace(wish, token_endpoint_auth_method="private_key_jwt")
    assert complete(wish).token_endpoint_auth_signing_alg == alg


def test_fapi2_is_demanded_everywhere(shared_town):
    """By PAR alone, with PKCE, and without a token that anybody could use."""
    by = signer(shared_town, "strict", EC, profile="fapi2")
    query = {name: value for name, value in by.pushed().items() if not name.startswith("client_assertion")}
    query |= {"client_id": by.service.client_id, "state": "s"}
    url = "/t/aoba/authorize"
    answer = shared_town.browser().get(url, base_url=BASE_URL + "/", query_string=query)
    assert "error=invalid_request" in answer.headers["Location"]
    assert by.push(code_challenge="").json["error"] == "invalid_request"
    uri = by.push().json["request_uri"]
    query = {"client_id": by.service.client_id, "request_uri": uri}
    answer = shared_town.browser().get(url, base_url=BASE_URL + "/", query_string=query)
    assert "/login/" in whereto(answer)
    form = {"grant_type": "authorization_code", "code": "x", "redirect_uri": REDIRECT_URI}
    assertion = {name: by.pushed()[name] for name in ("client_assertion", "client_assertion_type")}
    answer = shared_town.post(shared_town.browser(), f"{ISSUER}/token", data=form | assertion)
    assert answer.status_code == 400


def test_a_legacy_service_waits_for_two_officers_and_ends_on_its_day(aoba):
    """In the sandbox nobody has to agree; from the day on it is refused wherever it comes."""
    ends = soon(aoba, 2)
    old = aoba.register("aoba", "old", profile="legacy", legacy_until=ends, require_pkce=None)
    ask = {"code_challenge": None, "code_challenge_method": None}
    code, login = aoba.code(old, **ask)
    assert aoba.redeem(code, login, code_verifier=None).status_code == 200
    begun = aoba.code(old, **ask)
    aoba.clock.set_offset(2 * 24 * 3600)
    assert aoba.redeem(*begun, code_verifier=None).json["error"] == "invalid_client"
    _, location = aoba.ask(old, **ask)
    assert "error=unauthorized_client" in location


@pytest.fixture(scope="module")
def old(shared_town):
    """A municipality outside the sandbox, and the client id of a service of the profile legacy there."""
    city = found_city(shared_town)
    wish = NewService(
        service_id="old",
        name_ja="古い予約",
        redirect_uris=("https://old.city.example/",),
        profile="legacy",
        legacy_until=soon(shared_town),
    )
    return city, shared_town.product.administration.register_service(city.tenant, wish).client_id


def is_open(old, town):
    """Whether the service is let in today."""
    city, client_id = old
    return city.tenant.clients[client_id].is_open(town.clock())


def test_two_officers_let_old_software_in_and_each_end_anew(shared_town, old):
    """Nobody's word in the database does; what they agree to is a day, not a service."""
    city, client_id = old
    approvals = city.trust.approvals
    city.sql("""UPDATE client SET registration = replace(registration, '"approved": false', '"approved": true')""")
    city.sql("UPDATE tenant SET config_version = config_version + 1 WHERE tenant_id = TENANT")
    assert not is_open(old, shared_town)
    asked = legacy_services.propose(approvals, city.tenant, client_id, soon(shared_town))
    assert not city.approve(asked, "sato").applied
    assert not is_open(old, shared_town)
    assert city.approve(asked, "suzuki").applied
    assert is_open(old, shared_town)
    change = shared_town.product.service_changes.change
    change(city.tenant, city.tenant.clients[client_id], ServiceChange(name_ja="古い方の予約"))
    assert is_open(old, shared_town)
    change(city.tenant, city.tenant.clients[client_id], ServiceChange(legacy_until=soon(shared_town, 60)))
    assert not is_open(old, shared_town)
    late = legacy_services.propose(approvals, city.tenant, client_id, soon(shared_town))
    city.approve(late, "sato")
    with pytest.raises(NotAllowed, match="another day"):
        city.approve(late, "suzuki")


def test_what_is_no_end_is_not_proposed(old):
    """Nor for whom there is no service."""
    city, client_id = old
    for payload in ({"client_id": 7, "until": "2030-01-01"}, {"client_id": client_id, "until": "soon"}):
        with pytest.raises(NotAllowed, match="no end"):
            city.trust.approvals.propose(city.tenant, legacy_services.APPROVE, payload)
