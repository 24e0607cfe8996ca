"""How long what was handed over is kept, where it is not stored at all, and rows that were altered or moved."""

import json
import secrets

import pytest
from components.attribute_login import ALL, HANAKO, begun, tokens_of, told
from components.consenting import withdraw
from components.refreshing import REFRESHES, audited, refresh, refreshing
from components.town import id_token_claims

from idp.doctor.seals import SEALS_LOOKED_AT, seals_broken
from idp.login.release import Release
from idp.oversight.audit import Auditor
from idp.registration import NotAllowed
from idp.store.shortlived import InMemory
from idp.tenants.tenant_settings import RELEASED_SECONDS

SCOPE = "openid name address"


@pytest.fixture
def town(aoba):
    """A fresh town."""
    return aoba


def keep(town, seconds):
    """The tenant decides how long."""
    tenant = town.product.directory.tenant("aoba")
    town.product.policies.change_tenant(tenant, revocation={}, released_seconds=seconds)


def signed_in(town, service, scope=SCOPE, resident="hanako"):
    """The token answer of a login that hands something over."""
    login = begun(town, service, scope)
    return tokens_of(town, login, town.prove(login, town.sign(login, resident)))


def forget(town) -> int:
    """The worker's task."""
    store, auditor = town.product.store, Auditor(town.clock, secrets.token_bytes)
    release = Release(store=store, state=InMemory(town.clock), auditor=auditor, now=town.clock)
    return release.forget_over(town.product.directory.all())


def test_what_is_over_is_deleted_and_counted(town):
    """Items of two logins, after a code's minute and a token's ten."""
    service = town.register("aoba", "usual", scopes=ALL)
    for _ in range(2):
        signed_in(town, service)
    assert (forget(town), town.rows("released_attribute")) == (0, 4)
    town.control(do="clock", seconds=RELEASED_SECONDS + 1)
    assert (forget(town), town.rows("released_attribute")) == (4, 0)


def test_where_nothing_is_stored_userinfo_tells_it_all_the_same(town):
    """Not a row, and not a byte of it in the database; after the token's time it is nowhere."""
    keep(town, 0)
    service = town.register("aoba", "nothing", scopes=ALL)
    tokens = signed_in(town, service)
    assert town.userinfo(service, tokens["access_token"]).json["name"] == HANAKO["name"]
    assert town.rows("released_attribute") == 0
    sub = id_token_claims(tokens["id_token"])["sub"]
    withdraw(town, service, sub, "name")
    assert town.userinfo(service, tokens["access_token"]).json.keys() == {"sub", "address"}
    claims = '{"id_token": {"address": null}}'
    login = town.begin(service, scope="openid address", claims=claims)
    town.challenge(login)
    again = tokens_of(town, login, town.prove(login, town.sign(login)))
    assert id_token_claims(again["id_token"])["address"] == HANAKO["address"]


def test_a_tenant_that_decides_to_store_nothing_keeps_nothing_of_before(town):
    """The next turn of the worker deletes what is there, before its time."""
    service = town.register("aoba", "before", scopes=ALL)
    signed_in(town, service)
    keep(town, 0)
    assert (forget(town), town.rows("released_attribute")) == (2, 0)


def test_kept_longer_it_is_there_for_the_tokens_of_a_refresh(town):
    """A day: an access token of the next hour still tells it; a day later there is nothing."""
    keep(town, 24 * 3600)
    service = refreshing(town, "longer", scopes=(*REFRESHES["scopes"], "name"))
    tokens = signed_in(town, service, "openid name offline_access")
    town.control(do="clock", seconds=3600)
    tokens = refresh(town, service, tokens["refresh_token"]).json
    assert town.userinfo(service, tokens["access_token"]).json["name"] == HANAKO["name"]
    town.control(do="clock", seconds=25 * 3600)
    assert forget(town) == 1


@pytest.mark.parametrize("seconds", [1, 59, 30 * 24 * 3600 + 1, -1])
def test_a_time_that_makes_no_sense_is_refused(town, seconds):
    """Shorter than a code lives, longer than any refresh token."""
    with pytest.raises(NotAllowed):
        keep(town, seconds)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE released_attribute SET sealed_value = (SELECT sealed_value FROM released_attribute AS other "
        "WHERE other.name = released_attribute.name ORDER BY other.rowid LIMIT 1)",
        "UPDATE released_attribute SET name = 'birthdate' WHERE name = 'gender'",
        "UPDATE released_attribute SET source = 'terminal'",
        "UPDATE released_attribute SET source = 'nobody'",
        "UPDATE released_attribute SET sealed_value = x'00'",
    ],
    ids=["of another person", "another item", "another source", "no source", "no seal"],
)
def test_swapped_rows_are_refused_and_alarmed(town, change):
    """Nothing of either person is told; audit trail and doctor say that it happened, and nothing of anybody."""
    service = town.register("aoba", "swapped", scopes=ALL)
    signed_in(town, service, "openid name gender", "yoko")
    tokens = signed_in(town, service, "openid name gender")
    town.change(change)
    answer = town.userinfo(service, tokens["access_token"])
    assert (answer.status_code, answer.json["error"]) == (401, "invalid_token")
    assert audited(town, "seal.broken") == 1
    tenant = town.product.directory.tenant("aoba")
    with town.product.store.for_tenant("aoba").read() as tx:
        since = town.clock() - SEALS_LOOKED_AT
        assert seals_broken(tx, tenant, since=since) == {"released_attribute": 1}
        assert seals_broken(tx, tenant, since=town.clock() + SEALS_LOOKED_AT) == {}
    assert town.userinfo(service, signed_in(town, service)["access_token"]).json["name"] == HANAKO["name"]


def test_a_code_whose_items_were_altered_gives_no_id_token(town):
    """Where the ID token was to hold them; the code is refused, not answered without them."""
    service = town.register("aoba", "coded", scopes=ALL)
    told(town, service, scope="openid name")
    login = town.begin(service, scope="openid name", claims=json.dumps({"id_token": {"name": None}}))
    code, _ = town.finish(login, town.accept(login))
    town.change("UPDATE released_attribute SET sealed_value = x'00'")
    answer = town.redeem(code, login)
    assert (answer.status_code, answer.json["error"]) == (400, "invalid_grant")
    assert audited(town, "seal.broken") == 1
