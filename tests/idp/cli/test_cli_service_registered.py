"""`idp service invite|invitation|approve|disable|enable|test`: from an invitation to a service that is ready."""

import json

import pytest
from components.assertions import jwks
from components.peer import CLOSE, Peer, answer
from components.registering import Own, register
from components.town import REDIRECT_URI
from joserfc.jwk import ECKey


@pytest.fixture
def opened(idp, aoba):
    """Services register themselves at aoba."""
    assert idp("tenant", "settings", "aoba", "--self-registration", "--json").json["self_registration"] is True
    aoba.product.directory.refresh()
    return idp


def found(ran):
    """(state, finding) by check."""
    return {row["check"]: (row["state"], row["finding"]) for row in ran.json}


def test_nobody_is_invited_where_it_is_not_open(idp):
    """One sentence that says what to do."""
    refused = idp("service", "invite", "--tenant", "aoba", "--json")
    assert (refused.code, "--self-registration" in refused.error) == (1, True)


def test_an_invitation_leads_to_a_service_that_is_agreed_to(opened, aoba):
    """Printed once; listed without its token; withdrawn; the service is shown as what it is."""
    words = ("--tenant", "aoba", "--json")
    made = opened("service", "invite", "--uses", "2", "--scope", "openid name", "--no-require-pkce", *words).json
    assert made["registration_endpoint"] == "http://localhost:8000/t/aoba/register"
    own = Own(aoba, register(aoba, made["initial_access_token"]).json)
    [listed] = opened("service", "invitation", "list", *words).json
    assert (listed["id"], listed["uses_left"], listed["scope"]) == (made["id"], 1, "openid name")
    assert made["initial_access_token"] not in str(listed)
    service_id = own.client.service_id
    assert opened("service", "show", service_id, *words).json["reviewed"] is False
    assert opened("service", "approve", service_id, *words).code == 0
    assert opened("service", "show", service_id, *words).json["reviewed"] is True
    opened("service", "invitation", "withdraw", made["id"], *words)
    assert register(aoba, made["initial_access_token"]).status_code == 401
    refused = opened("service", "approve", "library", *words)
    assert (refused.code, "register itself" in refused.error) == (1, True)


def test_a_service_is_disabled_and_enabled(idp, aoba):
    """Once each; the list says so, and so does the test."""
    words = ("--tenant", "aoba", "--json")
    assert idp("service", "disable", "library", *words).json["state"] == "disabled"
    assert idp("service", "disable", "library", *words).code == 1
    tested = idp("service", "test", "library", *words)
    assert (tested.code, found(tested)["state"][0]) == (1, "fail")
    assert idp("service", "enable", "library", *words).json["state"] == "active"
    assert idp("service", "enable", "library", *words).code == 1
    aoba.product.directory.refresh()
    aoba.sign_in(aoba.library)


def test_a_service_that_is_ready_fails_nowhere(idp, aoba):
    """Its addresses are asked by HEAD alone; after a login it says when."""
    with Peer(lambda _: [answer("405 Method Not Allowed")]) as peer:
        service = aoba.register(
            "aoba",
            "ready",
            redirect_uris=(f"{peer.origin}/callback", REDIRECT_URI),
            backchannel_logout_uri=f"{peer.origin}/logout",
            event_endpoint=f"{peer.origin}/events",
            purpose_ja="予約のため",
            require_pkce=True,
        )
        before = found(idp("service", "test", "ready", "--tenant", "aoba", "--json"))
        assert before["login"][0] == "warn"
        aoba.sign_in(service)
        ran = idp("service", "test", "ready", "--tenant", "aoba", "--json")
    told = found(ran)
    assert (ran.code, told["login"][0]) == (0, "ok")
    assert {state for check, (state, _) in told.items() if check != f"redirect URI {REDIRECT_URI}"} == {"ok"}
    assert told[f"redirect URI {REDIRECT_URI}"][0] == "warn"  # nobody listens there
    assert {request.line.split()[0] for request in peer.requests} == {"HEAD"}
    assert not any("sub" in finding for _, finding in told.values())


def test_the_last_mistake_of_a_service_is_told_where_it_was_made(idp, aoba):
    """By our words alone; an answer that is nobody's mistake is none; no other client's name makes one."""
    words = ("service", "test", "library", "--tenant", "aoba", "--json")
    assert found(idp(*words))["last error"] == ("ok", "it was never answered one")
    query = {"response_type": "code", "client_id": aoba.library.client_id, "scope": "openid", "redirect_uri": "x"}

    def ask(**more):
        aoba.browser().get("/t/aoba/authorize", base_url="http://localhost:8000/", query_string={**query, **more})
        aoba.clock.set_offset(aoba.clock.offset + 10)

    ask(redirect_uri=REDIRECT_URI, prompt="none")
    ask(client_id="nobody")
    assert found(idp(*words))["last error"][0] == "ok"
    ask(redirect_uri="https://secret.example/cb")
    state, told = found(idp(*words))["last error"]
    assert (state, told.endswith("at authorize: redirect_uri_mismatch")) == ("warn", True)
    remedies = {check["check"]: check["remedy"] for check in idp(*words).json}
    assert remedies["last error"] == "see http://localhost:8000/t/aoba/developer#redirect_uri_mismatch"
    ask(redirect_uri=REDIRECT_URI, scope="profile")
    assert "invalid_scope: the scope openid is missing" in found(idp(*words))["last error"][1]
    code, login = aoba.code(aoba.library)
    aoba.clock.set_offset(aoba.clock.offset + 10)
    assert aoba.redeem(code, login, code_verifier="A" * 43).status_code == 400
    assert "at token: invalid_grant" in found(idp(*words))["last error"][1]


def test_what_would_fail_in_front_of_residents_fails_here(idp, aoba):
    """Keys that are no set, receivers that do not answer, and what is weak; each with its remedy."""
    with Peer(lambda request: [answer("200 OK", b"<html>")] if "jwks" in request.line else [CLOSE]) as peer:
        aoba.register(
            "aoba",
            "broken",
            redirect_uris=(f"{peer.origin}/callback",),
            token_endpoint_auth_method="private_key_jwt",
            jwks_uri=f"{peer.origin}/jwks",
            backchannel_logout_uri=f"{peer.origin}/logout",
        )
        ran = idp("service", "test", "broken", "--tenant", "aoba", "--json")
    told = found(ran)
    assert ran.code == 1
    assert [told[check][0] for check in ("jwks_uri", "back channel")] == ["fail", "fail"]
    weak = ("PKCE", "purpose", "login", f"redirect URI {peer.origin}/callback")
    assert {told[check][0] for check in weak} == {"warn"}
    assert all(row["remedy"] for row in ran.json if row["state"] != "ok")


def test_a_set_without_the_key_for_its_answers_fails_here(idp, aoba):
    """Before a resident signs in for an answer that cannot be encrypted."""
    key = jwks(ECKey.generate_key("P-256", {"use": "enc"}))
    with Peer(lambda _: [answer("200 OK", json.dumps(key).encode())]) as peer:
        for name, alg in (("fitting", "ECDH-ES"), ("lacking", "RSA-OAEP-256")):
            wished = {"id_token_encrypted_response_alg": alg}
            aoba.register("aoba", name, jwks_uri=f"{peer.origin}/jwks", encryption=wished)
        grades = [
            found(idp("service", "test", name, "--tenant", "aoba", "--json")) for name in ("fitting", "lacking")
        ]
    assert [grade["jwks_uri"][0] for grade in grades] == ["ok", "fail"]
    assert "RSA-OAEP-256" in grades[1]["jwks_uri"][1]
