"""What a service sees to itself after it registered itself (RFC 7592)."""

import pytest
from components.registering import bearer, own
from components.town import BASE_URL, REDIRECT_URI

from idp.services.service_changes import ServiceChange
from idp.tenants.tenancy import REMOVED

OTHER = "http://127.0.0.1:8901/other"


def test_it_reads_what_is_registered(shared_town):
    """With its own token, which stays; the secret is shown no second time."""
    made = own(shared_town, contacts=["it@a.example"])
    answer = made.ask()
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    assert answer.json == {
        name: value for name, value in made.told.items() if not name.startswith("client_secret")
    }


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_nobody_elses_token_opens_it(shared_town, method):
    """Nor none, nor a made-up client: every refusal is the same."""
    made, other = own(shared_town), own(shared_town)
    answers = [made.ask(method, token=other.told["registration_access_token"], json={})]
    answers.append(made.ask(method, token="wrong", json={}))
    answers.append(made.ask(method, token=made.told["client_secret"], json={}))
    for path in (f"/t/aoba/register/{shared_town.library.client_id}", "/t/aoba/register/nobody"):
        token = bearer(made.told["registration_access_token"])
        answers.append(
            shared_town.browser().open(path, base_url=BASE_URL + "/", method=method, headers=token, json={})
        )
    assert {(answer.status_code, answer.data, answer.headers["WWW-Authenticate"]) for answer in answers} == {
        (401, answers[0].data, f'Bearer realm="{BASE_URL}/t/aoba", error="invalid_token"')
    }
    assert made.ask().status_code == 200


def test_a_change_replaces_everything_it_may_say(shared_town):
    """What is left out is as never said; the secret and the token stay as they are."""
    made = own(shared_town, client_uri="https://a.example/", default_max_age=60, require_auth_time=True)
    answer = made.put(redirect_uris=[OTHER], client_name="別の届出", policy_uri=None)
    assert answer.status_code == 200
    assert "client_secret" not in answer.json
    assert answer.json["registration_access_token"] == made.told["registration_access_token"]
    assert not {"client_uri", "default_max_age", "require_auth_time"} & answer.json.keys()
    client = made.client
    assert (client.redirect_uris, client.name("ja"), client.default_max_age) == ((OTHER,), "別の届出", None)
    assert made.ask().json == answer.json


def test_what_an_administrator_decided_stays(shared_town):
    """Level, purposes, and scopes that were taken away: the service's own change undoes none of it."""
    made = own(shared_town, terms={"scopes": ("openid", "name"), "purpose_ja": "届出のため"})
    tenant = shared_town.product.directory.tenant("aoba")
    change = ServiceChange(minimum_acr="aal3", scopes=("openid",))
    shared_town.product.service_changes.change(tenant, made.client, change)
    assert made.put(scope="openid name").json["scope"] == "openid"
    assert (made.client.minimum_acr, made.client.purpose("ja")) == ("aal3", "届出のため")


@pytest.mark.parametrize(
    "metadata",
    [
        {"client_id": None},
        {"client_id": "another"},
        {"client_secret": "chosen by myself"},
        {"redirect_uris": ["https://a.example/#x"]},
        {"redirect_uris": []},
        {"sector_identifier_uri": "https://a.example/sector.json"},
        {"subject_type": "public"},
        {"jwks": {"keys": []}},
    ],
    ids=repr,
)
def test_what_cannot_be_registered_changes_nothing(shared_town, metadata):
    """As at the first registration; and no service chooses its id or its secret."""
    made = own(shared_town)
    before = made.ask().json
    assert made.put(**metadata).status_code == 400
    assert made.ask().json == before
    assert made.put(client_secret=made.told["client_secret"]).status_code == 200


def test_secrets_follow_the_method(shared_town):
    """One that needs none has none; one that needs one again is given a new one, once."""
    made = own(shared_town)
    assert "client_secret" not in made.put(token_endpoint_auth_method="none").json
    assert made.client.secret_digests == ()
    again = made.put(token_endpoint_auth_method="client_secret_post")
    assert again.json["client_secret"] != made.told["client_secret"]
    assert again.json["client_secret_expires_at"] == 0


def test_whoever_agreed_to_it_has_to_look_again(shared_town):
    """After any change that the service makes itself; not where the invitation vouches for its holder."""
    standing, tenant = shared_town.product.service_acts.standing, shared_town.product.directory.tenant("aoba")
    made = own(shared_town)
    standing.approve(tenant, made.client)
    assert made.client.is_reviewed
    assert made.put().status_code == 200
    assert made.client.is_reviewed  # nothing is otherwise
    assert made.put(client_name="市民課").status_code == 200
    assert not made.client.is_reviewed
    vouched = own(shared_town, terms={"reviewed": True})
    vouched.put(client_name="市民課")
    assert vouched.client.is_reviewed


def test_a_service_gives_its_registration_up_for_ever(aoba):
    """204; its tokens and its secret end at once, its id is nobody's again, residents read a page."""
    made = own(aoba)
    tokens = aoba.redeem(*aoba.code(made.service)).json
    assert made.ask("DELETE").status_code == 204
    assert made.client.state == REMOVED
    assert [made.ask(method, json={}).status_code for method in ("GET", "PUT", "DELETE")] == [401] * 3
    assert aoba.userinfo(made.service, tokens["access_token"]).status_code == 401
    query = {"client_id": made.client_id, "redirect_uri": REDIRECT_URI, "response_type": "code", "scope": "openid"}
    page = aoba.browser().get("/t/aoba/authorize", base_url=BASE_URL + "/", query_string=query)
    assert (page.status_code, "Location" in page.headers) == (400, False)
    aoba.sign_in(aoba.library)


def test_a_disabled_service_changes_nothing_itself(shared_town):
    """It may look; the municipality decides when it goes on."""
    made = own(shared_town)
    standing, tenant = shared_town.product.service_acts.standing, shared_town.product.directory.tenant("aoba")
    standing.disable(tenant, made.client)
    assert [made.ask().status_code, made.put().status_code, made.ask("DELETE").status_code] == [200, 403, 403]
    standing.enable(tenant, made.client)
    assert made.put().status_code == 200
