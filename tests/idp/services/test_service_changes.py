"""Changing a service after its registration: the rules of registration, and what running logins make of it."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from components.town import REDIRECT_URI
from joserfc.jwk import ECKey

from idp.jpki.profile import Device
from idp.registration import NewService, NotAllowed, registration
from idp.services.registrations import to_text
from idp.services.service_changes import ServiceChange, changed, wish_of
from idp.store import tenants

ELSEWHERE = "http://127.0.0.1:8901/elsewhere"


def client_of(town, service):
    """The service as this process knows it."""
    return town.product.directory.tenant(service.tenant_id).clients[service.client_id]


def change(town, service, **members):
    """Change a service of aoba."""
    tenant = town.product.directory.tenant("aoba")
    town.product.service_changes.change(tenant, client_of(town, service), ServiceChange(**members))


def stored(town, service):
    """Its registration as it stands in the database."""
    with town.product.store.for_tenant("aoba").read() as tx:
        return json.loads(tenants.registration(tx, service.client_id))


KEY = ECKey.generate_key("P-256")
FULL = {
    "name_en": "Library",
    "purpose_ja": "予約のため",
    "post_logout_redirect_uris": ("http://127.0.0.1:8901/bye",),
    "scopes": ("openid", "verify"),
    "verify_purpose": "照合のため",
    "user_numbers": True,
    "id_token_signed_response_alg": "ES256",
    "userinfo_signed_response_alg": "PS256",
    "encryption": {
        "id_token_encrypted_response_alg": "ECDH-ES",
        "userinfo_encrypted_response_alg": "ECDH-ES+A256KW",
        "userinfo_encrypted_response_enc": "A256GCM",
    },
    "jwks": {"keys": [KEY.as_dict(private=False)]},
    "minimum_acr": "aal1",
    "methods": ("kazashi",),
    "certificate_types": (Device.CARD,),
    "revocation": {"order": "both"},
    "require_pkce": True,
}


STRICT = {
    "profile": "fapi2",
    "token_endpoint_auth_method": "private_key_jwt",
    "token_endpoint_auth_signing_alg": "ES256",
    "jwks_uri": "https://library.example/jwks",
    "require_pkce": None,
}
REFERRING = {
    "jwks": {"keys": [KEY.as_dict(private=False)]},
    "request_uris": ("https://library.example/request#" + "A" * 43,),
    "request_object_signing_alg": "ES256",
    "request_object_encryption_alg": "ECDH-ES",
    "request_object_encryption_enc": "A256GCM",
    "require_signed_request_object": True,
}
OLD = {"profile": "legacy", "legacy_until": datetime.now(UTC).date() + timedelta(days=30), "require_pkce": None}


@pytest.mark.parametrize("wishes", [{}, FULL, {"token_endpoint_auth_method": "none"}, STRICT, OLD, REFERRING])
def test_a_registration_tells_the_wish_that_it_came_from(shared_town, wishes):
    """Nothing is lost on the way back, so that a change is judged as a registration would be."""
    service = shared_town.register("aoba", f"whole-{len(wishes)}", **wishes)
    tenant, members = shared_town.product.directory.tenant("aoba"), stored(shared_town, service)
    wish = wish_of(members, client_of(shared_town, service))
    assert isinstance(wish, NewService)
    assert json.loads(to_text(registration(wish, tenant, {}))) == members


def test_every_member_can_be_changed_and_the_others_stay(aoba):
    """Events, the OCSP front and the policy are nobody's business here."""
    tenant = aoba.product.directory.tenant("aoba")
    aoba.product.event_receivers.change(
        tenant, client_of(aoba, aoba.library), "http://localhost:1/events", "t0ken"
    )
    aoba.product.fronts.open(tenant, client_of(aoba, aoba.library))
    aoba.product.policies.change_service(tenant, client_of(aoba, aoba.library), revocation={"order": "both"})
    before = stored(aoba, aoba.library)
    change(
        aoba,
        aoba.library,
        name_ja="新図書館",
        purpose_ja="貸出のため",
        purpose_en="For lending",
        redirect_uris=(REDIRECT_URI, ELSEWHERE),
        post_logout_redirect_uris=(ELSEWHERE,),
        scopes=("openid",),
        minimum_acr="aal3",
        certificate_types=(Device.CARD,),
    )
    assert stored(aoba, aoba.library) == before | {
        "names": {"ja": "新図書館", "en": "新図書館"},
        "purposes": {"ja": "貸出のため", "en": "For lending"},
        "redirect_uris": [REDIRECT_URI, ELSEWHERE],
        "post_logout_redirect_uris": [ELSEWHERE],
        "scope": "openid",
        "minimum_acr": "aal3",
        "certificate_types": ["card"],
    }
    assert client_of(aoba, aoba.library).minimum_acr == "aal3"


@pytest.mark.parametrize(
    ("members", "sentence"),
    [
        ({"name_ja": ""}, "name in Japanese"),
        ({"name_en": "x" * 201}, "200 characters"),
        ({"purpose_ja": "予約\x00"}, "holds a control"),
        ({"redirect_uris": ()}, "redirect URI"),
        ({"redirect_uris": ("http://library.example/",)}, "redirect URI"),
        ({"scopes": ("jpki_status",)}, "openid"),
        ({"scopes": ("openid", "verify")}, "belongs? together"),
        ({"verify_purpose": "照合"}, "belongs? together"),
        ({"minimum_acr": "aal4"}, "minimum_acr"),
        ({"minimum_acr": "aal1"}, "belongs? together"),
        ({"methods": ("kazashi",)}, "belongs? together"),
        ({"certificate_types": ()}, "cards, phones"),
    ],
)
def test_a_change_keeps_the_rules_of_registration(shared_town, members, sentence):
    """One sentence; nothing is written, not even into the audit trail."""
    before, entries = stored(shared_town, shared_town.library), shared_town.rows("audit_entry")
    with pytest.raises(NotAllowed, match=sentence):
        change(shared_town, shared_town.library, **members)
    assert (stored(shared_town, shared_town.library), shared_town.rows("audit_entry")) == (before, entries)


def test_what_belongs_to_a_member_goes_with_it(shared_town):
    """A raised level takes the weak methods along, a dropped scope its purpose."""
    service = shared_town.register("aoba", "shrinking", **FULL)
    change(shared_town, service, minimum_acr="aal2", scopes=("openid",))
    assert (client_of(shared_town, service).methods, client_of(shared_town, service).verify_purpose) == ((), "")
    assert {"methods", "verify", "user_numbers"} & stored(shared_town, service).keys() == set()


def test_the_trail_tells_what_was_changed(aoba):
    """By whose rules a resident was asked can be told later."""
    change(aoba, aoba.library, minimum_acr="aal3", certificate_types=(Device.CARD,))
    with aoba.product.store.engine.connect() as connection:
        statement = "SELECT body FROM audit_entry WHERE action = 'service.changed'"
        [entry] = [json.loads(body) for body in connection.exec_driver_sql(statement).scalars()]
    assert entry["client_id"] == aoba.library.client_id
    assert (entry["minimum_acr"], entry["certificate_types"]) == ("aal3", ["card"])


def test_another_server_follows_and_asks_anew(aoba):
    """Another process sees the new name at its next look; residents are asked for consent again."""
    other = aoba.build()
    other.directory.refresh()
    aoba.sign_in(aoba.library)
    change(aoba, aoba.library, name_ja="新図書館")
    other.directory.refresh()
    assert other.directory.tenant("aoba").clients[aoba.library.client_id].name("ja") == "新図書館"
    login = aoba.begin(aoba.library)
    assert aoba.get(login.browser, aoba.accept(login)).headers["Location"].endswith("/consent")
    other.store.engine.dispose()


def test_a_redirect_uri_that_was_taken_away_receives_nothing(aoba):
    """Not even a login that was begun before: our own page says so, and there is no code."""
    login = aoba.begin(aoba.library)
    link = aoba.accept(login)
    consent = aoba.get(login.browser, link).headers["Location"]
    change(aoba, aoba.library, redirect_uris=(ELSEWHERE,))
    answer = aoba.consent(login, consent)
    assert (answer.status_code, answer.headers.get("Location")) == (400, None)
    left = aoba.begin(aoba.library, redirect_uri=ELSEWHERE)
    change(aoba, aoba.library, redirect_uris=(REDIRECT_URI,))
    answer = aoba.get(left.browser, left.page_url + "/leave")
    assert (answer.status_code, answer.headers.get("Location")) == (400, None)


def test_a_scope_that_was_taken_away_gives_nothing(aoba):
    """A login that was begun before ends without it."""
    ask = {"scope": "openid jpki_status", "claims": '{"userinfo": {"revocation": null}}'}
    login = aoba.begin(aoba.library, **ask)
    consent = aoba.get(login.browser, aoba.accept(login)).headers["Location"]
    change(aoba, aoba.library, scopes=("openid",))
    location = aoba.consent(login, consent).headers["Location"]
    answer = aoba.redeem(location.partition("code=")[2].partition("&")[0], login)
    assert answer.json["scope"] == "openid"


def test_two_changes_at_once_are_both_kept(aoba):
    """Each reads, changes and writes back alone."""
    tenant = aoba.product.directory.tenant("aoba")
    client = client_of(aoba, aoba.library)
    uris = [f"http://127.0.0.1:8901/{number}" for number in range(8)]

    def act(number):
        if number % 2:
            aoba.product.policies.change_service(tenant, client, revocation={"max_age_seconds": 60 + number})
        else:
            changed = ServiceChange(redirect_uris=(uris[number],))
            aoba.product.service_changes.change(tenant, client, changed)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(act, range(8)))
    members = stored(aoba, aoba.library)
    assert members["redirect_uris"][0] in uris
    assert members["revocation"]["max_age_seconds"] > 60


def test_a_service_that_is_gone_is_refused(shared_town):
    """As any other wish that cannot be granted."""
    tenant = shared_town.product.directory.tenant("wakaba")
    stranger = client_of(shared_town, shared_town.library)
    with pytest.raises(NotAllowed, match="no such service"):
        shared_town.product.service_changes.change(tenant, stranger, ServiceChange(name_ja="x"))


def test_another_purpose_has_to_be_approved_anew(shared_town):
    """Outside the sandbox two officers agree to a purpose, not to a service; what they agreed to stays else."""
    wishes = {**FULL, "redirect_uris": ("https://library.example/",), "post_logout_redirect_uris": ()}
    service = shared_town.register("aoba", "asking", **wishes)
    tenant = replace(shared_town.product.directory.tenant("aoba"), sandbox=False)
    client, approved = client_of(shared_town, service), {"purpose": "照合のため", "approved": True, "mac": "00"}
    agreed = stored(shared_town, service) | {"verify": approved}
    today = shared_town.clock().date()
    assert changed(agreed, client, tenant, ServiceChange(name_ja="新"), today=today)["verify"] == approved
    asked = changed(agreed, client, tenant, ServiceChange(verify_purpose="別の照合のため"), today=today)["verify"]
    assert asked == {"purpose": "別の照合のため", "approved": False}
