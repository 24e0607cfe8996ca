"""`idp password requests|request|accept|refuse`: what was asked for on line, as the staff decide on it."""

import pytest
from components.passwords import switch_on, tenant_of

from idp.passwords.requests import Applicant

OF = ("--tenant", "aoba", "--json")


@pytest.fixture
def asked(aoba):
    """Two requests that wait."""
    switch_on(aoba, "password", "password-letter")
    who = Applicant(name="見本　花子", address="見本県青葉市", born="1985-06-15")
    return [aoba.product.people.requests.apply(tenant_of(aoba), who) for _ in "ab"]


def test_the_staff_list_read_accept_and_refuse(idp, asked):
    """The list names nobody, the letter does not tell the ID, and what was decided is gone."""
    first, second = asked
    listed = idp("password", "requests", *OF)
    assert {one["number"] for one in listed.json} == {first.number, second.number}
    assert "花子" not in listed.out
    assert idp("password", "request", first.number, *OF).json == {
        "name": "見本　花子", "address": "見本県青葉市", "born": "1985-06-15",
    }  # fmt: skip
    accepted = idp("password", "accept", first.number.replace("-", ""), *OF)
    assert set(accepted.json) == {"first_password", "until"}
    assert first.sign_in_id not in accepted.out
    assert idp("password", "show", first.sign_in_id, *OF).json["assurance"] == "ial2"
    assert idp("password", "refuse", second.number, *OF).json == {"state": "refused"}
    assert idp("password", "show", second.sign_in_id, *OF).code == 1
    assert idp("password", "requests", *OF).json == []
    assert [idp("password", word, first.number, *OF).code for word in ("request", "accept", "refuse")] == [1] * 3


def test_each_way_is_switched_on_by_itself(idp):
    """And none without passwords gives anything."""
    settings = ("tenant", "settings", "aoba", "--json")
    assert idp(*settings, "--passwords", "--passwords-by-letter").json["methods"] == [
        "password",
        "password-letter",
    ]
    assert idp(*settings, "--passwords-online").json["methods"] == [
        "password",
        "password-letter",
        "password-online",
    ]
