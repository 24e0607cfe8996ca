"""The comparison with what is kept of a person named by `sub`: within consent, retention, a limit."""

import json

import pytest
from components.attribute_login import begun, tokens_of
from components.consenting import withdraw
from components.town import id_token_claims
from components.verifier import VERIFIES, Verifier

from idp.verification.limits import COMPARISONS_OF_PERSON

PATH = "/basic4/compare"
RECEIVES = {**VERIFIES, "scopes": ("openid", "name", "address", "birthdate", "verify")}
HANAKO = {"name": "髙橋花子", "address": "見本県青葉市見本町1-2-3", "birthdate": "昭和60年6月15日"}
KEPT_SECONDS = 30 * 24 * 3600


@pytest.fixture
def town(aoba):
    """A municipality that keeps what residents hand over for 30 days."""
    keep(aoba, KEPT_SECONDS)
    return aoba


def keep(town, seconds):
    """So long is kept from now on."""
    tenant = town.product.directory.tenant("aoba")
    town.product.policies.change_tenant(tenant, revocation={}, released_seconds=seconds)
    town.product.directory.refresh()


def receiver(town, name="receiver", **more):
    """A service that receives three of the Basic 4 and may verify."""
    return Verifier(town, town.register("aoba", name, **{**RECEIVES, **more}))


def signed_in(service, scope="openid name address", resident="hanako"):
    """The number of whoever signed in."""
    town, login = service.town, begun(service.town, service.service, scope)
    answer = tokens_of(town, login, town.prove(login, town.sign(login, resident)))
    return id_token_claims(answer["id_token"])["sub"]


def told(service, sub, stated=HANAKO):
    """Field -> result and reasons."""
    answer = service.post(PATH, {"stated": stated, "sub": sub})
    assert answer.status_code == 200, answer.text
    assert not any(value in answer.text for value in ("髙橋", "見本町", "1985"))
    return {name: (found["result"], *found["because"]) for name, found in answer.json["fields"].items()}


def again(service):
    """Its access to the API, for a later day."""
    service.token = service.fetch_token().json["access_token"]


def test_a_person_is_compared_with_what_their_logins_released(town):
    """Days later, without a login; what they did not release tells nothing."""
    service = receiver(town)
    sub = signed_in(service)
    town.control(do="clock", seconds=20 * 24 * 3600)
    again(service)
    assert told(service, sub) == {
        "name": ("same",),
        "address": ("same",),
        "birthdate": ("cannot_tell", "not_released"),
    }
    assert told(service, sub, {"name": "若葉花子"}) == {"name": ("different",)}


def test_what_is_over_tells_nothing(town):
    """The consent goes on; the values do not, and the answer says which it is."""
    service = receiver(town)
    sub = signed_in(service, "openid name")
    town.control(do="clock", seconds=KEPT_SECONDS + 1)
    again(service)
    assert told(service, sub) == {
        "name": ("cannot_tell", "not_kept"),
        "address": ("cannot_tell", "not_released"),
        "birthdate": ("cannot_tell", "not_released"),
    }


def test_a_municipality_that_stores_nothing_has_nothing_to_compare_with(town):
    """From the moment at which it says so."""
    service = receiver(town)
    sub = signed_in(service)
    keep(town, 0)
    assert told(service, sub, {"name": "髙橋花子"}) == {"name": ("cannot_tell", "not_kept")}


def test_an_item_taken_back_tells_nothing(town):
    """Nor does anything after all consent was taken back."""
    service = receiver(town)
    sub = signed_in(service)
    withdraw(town, service.service, sub, "address")
    found = told(service, sub)
    assert (found["name"], found["address"]) == (("same",), ("cannot_tell", "not_released"))
    withdraw(town, service.service, sub)
    assert set(told(service, sub).values()) == {("cannot_tell", "not_released")}


def test_what_another_service_received_is_not_told(town):
    """One with a number of its own does not know the person; one that shares the number received less."""
    first = receiver(town)
    sub = signed_in(first)
    for other in (receiver(town, "other"), receiver(town, "third")):
        answer = other.post(PATH, {"stated": HANAKO, "sub": sub})
        assert (answer.status_code, answer.json["code"]) == (404, "not_found")
    less = receiver(town, "less")
    assert told(less, signed_in(less, "openid name"))["address"] == ("cannot_tell", "not_released")


def test_the_newest_login_counts(town):
    """Somebody else's never."""
    service = receiver(town)
    sub, other = signed_in(service), signed_in(service, resident="ichiro")
    assert signed_in(service, "openid name birthdate") == sub
    assert told(service, sub) == dict.fromkeys(HANAKO, ("same",))
    assert told(service, other, {"name": "髙橋花子"}) == {"name": ("different",)}


def test_a_value_that_was_altered_tells_nothing(town):
    """Not one that was put in another person's place either."""
    service = receiver(town)
    subs = [signed_in(service, resident=resident) for resident in ("hanako", "ichiro")]
    with town.product.store.engine.begin() as connection:
        statement = "SELECT pair_id, sealed_value FROM released_attribute WHERE name = 'name'"
        (one, first), (other, second) = connection.exec_driver_sql(statement).all()
        for pair, sealed in ((one, second), (other, first)):
            change = "UPDATE released_attribute SET sealed_value = ? WHERE name = 'name' AND pair_id = ?"
            connection.exec_driver_sql(change, (sealed, pair))
    for sub in subs:
        assert service.post(PATH, {"stated": HANAKO, "sub": sub}).json["code"] == "not_found"


def test_one_person_is_compared_so_often_a_day(town):
    """Another one still is; the day after it goes on."""
    service = receiver(town)
    sub, other = signed_in(service), signed_in(service, resident="ichiro")
    for _ in range(COMPARISONS_OF_PERSON):
        told(service, sub, {"name": "青葉"})
    answer = service.post(PATH, {"stated": HANAKO, "sub": sub})
    assert (answer.status_code, answer.json["code"]) == (429, "rate_limited")
    assert sub not in answer.text
    assert int(answer.headers["Retry-After"]) > 80_000
    assert told(service, other, {"name": "髙橋花子"}) == {"name": ("different",)}
    town.control(do="clock", seconds=24 * 3600 + 1)
    again(service)
    assert told(service, sub, {"name": "髙橋花子"}) == {"name": ("same",)}


def test_the_audit_trail_says_that_a_person_was_compared(town):
    """Which fields; no value, and not whom."""
    service = receiver(town)
    sub = signed_in(service)
    told(service, sub)
    with town.product.store.engine.connect() as connection:
        statement = "SELECT body FROM audit_entry WHERE action = 'verification.answered'"
        ((body,),) = connection.exec_driver_sql(statement).all()
    members = json.loads(body)
    assert (members["compared"], members["against"]) == (sorted(HANAKO), "person")
    assert not any(value in body for value in (*HANAKO.values(), sub))
