"""Codes, tokens, credentials, redirect URIs: what was given to one tenant or client is nothing to another.

Each value is presented in the wrong place beside a made-up one of the same form: both answers are the same, byte
by byte, so that nobody learns whether the value exists elsewhere. Then it is used at home, which proves it live.
"""

import pytest
from components.town import BASE_URL, REDIRECT_URI, Login
from isolation.strangers import at, made_up, seen

CHALLENGE = {"code_challenge": "A" * 43, "code_challenge_method": "S256"}


def token(town, service, code, login, **form):
    """A token request by `service`, at its own tenant."""
    shown = Login(login.browser, service, login.page_url, login.link, login.verifier, login.state, login.nonce)
    return town.redeem(code, shown, **form)


@pytest.mark.parametrize("other", ["parking", "childcare", "school"])
def test_a_code_is_nothing_to_another_client(neighbours, other):
    """At another tenant, in another sector or in another's sector: as a code that never was; not spent by that."""
    owner = neighbours.library if other != "school" else neighbours.childcare
    stranger = getattr(neighbours, other)
    code, login = neighbours.code(owner)
    fake = made_up(code)
    foreign = seen(token(neighbours, stranger, code, login), code)
    assert foreign == seen(token(neighbours, stranger, fake, login), fake)
    assert foreign[0] == 400
    assert "invalid_grant" in foreign[1]
    assert neighbours.redeem(code, login).status_code == 200


def test_a_spent_code_looks_to_others_as_one_that_never_was(neighbours):
    """Also after its own client redeemed it."""
    code, login = neighbours.code(neighbours.library)
    assert neighbours.redeem(code, login).status_code == 200
    fake = made_up(code)
    for stranger in (neighbours.parking, neighbours.childcare):
        foreign = seen(token(neighbours, stranger, code, login), code)
        assert foreign == seen(token(neighbours, stranger, fake, login), fake)


@pytest.mark.parametrize(("method", "place"), [("GET", "header"), ("POST", "header"), ("POST", "body")])
def test_an_access_token_is_nothing_to_another_tenant(neighbours, method, place):
    """The neighbour's UserInfo answers as to a token that never was."""
    value = neighbours.redeem(*neighbours.code(neighbours.library)).json["access_token"]

    def userinfo(tenant_id, shown):
        headers = {"Authorization": f"Bearer {shown}"} if place == "header" else {}
        data = {"access_token": shown} if place == "body" else None
        address = f"/t/{tenant_id}/userinfo"
        return neighbours.browser().open(address, method=method, base_url=BASE_URL, headers=headers, data=data)

    foreign = seen(userinfo("wakaba", value), value)
    assert foreign == seen(userinfo("wakaba", made_up(value)))
    assert foreign[0] == 401
    assert userinfo("aoba", value).status_code == 200


@pytest.mark.parametrize("post", [False, True], ids=["basic", "post"])
def test_credentials_are_nothing_to_another_tenant(neighbours, post):
    """A live client id with its secret, or with a wrong one, is an unknown client at the neighbour."""
    method = {"token_endpoint_auth_method": "client_secret_post"} if post else {}
    service = neighbours.register("aoba", f"post-{post}".lower(), **method)

    def answer(tenant_id, client_id, secret):
        form = {"grant_type": "authorization_code", "code": "x"}
        named = {"client_id": client_id, "client_secret": secret}
        sent = {"data": form | named} if post else {"data": form, "auth": (client_id, secret)}
        return seen(neighbours.post(neighbours.browser(), at(tenant_id, "/token"), **sent))

    foreign = {
        answer("wakaba", service.client_id, service.client_secret),
        answer("wakaba", service.client_id, made_up(service.client_secret)),
        answer("wakaba", made_up(service.client_id), service.client_secret),
    }
    assert len(foreign) == 1
    assert next(iter(foreign))[0] == 401
    assert answer("aoba", service.client_id, service.client_secret)[0] == 400
    assert answer("aoba", service.client_id, made_up(service.client_secret))[0] == 401


def test_a_secret_is_nothing_with_another_clients_id(neighbours):
    """Within one tenant: as a wrong secret, as an unknown client."""
    form = {"grant_type": "authorization_code", "code": "x"}
    one, other = neighbours.library, neighbours.school
    pairs = [
        (other.client_id, one.client_secret),
        (other.client_id, made_up(one.client_secret)),
        (made_up(other.client_id), one.client_secret),
    ]
    answers = {seen(neighbours.post(neighbours.browser(), at("aoba", "/token"), data=form, auth=p)) for p in pairs}
    assert len(answers) == 1
    assert next(iter(answers))[0] == 401


def asked(town, tenant_id, client_id, redirect_uri=REDIRECT_URI):
    """The answer to an authorization request."""
    query = {"client_id": client_id, "redirect_uri": redirect_uri, "response_type": "code", "scope": "openid"}
    return town.browser().get(f"/t/{tenant_id}/authorize", base_url=BASE_URL, query_string=query | CHALLENGE)


def test_a_client_id_is_nothing_to_another_tenant(neighbours):
    """Our own page, the same for a client of the neighbour and for none; no redirect."""
    live, fake = neighbours.library.client_id, made_up(neighbours.library.client_id)
    foreign = seen(asked(neighbours, "wakaba", live), live)
    assert foreign == seen(asked(neighbours, "wakaba", fake), fake)
    assert foreign[0] == 400
    assert not any(line.startswith("Location") for line in foreign[1:])
    assert asked(neighbours, "aoba", live).status_code == 200


@pytest.mark.parametrize("tenant_id", ["aoba", "wakaba"])
def test_a_redirect_uri_is_nothing_to_another_client(neighbours, tenant_id):
    """Registered for another service, of this tenant or of the neighbour: as one that nobody registered."""
    live = f"https://only-of-{tenant_id}.example/callback"
    owner = neighbours.register(tenant_id, "only", redirect_uris=(live,))
    stranger = neighbours.library.client_id
    fake = live.replace("only", "none")
    foreign = seen(asked(neighbours, "aoba", stranger, live), live)
    assert foreign == seen(asked(neighbours, "aoba", stranger, fake), fake)
    assert foreign[0] == 400
    assert asked(neighbours, tenant_id, owner.client_id, live).status_code == 200


def test_one_person_is_two_at_two_tenants(neighbours):
    """Numbers, key ids and issuers have nothing in common."""
    subs = {neighbours.sign_in(service)["sub"] for service in (neighbours.library, neighbours.parking)}
    assert len(subs) == 2
    rings = [neighbours.get(neighbours.browser(), at(t, "/jwks")).json["keys"] for t in ("aoba", "wakaba")]
    one, other = ({value for key in ring for name, value in key.items() if name in "kid n x y"} for ring in rings)
    assert one
    assert not one & other
