"""Provider metadata compared with what the provider does: what is advertised works, what is not is refused."""

import json
from urllib.parse import parse_qs, urlsplit

import pytest
from components.town import BASE_URL, REDIRECT_URI, id_token_claims

from idp.registration import NotAllowed

ISSUER = f"{BASE_URL}/t/aoba"
NAMES = ("openid-configuration", "oauth-authorization-server")
EVERYTHING = ("openid", "name", "address", "birthdate", "gender", "profile", "jpki_status")


@pytest.fixture(scope="module")
def metadata(shared_town):
    """The document of aoba."""
    return shared_town.get(shared_town.browser(), f"{ISSUER}/.well-known/openid-configuration").json


def asked(town, service, **parameters):
    """What an authorization request leads to: its status, and the error that the service hears, if any."""
    query = {
        "response_type": "code",
        "client_id": service.client_id,
        "redirect_uri": REDIRECT_URI,
        "scope": "openid",
        "state": "s",
        **parameters,
    }
    answer = town.browser().get("/t/aoba/authorize", base_url=BASE_URL + "/", query_string=query)
    heard = parse_qs(urlsplit(answer.headers.get("Location", "")).query)
    return answer, heard.get("error", [""])[0]


def token_request(town, service, **form):
    """A token request with HTTP Basic; the error."""
    basic = (service.client_id, service.client_secret)
    return town.post(town.browser(), f"{ISSUER}/token", data=form, auth=basic)


# Where it is published


@pytest.mark.parametrize("name", NAMES)
def test_it_is_found_behind_the_issuer_and_before_its_path(shared_town, metadata, name):
    """OIDC Discovery appends the name to the issuer; RFC 8414 section 3.1 puts it before the issuer's path."""
    for url in (f"{ISSUER}/.well-known/{name}", f"{BASE_URL}/.well-known/{name}/t/aoba"):
        answer = shared_town.get(shared_town.browser(), url)
        assert (answer.status_code, answer.mimetype, answer.json) == (200, "application/json", metadata)
        assert answer.headers["Cache-Control"] == "public, max-age=300"
        again = shared_town.get(shared_town.browser(), url, headers={"If-None-Match": answer.headers["ETag"]})
        assert again.status_code == 304


@pytest.mark.parametrize(
    "path",
    [
        "/.well-known/oauth-authorization-server",
        "/.well-known/oauth-authorization-server/",
        "/.well-known/oauth-authorization-server/t",
        "/.well-known/oauth-authorization-server/t/nobody",
        "/.well-known/oauth-authorization-server/t/aoba/",
        "/.well-known/oauth-authorization-server/t/aoba/authorize",
        "/.well-known/oauth-authorization-server/t/aoba/.well-known/openid-configuration",
        "/.well-known/openid-configurations/t/aoba",
        "/.well-known/t/aoba",
    ],
)
def test_nothing_is_published_anywhere_else(shared_town, path):
    """One document of each name for one issuer."""
    assert shared_town.get(shared_town.browser(), BASE_URL + path).status_code == 404


def test_each_town_publishes_its_own(shared_town, metadata):
    """Another issuer, and every address under it."""
    for name in NAMES:
        other = shared_town.get(shared_town.browser(), f"{BASE_URL}/.well-known/{name}/t/wakaba").json
        assert other["issuer"] == f"{BASE_URL}/t/wakaba"
        urls = [url for key, url in other.items() if key.endswith(("_endpoint", "_uri", "_documentation"))]
        assert len(urls) > 7
        assert all(url.startswith(other["issuer"] + "/") for url in urls)


def test_every_address_in_it_answers(shared_town, metadata):
    """None is a page that is not there."""
    for name, url in metadata.items():
        if name.endswith(("_endpoint", "_uri", "_documentation")):
            answer = shared_town.get(shared_town.browser(), url)
            assert answer.status_code not in (404, 500), name


def test_pages_for_people_are_ours_until_the_town_names_its_own(aoba):
    """Documentation, privacy and terms for services are served by the product, in the place that is named."""

    def pages():
        found = aoba.get(aoba.browser(), f"{ISSUER}/.well-known/openid-configuration").json
        return [found.get(name) for name in ("service_documentation", "op_policy_uri", "op_tos_uri")]

    ours = pages()
    for url in ours:
        answer = aoba.get(aoba.browser(), url)
        assert (answer.status_code, answer.mimetype) == (200, "text/html")
    own = {name: f"https://city.example/{name}" for name in ("documentation_uri", "policy_uri", "tos_uri")}
    tenant = aoba.product.directory.tenant("aoba")
    aoba.product.policies.change_tenant(tenant, revocation={}, own_pages=own)
    assert pages() == list(own.values())
    for bad in ("http://city.example/", "javascript:alert(1)", "https://", "https://a.example/" + "a" * 3000):
        with pytest.raises(NotAllowed):
            aoba.product.policies.change_tenant(tenant, revocation={}, own_pages={"tos_uri": bad})
    tenant = aoba.product.directory.tenant("aoba")
    aoba.product.policies.change_tenant(tenant, revocation={}, own_pages=dict.fromkeys(own, ""))
    assert pages() == ours


# What it says


def test_response_types(shared_town, metadata):
    """Those advertised begin a login; all others of OpenID Connect are refused."""
    every = {"code", "token", "id_token", "none", "code token", "code id_token", "id_token token"}
    for response_type in every:
        _, error = asked(shared_town, shared_town.library, response_type=response_type)
        advertised = response_type in metadata["response_types_supported"]
        assert error == ("" if advertised else "unsupported_response_type"), response_type


def test_response_modes(shared_town, metadata):
    """Those advertised carry an answer; others are refused."""
    every = {"query", "fragment", "form_post", "jwt", "query.jwt", "fragment.jwt", "form_post.jwt", "web_message"}
    for mode in every | set(metadata["response_modes_supported"]):
        answer, error = asked(shared_town, shared_town.library, response_mode=mode)
        begins = answer.status_code == 200 and not error
        assert begins == (mode in metadata["response_modes_supported"]), mode


def test_code_challenge_methods(shared_town, metadata):
    """A challenge by an advertised method begins a login."""
    for method in ("S256", "plain", "S512"):
        _, error = asked(shared_town, shared_town.library, code_challenge="a" * 43, code_challenge_method=method)
        assert (error == "") == (method in metadata["code_challenge_methods_supported"]), method


def test_prompts(shared_town, metadata):
    """Those advertised are understood: none asks nobody, and goes together with no other."""
    assert metadata["prompt_values_supported"] == ["none", "login", "consent", "select_account"]
    for prompt in metadata["prompt_values_supported"]:
        _, error = asked(shared_town, shared_town.library, prompt=prompt)
        assert error == ("login_required" if prompt == "none" else ""), prompt
        if prompt != "none":
            _, error = asked(shared_town, shared_town.library, prompt=f"none {prompt}")
            assert error == "invalid_request", prompt


def test_levels(shared_town, metadata):
    """An essential level that is advertised begins a login; where it is not, no login could reach it."""
    for acr in ("aal3", "aal2", "aal1", "aal4", "urn:example:loa"):
        claims = json.dumps({"id_token": {"acr": {"essential": True, "values": [acr]}}})
        _, error = asked(shared_town, shared_town.library, claims=claims)
        if acr in metadata["acr_values_supported"]:
            assert error == "", acr
        elif acr != "aal1":  # every login is one of the lowest level, which no method here stops at
            assert error == "unmet_authentication_requirements", acr


def test_request_uri(shared_town, metadata):
    """By reference where that is advertised, and otherwise refused by its own name."""
    _, error = asked(shared_town, shared_town.library, request_uri="https://service.example/request")
    assert (error == "request_uri_not_supported") != metadata["request_uri_parameter_supported"]


def test_scopes(aoba):
    """Every advertised scope can be registered; any other cannot, and is ignored in a request."""
    found = aoba.get(aoba.browser(), f"{ISSUER}/.well-known/openid-configuration").json["scopes_supported"]
    grants = ("authorization_code", "refresh_token")
    aoba.register("aoba", "all", scopes=tuple(found), verify_purpose="窓口での確認", grant_types=grants)
    for scope in ("email", "phone", "admin"):
        assert scope not in found
        with pytest.raises(NotAllowed):
            aoba.register("aoba", scope, scopes=("openid", scope))
    answer = aoba.redeem(*aoba.code(aoba.library, scope="openid email jpki_status"))
    assert set(answer.json["scope"].split()) == {"openid", "jpki_status"}


def test_signing_algorithms(aoba):
    """ID tokens are signed by each advertised algorithm; another cannot be registered."""
    found = aoba.get(aoba.browser(), f"{ISSUER}/.well-known/openid-configuration").json
    advertised = found["id_token_signing_alg_values_supported"]
    assert advertised == found["authorization_signing_alg_values_supported"]
    for alg in advertised:
        service = aoba.register("aoba", f"by-{alg.lower()}", id_token_signed_response_alg=alg)
        answer = aoba.redeem(*aoba.code(service))
        assert answer.status_code == 200, alg
    for alg in ("none", "HS256", "ES384", "RS512"):
        assert alg not in advertised
        with pytest.raises(NotAllowed):
            aoba.register("aoba", f"by-{alg.lower()}", id_token_signed_response_alg=alg)


def test_grant_types(shared_town, metadata):
    """The token endpoint knows each advertised one; another it refuses by its own name."""
    others = ("password", "urn:ietf:params:oauth:grant-type:device_code", "implicit")
    for grant_type in (*metadata["grant_types_supported"], *others):
        answer = token_request(shared_town, shared_town.library, grant_type=grant_type, code="x", scope="verify")
        known = answer.json.get("error") != "unsupported_grant_type"
        assert known == (grant_type in metadata["grant_types_supported"]), grant_type


def test_authentication_by_secret_or_none(aoba):
    """Each of these methods redeems a code of a service registered for it; any other cannot be registered."""
    found = aoba.get(aoba.browser(), f"{ISSUER}/.well-known/openid-configuration").json
    advertised = found["token_endpoint_auth_methods_supported"]
    for method in ("client_secret_basic", "client_secret_post", "none"):
        assert method in advertised
        service = aoba.register(
            "aoba", method.replace("_", "-"), token_endpoint_auth_method=method, require_pkce=method == "none"
        )
        code, login = aoba.code(service)
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": REDIRECT_URI,
            "code_verifier": login.verifier,
            "client_id": service.client_id,
        }
        if method == "client_secret_post":
            form["client_secret"] = service.client_secret
        basic = (service.client_id, service.client_secret) if method == "client_secret_basic" else None
        answer = aoba.post(aoba.browser(), f"{ISSUER}/token", data=form, auth=basic)
        assert answer.status_code == 200, method
    assert "client_secret_jwt" not in advertised
    with pytest.raises(NotAllowed):
        aoba.register("aoba", "by-jwt", token_endpoint_auth_method="client_secret_jwt")


def test_claims(aoba):
    """What is delivered is advertised, and what is advertised is delivered, but for what no login at home has."""
    found = aoba.get(aoba.browser(), f"{ISSUER}/.well-known/openid-configuration").json["claims_supported"]
    need = {"purpose": "見本のため", "kept": "1年"}
    less = dict.fromkeys(("age_over_18", "age_over_20", "age_over_65", "municipality_code"), need)
    service = aoba.register("aoba", "curious", scopes=EVERYTHING, claim_terms=less)
    table = {"見本県青葉市": "990019"}
    tenant = aoba.product.directory.tenant("aoba")
    aoba.product.policies.change_tenant(tenant, revocation={}, municipalities=table)
    everything = json.dumps(
        {part: dict.fromkeys(set(found) - {"verified_claims"}) for part in ("id_token", "userinfo")}
    )
    answer = aoba.redeem(*aoba.code(service, scope=" ".join(EVERYTHING), claims=everything)).json
    in_token = id_token_claims(answer["id_token"])
    in_userinfo = aoba.userinfo(service, answer["access_token"]).json
    of_other_logins = {"verified_claims", "previous_sub", "previous_iss", "procedure", "signed_application"}
    of_other_logins |= {"organization", "act", "name#ja-Kana-JP"}
    assert set(found) - (set(in_token) | set(in_userinfo)) == of_other_logins
    assert set(in_token) | set(in_userinfo) <= set(found)
    assert len(found) == len(set(found))
    of_every_login = {"iss", "sub", "aud", "exp", "iat", "nonce", "acr", "amr", "sid", "auth_time", "revocation"}
    assert of_every_login <= set(in_token)
    four = {"name", "address", "birthdate", "gender"}
    assert {name: in_token[name] for name in four} == {name: in_userinfo[name] for name in four}
