"""Passkeys of the municipality's staff: bound by the paper that was handed over, and by nothing else."""

import re
from dataclasses import replace
from html import unescape

import pytest
from components import passkeys
from components.authenticator import Authenticator
from components.organizations import (
    COMPANY,
    STAFF,
    choose,
    enter,
    given_to_company,
    given_to_staff,
    organizations,
    tendering,
)
from components.passwords import FAR, PASSWORD, begin, claims, switch_on, tenant_of
from components.town import BASE_URL
from components.town import town as one_town

from idp.passwords.tries import STRANGER
from idp.registration import NotAllowed

URL = BASE_URL + "/t/aoba/staff/passkey"
PASSKEY = "staff-passkey"


@pytest.fixture(scope="module")
def town(tmp_path_factory, founded_world):
    """A tenant whose staff use passkeys, a service that takes them, and one that takes passwords alone."""
    with one_town(tmp_path_factory.mktemp("staff"), founded_world) as made:
        switch_on(made, PASSKEY, STAFF, COMPANY, "passkey")
        made.office = tendering(made, "office", PASSKEY, minimum_acr="aal2")
        made.desk = tendering(made, "desk", STAFF, COMPANY)
        yield made


def type_in(town, sign_in_id, password, *, source="127.0.0.1"):
    """The first page, filled in."""
    data = {"id": sign_in_id, "password": password}
    return town.post(town.browser(), URL, data=data, environ_base={"REMOTE_ADDR": source})


def form_of(page):
    """What the browser is asked to make, and the form that brings it."""
    assert page.status_code == 200, page.text
    options = unescape(re.search(r'data-options="([^"]+)"', page.text)[1])
    return options, re.search(r'name="form" value="([^"]+)"', page.text)[1]


def made(town, form, answer):
    """The second page, answered."""
    return town.post(town.browser(), f"{URL}/made", data={"form": form, "answer": answer})


def bind(town, given) -> Authenticator:
    """A passkey of who has the paper."""
    passkey = Authenticator()
    options, form = form_of(type_in(town, *given))
    assert made(town, form, passkey.create(options)).status_code == 200
    return passkey


def sign_in(town, service, passkey) -> dict:
    """A whole login: the ID token's claims."""
    login = passkeys.begin(town, service)
    return claims(town, login, passkeys.show(town, login, passkey))


def test_the_staff_sign_in_by_passkey(town):
    """At the level of passkeys, as themselves, for the municipality."""
    passkey, other = (bind(town, given_to_staff(town)) for _ in "ab")
    found = [sign_in(town, town.office, one) for one in (passkey, passkey, other)]
    assert (found[0]["acr"], found[0]["amr"]) == ("aal2", ["hwk", "mfa"])
    assert found[0]["organization"]["kind"] == "municipality"
    assert found[0]["sub"] == found[1]["sub"] != found[2]["sub"]


def test_the_paper_is_good_for_one_thing(town):
    """A passkey or a password: what it was used for ends it."""
    given = given_to_staff(town)
    bind(town, given)
    assert type_in(town, *given).status_code == 403
    assert enter(town, begin(town, town.desk), "staff", *given).status_code == 403
    other = given_to_staff(town)
    choose(town, town.desk, "staff", other)
    for password in (other[1], PASSWORD):
        assert type_in(town, other[0], password).status_code == 403


def test_another_paper_binds_another_device_to_the_same_person(town):
    """And the first one goes on."""
    given = given_to_staff(town)
    first = bind(town, given)
    again = organizations(town).give_again(tenant_of(town), given[0])
    second = bind(town, (given[0], again.first_password))
    assert sign_in(town, town.office, first)["sub"] == sign_in(town, town.office, second)["sub"]


def test_a_passkey_ends_with_the_id(town):
    """Who left signs in no more."""
    given = given_to_staff(town)
    passkey = bind(town, given)
    organizations(town).end(tenant_of(town), given[0])
    login = passkeys.begin(town, town.office)
    assert passkeys.show(town, login, passkey).status_code == 403


@pytest.mark.parametrize("meanwhile", ["end", "give_again"])
def test_nothing_stays_bound_to_a_paper_that_counts_no_more(town, meanwhile):
    """The office ends the ID, or prints another paper, at the very moment of binding: the passkey is nobody's."""
    given, passkey = given_to_staff(town), Authenticator()
    options, form = form_of(type_in(town, *given))
    binding = town.product.app.view_functions["staff_passkey"].__self__.binding

    office = [getattr(organizations(town), meanwhile)]

    def now():
        while office:
            office.pop()(tenant_of(town), given[0])
        return binding.now()

    at_once = replace(binding, passkeys=replace(binding.passkeys, now=now))
    with pytest.raises(NotAllowed):
        at_once.finish(tenant_of(town), form, passkey.create(options))
    login = passkeys.begin(town, town.office)
    assert passkeys.show(town, login, passkey).status_code == 403


def test_residents_and_staff_are_told_apart(town):
    """A resident's passkey where they are taken, the staff's where they are: nobody's becomes the other's."""
    staff, resident = bind(town, given_to_staff(town)), passkeys.bind(town, Authenticator())
    login = passkeys.begin(town, town.library)
    assert passkeys.show(town, login, staff).headers["Location"] == login.page_url
    found = sign_in(town, town.office, resident)
    assert "organization" not in found
    assert found["sub"] != sign_in(town, town.office, staff)["sub"]


def test_the_page_of_a_login_exists_for_the_staff_alone(aoba):
    """Where residents use no passkeys, the card page leads the staff there."""
    switch_on(aoba, PASSKEY)
    office, plain = tendering(aoba, "office", PASSKEY, minimum_acr="aal2"), aoba.register("aoba", "plain")
    login = begin(aoba, office)
    page = aoba.get(login.browser, login.page_url).text
    assert f'id="for-municipality" href="{login.page_url}/passkey"' in page
    assert "職員として登録した" in aoba.get(login.browser, f"{login.page_url}/passkey").text
    login = begin(aoba, plain)
    assert aoba.get(login.browser, f"{login.page_url}/passkey").status_code == 404
    switch_on(aoba, STAFF)
    assert aoba.get(aoba.browser(), URL).status_code == 404
    assert type_in(aoba, "0000-0000", "x").status_code == 404
    assert made(aoba, "x", "y").status_code == 404


def test_a_form_is_sent_once_and_by_nobody_else(town):
    """An answer that proves nothing spends the form and not the paper; garbage is refused."""
    given = given_to_staff(town)
    options, form = form_of(type_in(town, *given))
    assert made(town, form, "{}").status_code == 403
    passkey = Authenticator()
    assert made(town, form, passkey.create(options)).status_code == 403
    assert made(town, "no such form", passkey.create(options)).status_code == 403
    bind(town, given)
    for data in ({}, {"form": form}, {"id": "x"}):
        assert town.post(town.browser(), f"{URL}/made", data=data).status_code == 400
        assert town.post(town.browser(), URL, data=data).status_code == 400


def test_two_forms_of_one_paper_bind_once(town):
    """The second finds it used."""
    given = given_to_staff(town)
    forms = [form_of(type_in(town, *given)) for _ in "ab"]
    statuses = [made(town, form, Authenticator().create(options)).status_code for options, form in forms]
    assert statuses == [200, 403]


def test_an_unknown_id_a_companys_and_a_wrong_password_are_answered_alike(town):
    """Nobody learns which IDs there are; and a company binds no passkey."""
    answers = set()
    staff, company = given_to_staff(town), given_to_company(town)
    for sign_in_id, password in ((staff[0], "wrong"), company, ("0000-0000", "wrong"), ("", "")):
        page = type_in(town, sign_in_id, password, source="198.51.100.9")
        answers.add((page.status_code, re.search(r'role="alert">(.*?)</p>', page.text, re.DOTALL)[1]))
    assert {status for status, _ in answers} == {403}
    assert len(answers) == 1


def test_strangers_wait(town):
    """Counted as on the page for passwords, and together with it."""
    sign_in_id, first = given_to_staff(town)
    for _ in range(STRANGER[0]):
        assert type_in(town, sign_in_id, "wrong", source=FAR).status_code == 403
    assert type_in(town, sign_in_id, first, source=FAR).status_code == 429
    assert enter(town, begin(town, town.desk), "staff", sign_in_id, first, source=FAR).status_code == 429
    assert type_in(town, sign_in_id, first, source="198.51.100.77").status_code == 200
