"""The claim `signature_certificate` of whole logins: every status, who is asked for it, and what it costs."""

import json

import pytest
from components.jobs import pass_time
from components.refreshing import SCOPE as LASTING
from components.refreshing import audited, refresh, refreshing, signed_in
from components.signatures import SCOPE, happens, status_of
from components.town import id_token_claims

from idp.registration import NotAllowed
from idp.services.service_changes import ServiceChange
from idp.store import meters


def fees(made, tenant_id="aoba"):
    """What was asked, by purpose and kind."""
    with made.product.store.for_tenant(tenant_id).read() as tx:
        table = meters._m
        rows = tx.connection.execute(table.select().where(table.c.tenant_id == tenant_id)).all()
    return sorted((row.purpose, row.kind, row.method) for row in rows)


def test_it_is_valid_revoked_none_or_unknown(shared_town):
    """Ordinary, moved, given up, a child; and while J-LIS does not tell, or has lost the papers."""
    made = shared_town
    at = status_of(made, made.library)["checked_at"]
    assert at % 900 == 0
    valid = {"status": "valid", "checked_at": at, "basic4_changed": False}
    assert status_of(made, made.library) == valid
    happens(made, "move", "midori")
    assert status_of(made, made.library, "midori") | {"checked_at": at} == {
        "status": "revoked",
        "checked_at": at,
        "reason": "affiliationChanged",
        "basic4_changed": True,
    }
    happens(made, "revoke", "ichiro")
    gone = status_of(made, made.library, "ichiro")
    assert (gone["status"], gone["reason"], gone["basic4_changed"]) == ("revoked", "cessationOfOperation", None)
    assert status_of(made, made.library, "sora") | {"checked_at": at} == {
        "status": "none",
        "checked_at": at,
        "basic4_changed": None,
    }
    for mode in ("down", "unobtainable"):  # hanako herself is known by now
        made.control(do="lineage", mode=mode)
        unknown = status_of(made, made.library)
        assert (unknown["status"], unknown["basic4_changed"]) == ("unknown", None)
    made.control(do="lineage", mode="up")
    assert status_of(made, made.library) == valid


def test_nobody_is_asked_for_a_service_that_does_not_ask(aoba):
    """No question, no fee, no row; with the scope one check of each kind, and one row for each service."""
    assert "signature_certificate" not in aoba.sign_in(aoba.library)
    assert fees(aoba) == [("login", "user", "ocsp")]
    assert aoba.rows("signature_watch") == 0
    status_of(aoba, aoba.library)
    assert fees(aoba) == [("login", "signature", "ocsp"), ("login", "user", "ocsp"), ("login", "user", "ocsp")]
    status_of(aoba, aoba.library)
    status_of(aoba, aoba.school)
    assert aoba.rows("signature_watch") == 2


def test_it_can_be_asked_for_by_itself(shared_town):
    """The parameter `claims`: in the ID token alone, without telling how the user certificate was checked."""
    ask = json.dumps({"id_token": {"signature_certificate": None}})
    answer = shared_town.redeem(*shared_town.code(shared_town.library, claims=ask)).json
    claims = id_token_claims(answer["id_token"])
    assert claims["signature_certificate"]["status"] == "valid"
    assert "revocation" not in claims
    told = shared_town.userinfo(shared_town.library, answer["access_token"]).json
    assert not {"revocation", "signature_certificate"} & told.keys()
    plain = shared_town.register("aoba", "plain", scopes=("openid",))
    assert "signature_certificate" not in shared_town.sign_in(plain, claims=ask)


def test_a_service_that_does_not_do_without_lets_nobody_in_meanwhile(aoba):
    """503 to the card program, which may try again; other services let the person in."""
    careful = aoba.register("aoba", "careful", require_signature_status=True)
    aoba.sign_in(aoba.library)
    aoba.control(do="lineage", mode="unobtainable")
    aoba.sign_in(aoba.library, scope=SCOPE)
    login = aoba.begin(careful, scope=SCOPE)
    aoba.challenge(login)
    refused = aoba.prove(login, aoba.sign(login))
    assert (refused.status_code, refused.json["code"]) == (503, "revocation_unavailable")
    assert fees(aoba).count(("login", "user", "ocsp")) == 3  # what was asked of J-LIS is owed all the same
    aoba.control(do="lineage", mode="up")
    url = aoba.accept(login)
    assert aoba.redeem(*aoba.finish(login, url)).status_code == 200
    happens(aoba, "revoke")
    assert status_of(aoba, careful)["status"] == "revoked"  # known: what follows of it is the service's decision


def test_the_wish_goes_with_its_scope(aoba):
    """It cannot be registered without, and goes when the scope does."""
    with pytest.raises(NotAllowed, match="jpki_status"):
        aoba.register("aoba", "careless", scopes=("openid",), require_signature_status=True)
    careful = aoba.register("aoba", "careful", require_signature_status=True)

    def client():
        return aoba.product.directory.tenant("aoba").clients[careful.client_id]

    tenant = aoba.product.directory.tenant("aoba")
    assert client().require_signature_status
    aoba.product.service_changes.change(tenant, client(), ServiceChange(scopes=("openid",)))
    assert not client().require_signature_status


def test_a_login_that_goes_on_is_asked_about_once_more(shared_town):
    """Single sign-on: the first service did not ask; a second that does is told, a third shares what is known."""
    made, browser = shared_town, shared_town.browser()
    login, url = made.come(made.childcare, browser, "aoi")
    made.redeem(url.partition("code=")[2].partition("&")[0], login)
    before = fees(made)
    for _ in range(2):
        login, url = made.come(made.school, browser, "aoi", scope=SCOPE)
        claims = id_token_claims(made.redeem(url.partition("code=")[2].partition("&")[0], login).json["id_token"])
        assert claims["signature_certificate"]["status"] == "valid"
    added = fees(made)
    for one in before:
        added.remove(one)
    assert added == [("session", "signature", "ocsp"), ("session", "user", "ocsp")]


def test_refreshed_tokens_tell_how_it_stands_by_then(aoba):
    """A service that comes back while the resident is away learns of the move."""
    mobile = refreshing(aoba)
    token = signed_in(aoba, mobile, scope=LASTING)["refresh_token"]
    happens(aoba, "move")
    pass_time(aoba, 3600)
    aoba.control(do="tick")
    again = refresh(aoba, mobile, token).json
    claim = id_token_claims(again["id_token"])["signature_certificate"]
    assert (claim["status"], claim["basic4_changed"]) == ("revoked", True)
    assert aoba.userinfo(mobile, again["access_token"]).json["signature_certificate"] == claim


def test_what_is_found_is_audited_without_names(aoba):
    """The entry of the login says how it stood; neither a serial number nor a sealed name is in it."""
    status_of(aoba, aoba.library)
    with aoba.product.store.engine.connect() as connection:
        bodies = (
            connection.exec_driver_sql("SELECT body FROM audit_entry WHERE action = 'login.accepted'")
            .scalars()
            .all()
        )
    (body,) = map(json.loads, bodies)
    assert body["signature_certificate"].keys() == {"status", "checked_at", "reason"}
    assert audited(aoba, "signature-certificate.changed") == 0
