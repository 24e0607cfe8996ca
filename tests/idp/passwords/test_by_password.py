"""Signing in with an ID and a password: one person, one number, and nothing to be learnt by guessing."""

import re

import pytest
from components.passwords import (
    FAR,
    OTHER,
    PASSWORD,
    begin,
    by_card,
    by_staff,
    claims,
    ended,
    enter,
    sign_in,
    switch_on,
    told,
    weak_service,
)
from components.town import town as one_town

from idp.passwords.account import Issued
from idp.passwords.tries import STRANGER
from idp.services.service_changes import ServiceChange


@pytest.fixture(scope="module")
def town(tmp_path_factory, founded_world):
    """A tenant that has switched passwords on, a service that takes them, and hanako's ID."""
    with one_town(tmp_path_factory.mktemp("passwords"), founded_world) as made:
        switch_on(made, "password")
        made.mail = weak_service(made)
        made.hanako = by_card(made)
        yield made


def test_card_and_password_are_one_number(town):
    """Whoever signed in with the card is known by the password, at the lowest level."""
    by_card_sub = town.sign_in(town.mail)["sub"]
    told_by_password = sign_in(town, town.mail, town.hanako)
    assert told_by_password["sub"] == by_card_sub
    assert (told_by_password["acr"], told_by_password["amr"]) == ("aal1", ["pwd"])


def test_the_certificate_behind_it_is_looked_up(town):
    """The ID was given out with a card: what the service is told of revocation is of that one, now."""
    assert sign_in(town, town.mail, town.hanako) is not None
    login = begin(town, town.mail, scope="openid jpki_status")
    found = claims(town, login, enter(town, login, town.hanako, PASSWORD))
    assert found["revocation"]["method"] == "ocsp"


@pytest.mark.parametrize("typed", ["{id}", "{lower}", " {spaced} "])
def test_an_id_is_typed_in_any_fashion(town, typed):
    """Small letters, spaces, without hyphen."""
    plain = town.hanako.replace("-", "")
    text = typed.format(id=town.hanako, lower=plain.lower(), spaced=" ".join(plain))
    login = begin(town, town.mail)
    assert enter(town, login, text, PASSWORD).status_code == 303


def test_an_unknown_id_and_a_wrong_password_are_answered_alike(town):
    """Status, words, headers and page are the same but for what was typed."""
    answers = []
    for sign_in_id in (town.hanako, "0000-0000", "no such thing", ""):
        login = begin(town, town.mail)
        answer = enter(town, login, sign_in_id, "not the right password")
        page = answer.text.replace(login.page_url.rsplit("/", 1)[1], "TX").replace(f'value="{sign_in_id}"', "")
        answers.append((told(answer), re.sub(r" autofocus|[0-9a-f]{8}", "", page)))
    assert answers[0][0][0] == 403
    assert len(set(answers)) == 1


def test_a_password_is_offered_only_where_tenant_and_service_say_so(town):
    """Neither the page nor its form exist elsewhere, and the card page shows no way to it."""
    for service in (town.library, town.parking):
        login = begin(town, service)
        assert "by-password" not in town.get(login.browser, login.page_url).text
        assert town.get(login.browser, login.page_url + "/password").status_code == 404
        assert enter(town, login, town.hanako, PASSWORD).status_code == 404
    login = begin(town, town.mail)
    assert 'id="by-password"' in town.get(login.browser, login.page_url).text


def test_another_browser_cannot_use_the_page(town):
    """It belongs to whoever holds the transaction's cookie."""
    login = begin(town, town.mail)
    login.browser = town.browser()
    assert enter(town, login, town.hanako, PASSWORD).status_code == 410


def test_a_login_is_finished_once(town):
    """A second right password finds the transaction spent."""
    login = begin(town, town.mail)
    first = enter(town, login, town.hanako, PASSWORD)
    second = enter(town, login, town.hanako, PASSWORD)
    assert "secret=" in first.headers["Location"]
    assert second.headers["Location"] == login.page_url
    assert "code" in ended(town, login, first)


def test_a_form_with_missing_or_doubled_fields_is_refused(town):
    """A clear answer, and no try is spent."""
    login = begin(town, town.mail)
    for data in ({}, {"id": town.hanako}, {"id": [town.hanako] * 2, "password": PASSWORD}):
        assert town.post(login.browser, login.page_url + "/password", data=data).status_code == 400


def test_a_session_by_password_goes_on_where_passwords_are_taken_and_nowhere_else(town):
    """A service of the same sector that takes no password asks for the card."""
    shared = {"sector_id": "post", "sector_purpose": "郵便のため"}
    weak, strong = weak_service(town, "letters", **shared), town.register("aoba", "parcels", **shared)
    login = begin(town, weak)
    claims(town, login, enter(town, login, town.hanako, PASSWORD))
    assert "code=" in town.ask(weak, login.browser)[1]
    assert "/login/" in town.ask(strong, login.browser)[1]


def test_strangers_wait_and_shut_nobody_out(aoba):
    """Five wrong tries from one place, and that place waits; the resident's own browser and the card go on."""
    switch_on(aoba, "password")
    mail = weak_service(aoba)
    hanako = by_card(aoba)
    own = begin(aoba, mail)
    claims(aoba, own, enter(aoba, own, hanako, PASSWORD, source="198.51.100.1"))
    for _ in range(STRANGER[0]):
        assert told(enter(aoba, begin(aoba, mail), hanako, "a wrong password", source=FAR))[0] == 403
    status, words = told(enter(aoba, begin(aoba, mail), hanako, PASSWORD, source=FAR))
    assert status == 429
    assert "15分" in words
    assert told(enter(aoba, begin(aoba, mail), "0000-0000", "a wrong password", source=FAR))[0] == 403
    assert enter(aoba, begin(aoba, mail), hanako, PASSWORD, source="198.51.100.2").status_code == 303
    again = begin(aoba, mail, own.browser, prompt="login")
    assert enter(aoba, again, hanako, PASSWORD, source=FAR).status_code == 303
    assert aoba.sign_in(mail)["acr"] == "aal3"
    aoba.control(do="clock", seconds=16 * 60)
    assert enter(aoba, begin(aoba, mail), hanako, PASSWORD, source=FAR).status_code == 303


def test_one_place_does_not_try_many_ids(aoba):
    """Each is tried but once, and still there is an end to it."""
    switch_on(aoba, "password")
    mail = weak_service(aoba)
    answers = [
        told(enter(aoba, begin(aoba, mail), f"0000-00{at:02}", "a wrong password", source="2001:db8::1"))[0]
        for at in range(61)
    ]
    assert set(answers[:60]) == {403}
    assert answers[60] == 429
    assert told(enter(aoba, begin(aoba, mail), "0000-0099", "x", source="2001:db8::ffff"))[0] == 429
    assert told(enter(aoba, begin(aoba, mail), "0000-0099", "x", source="2001:db8:0:1::1"))[0] == 403


def test_a_registration_that_takes_passwords_no_more_holds_at_once(aoba):
    """For the page that stands open, and for a login that was accepted a moment ago."""
    switch_on(aoba, "password")
    mail, hanako = weak_service(aoba), by_card(aoba)
    open_page, on_the_way = begin(aoba, mail), begin(aoba, mail)
    answer = enter(aoba, on_the_way, hanako, PASSWORD)
    tenant = aoba.product.directory.tenant("aoba")
    change = ServiceChange(minimum_acr="aal2", methods=())
    aoba.product.service_changes.change(tenant, tenant.clients[mail.client_id], change)
    assert enter(aoba, open_page, hanako, PASSWORD).status_code == 404
    assert ended(aoba, on_the_way, answer)["error"] == "unmet_authentication_requirements"


def test_the_first_password_is_good_for_choosing_another_one(town):
    """The staff's paper signs nobody in before its owner has chosen; then it is worth nothing."""
    sign_in_id, first = by_staff(town)
    login = begin(town, town.mail)
    choosing = enter(town, login, sign_in_id, first.lower().replace("-", " "))
    assert choosing.status_code == 200
    assert 'name="again"' in choosing.text
    short = enter(town, login, sign_in_id, first, new="too short", again="too short")
    assert told(short)[0] == 400
    found = claims(town, login, enter(town, login, sign_in_id, first, new=OTHER, again=OTHER))
    assert found["acr"] == "aal1"
    assert told(enter(town, begin(town, town.mail), sign_in_id, first))[0] == 403
    assert sign_in(town, town.mail, sign_in_id, OTHER)["sub"] == found["sub"]


def test_a_person_without_a_card_has_no_certificate_to_tell_of(town):
    """Nothing is claimed of revocation, neither in the ID token nor by UserInfo, and no session goes on."""
    sign_in_id, first = by_staff(town, Issued.POST)
    login = begin(town, town.mail, scope="openid jpki_status")
    code = ended(town, login, enter(town, login, sign_in_id, first, new=OTHER, again=OTHER))["code"]
    answer = town.redeem(code, login).json
    told_by_userinfo = town.userinfo(town.mail, answer["access_token"]).json
    assert "revocation" not in told_by_userinfo
    assert told_by_userinfo["signature_certificate"]["status"] == "unknown"
    assert "/login/" in town.ask(town.mail, login.browser)[1]


def test_a_first_password_that_came_too_late_is_wrong(aoba):
    """After thirty days the paper is worth nothing."""
    switch_on(aoba, "password")
    mail, (sign_in_id, first) = weak_service(aoba), by_staff(aoba)
    aoba.control(do="clock", seconds=31 * 24 * 3600)
    assert told(enter(aoba, begin(aoba, mail), sign_in_id, first))[0] == 403


def test_a_password_is_changed_with_the_old_one(town):
    """On the page that signs in."""
    sign_in_id = by_card(town, "midori")
    login = begin(town, town.mail)
    assert town.get(login.browser, login.page_url + "/password/change").status_code == 200
    claims(town, login, enter(town, login, sign_in_id, PASSWORD, new=OTHER, again=OTHER))
    assert told(enter(town, begin(town, town.mail), sign_in_id, PASSWORD))[0] == 403
    assert sign_in(town, town.mail, sign_in_id, OTHER)["amr"] == ["pwd"]


def test_the_card_resets_the_password_and_keeps_the_id(town):
    """Whoever forgot it chooses another one with the card."""
    first = by_card(town, "midori")
    assert by_card(town, "midori", "a new sentence of mine") == first
    assert sign_in(town, town.mail, first, "a new sentence of mine")["amr"] == ["pwd"]
