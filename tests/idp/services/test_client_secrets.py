"""Secrets of services: two at a time, replaced without locking anybody out, gone where none is needed."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from components.assertions import ISSUER, Signer, jwks
from components.town import REDIRECT_URI
from joserfc.jwk import ECKey

from idp.keys.sealing import digest
from idp.registration import NotAllowed
from idp.services.client_secrets import secret_id
from idp.services.service_changes import ServiceChange

KEY = ECKey.generate_key("P-256", {"kid": "ec"})
ASK = {
    "response_type": "code",
    "redirect_uri": REDIRECT_URI,
    "scope": "openid",
    "code_challenge": "A" * 43,
    "code_challenge_method": "S256",
}


def client_of(town, service):
    """The service as this process knows it."""
    return town.product.directory.tenant("aoba").clients[service.client_id]


def act(town, service, what, *more):
    """Add, retire, rotate or list."""
    tenant = town.product.directory.tenant("aoba")
    return getattr(town.product.client_secrets, what)(tenant, client_of(town, service), *more)


def works(town, service, secret):
    """Whether the service is let in by that secret."""
    url = f"{ISSUER}/par"
    answer = town.post(town.browser(), url, data=ASK, auth=(service.client_id, secret))
    assert answer.status_code in (201, 401)
    return answer.status_code == 201


def test_a_secret_is_replaced_while_its_service_goes_on(shared_town):
    """Both count until the old one is retired; the new one is shown once and stored as its digest."""
    service = shared_town.register("aoba", "replacing")
    made = act(shared_town, service, "add")
    assert [works(shared_town, service, secret) for secret in (service.client_secret, made.text)] == [True, True]
    listed = [secret_id(row.digest) for row in act(shared_town, service, "all")]
    assert set(listed) == {secret_id(digest(service.client_secret)), made.secret_id}
    act(shared_town, service, "retire", secret_id(digest(service.client_secret)))
    assert [works(shared_town, service, secret) for secret in (service.client_secret, made.text)] == [False, True]
    assert len(made.text) == 43


def test_there_are_two_at_most_and_one_at_least(shared_town):
    """However many ask at once; the last one stays, and what is none is not retired."""
    service = shared_town.register("aoba", "counted")

    def add(_):
        try:
            return act(shared_town, service, "add")
        except NotAllowed:
            return None

    with ThreadPoolExecutor(8) as pool:
        made = [secret for secret in pool.map(add, range(8)) if secret]
    assert (len(made), len(act(shared_town, service, "all"))) == (1, 2)
    with pytest.raises(NotAllowed, match="no such secret"):
        act(shared_town, service, "retire", "0" * 12)
    act(shared_town, service, "retire", made[0].secret_id)
    with pytest.raises(NotAllowed, match="last secret"):
        act(shared_town, service, "retire", secret_id(digest(service.client_secret)))
    assert works(shared_town, service, service.client_secret)


def test_rotating_keeps_the_newest_before(aoba):
    """By when they were made, on the same day as well."""
    service = aoba.register("aoba", "rotating")
    first = act(aoba, service, "rotate").text
    aoba.clock.set_offset(10)
    second = act(aoba, service, "rotate").text
    aoba.clock.set_offset(20)
    third = act(aoba, service, "rotate").text
    believed = [works(aoba, service, secret) for secret in (service.client_secret, first, second, third)]
    assert believed == [False, False, True, True]


def test_another_process_follows(aoba):
    """At its next look."""
    other = aoba.build()
    other.directory.refresh()
    made = act(aoba, aoba.library, "add")
    other.directory.refresh()
    client = other.directory.tenant("aoba").clients[aoba.library.client_id]
    assert digest(made.text) in client.secret_digests
    other.store.engine.dispose()


def test_a_service_that_changes_its_method_has_the_secrets_of_that(shared_town):
    """By keys: none any more. Back again: a new one, shown once; the old one stays dead."""
    service = shared_town.register("aoba", "changing-method", jwks=jwks(KEY))
    change, tenant = shared_town.product.service_changes.change, shared_town.product.directory.tenant("aoba")
    by_keys = ServiceChange(token_endpoint_auth_method="private_key_jwt")
    assert change(tenant, client_of(shared_town, service), by_keys) is None
    assert act(shared_town, service, "all") == []
    assert not works(shared_town, service, service.client_secret)
    assert Signer(shared_town, service, KEY).push().status_code == 201
    with pytest.raises(NotAllowed, match="without a secret"):
        act(shared_town, service, "add")
    with pytest.raises(NotAllowed, match="without a secret"):
        act(shared_town, service, "rotate")
    made = change(
        tenant, client_of(shared_town, service), ServiceChange(token_endpoint_auth_method="client_secret_basic")
    )
    assert works(shared_town, service, made.text)
    assert not works(shared_town, service, service.client_secret)
    assert Signer(shared_town, service, KEY).push().status_code == 401
    assert client_of(shared_town, service).token_endpoint_auth_signing_alg == ""


def test_a_public_service_shows_no_secret(shared_town):
    """And needs PKCE, whatever its registration says."""
    public = shared_town.register("aoba", "public-one", token_endpoint_auth_method="none", require_pkce=False)
    assert (public.client_secret, client_of(shared_town, public).require_pkce) == (None, True)
    url, own = f"{ISSUER}/par", {"client_id": public.client_id}
    assert shared_town.post(shared_town.browser(), url, data=ASK | own).status_code == 201
    without = {name: value for name, value in ASK.items() if not name.startswith("code_")}
    assert shared_town.post(shared_town.browser(), url, data=without | own).json["error"] == "invalid_request"
    for more in ({"client_secret": "x"}, {"client_secret": ""}):
        answer = shared_town.post(shared_town.browser(), url, data=ASK | own | more)
        assert answer.status_code == (201 if more["client_secret"] == "" else 401)


def test_a_change_by_an_older_view_of_the_service_takes_no_secret(shared_town):
    """Two administrators: one makes it authenticate by secret, the other renames what they saw before."""
    service = shared_town.register("aoba", "two-hands", token_endpoint_auth_method="none")
    tenant, seen = shared_town.product.directory.tenant("aoba"), client_of(shared_town, service)
    changes = shared_town.product.service_changes
    made = changes.change(tenant, seen, ServiceChange(token_endpoint_auth_method="client_secret_basic"))
    assert changes.change(tenant, seen, ServiceChange(name_ja="見本の二人")) is None
    assert works(shared_town, service, made.text)
