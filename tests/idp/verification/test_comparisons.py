"""The comparison of identity as a service asks for it: two sets of values, or what a login released to it."""

import json

import pytest
from components.attribute_login import begun, tokens_of
from components.verifier import VERIFIES, Verifier

from idp.verification import comparison_shapes as shapes

PATH = "/basic4/compare"
RECEIVES = {**VERIFIES, "scopes": ("openid", "name", "address", "birthdate", "verify")}
HANAKO = {
    "name": "髙橋花子",
    "address": "見本県青葉市見本町1-2-3",
    "birthdate": "昭和60年6月15日",
}


@pytest.fixture(scope="module")
def receiver(shared_town):
    """A service that receives the Basic 4 and may verify."""
    return Verifier(shared_town, shared_town.register("aoba", "receiver", **RECEIVES))


@pytest.fixture(scope="module")
def access_token(receiver):
    """Of a login in which hanako released three items, gender not among them."""
    login = begun(receiver.town, receiver.service, "openid name address birthdate")
    return tokens_of(receiver.town, login, receiver.town.prove(login, receiver.town.sign(login, "hanako")))[
        "access_token"
    ]


def results(answer):
    """Field -> result."""
    assert answer.status_code == 200, answer.text
    return {name: found["result"] for name, found in answer.json["fields"].items()}


def test_two_sets_of_values_are_compared_field_by_field(verifier):
    """With reasons for programs and sentences for people; no value comes back."""
    stated = {"name": "高橋 花子", "address": "見本県青葉市緑町1-2-4", "birthdate": "S55.2.17", "gender": "女"}
    known = {"name": "髙橋　花子", "address": "見本県青葉市緑町一丁目2番3号", "birthdate": "319800217"}
    answer = verifier.post(PATH, {"stated": stated, "known": known})
    assert results(answer) == {
        "name": "cannot_tell",
        "address": "different",
        "birthdate": "same",
        "gender": "cannot_tell",
    }
    shapes.CompareAnswer.model_validate(answer.json)
    found = answer.json["fields"]
    assert (found["name"]["because"], found["gender"]["because"]) == (["character_variant"], ["not_released"])
    assert "旧字体" in found["name"]["explanation"]["ja"]
    assert not any(value in answer.text for value in (*stated.values(), *known.values()))


def test_the_documents_example_is_answered_as_it_says(verifier):
    """So that who copies it sees what is printed there."""
    document = verifier.town.get(verifier.town.browser(), verifier.issuer + "/api/v1/openapi.json").json
    operation = document["paths"]["/api/v1/basic4/compare"]["post"]
    body = operation["requestBody"]["content"]["application/json"]["example"]
    expected = operation["responses"]["200"]["content"]["application/json"]["example"]
    assert verifier.post(PATH, body).json == expected


def test_an_application_is_compared_with_what_its_login_released(receiver, access_token):
    """What the resident did not let go tells nothing."""
    answer = receiver.post(PATH, {"stated": {**HANAKO, "gender": "女"}, "access_token": access_token})
    assert results(answer) == {
        "name": "same",
        "address": "same",
        "birthdate": "same",
        "gender": "cannot_tell",
    }
    other = receiver.post(PATH, {"stated": {"name": "若葉 花子"}, "access_token": access_token})
    assert results(other) == {"name": "different"}


def test_another_services_token_opens_nothing(verifier, access_token):
    """A resident let it go to the other one; nor does a token that is none."""
    for token in (access_token, "A" * 43):
        answer = verifier.post(PATH, {"stated": HANAKO, "access_token": token})
        assert (answer.status_code, answer.json["code"]) == (404, "not_found")


def test_a_token_that_is_over_opens_nothing(aoba):
    """Nor what it stood for."""
    receiver = Verifier(aoba, aoba.register("aoba", "receiver", **RECEIVES))
    login = begun(aoba, receiver.service, "openid name")
    token = tokens_of(aoba, login, aoba.prove(login, aoba.sign(login, "hanako")))["access_token"]
    assert results(receiver.post(PATH, {"stated": {"name": "髙橋花子"}, "access_token": token})) == {
        "name": "same"
    }
    aoba.control(do="clock", seconds=700)
    receiver.token = receiver.fetch_token().json["access_token"]
    assert receiver.post(PATH, {"stated": HANAKO, "access_token": token}).json["code"] == "not_found"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"stated": {"name": "青葉"}},
        {"stated": {}, "known": {}},
        {"stated": {"name": "青葉"}, "known": {}, "access_token": "A"},
        {"stated": {"name": 1}, "known": {}},
        {"stated": {"name": "青" * 601}, "known": {}},
        {"stated": ["青葉"], "known": {}},
    ],
)
def test_what_compares_nothing_is_malformed(verifier, body):
    """An error of the program that asks."""
    answer = verifier.post(PATH, body)
    assert (answer.status_code, answer.json["code"]) == (400, "malformed")


def test_of_a_comparison_the_audit_trail_keeps_no_value(fresh):
    """Which fields, and against what."""
    fresh.post(PATH, {"stated": HANAKO, "known": HANAKO})
    with fresh.town.product.store.engine.connect() as connection:
        statement = "SELECT body FROM audit_entry WHERE action = 'verification.answered'"
        ((body,),) = connection.exec_driver_sql(statement).all()
    members = json.loads(body)
    assert (members["compared"], members["against"]) == (sorted(HANAKO), "values")
    assert not any(value in body for value in HANAKO.values())
