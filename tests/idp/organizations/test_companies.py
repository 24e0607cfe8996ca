"""People who sign in for a company: one number a company, and never a resident's."""

import pytest
from components import passwords
from components.organizations import (
    CERTIFICATE,
    COMPANY,
    NAME,
    NUMBER,
    OTHER_NUMBER,
    STAFF,
    choose,
    enter,
    given_to_company,
    given_to_staff,
    organizations,
    sign_in,
    tendering,
)
from components.passwords import FAR, PASSWORD, begin, switch_on, tenant_of, told
from components.refreshing import REFRESHES, refresh
from components.residents import Office
from components.town import town as one_town

from idp.errors import Refusal
from idp.passwords.account import Issued
from idp.passwords.tries import STRANGER
from idp.people.record import By
from idp.registration import NotAllowed


@pytest.fixture(scope="module")
def town(tmp_path_factory, founded_world):
    """A tenant that has switched every way on, a service of a sector of its own, and two people of one company."""
    with one_town(tmp_path_factory.mktemp("companies"), founded_world) as made:
        switch_on(made, COMPANY, STAFF, CERTIFICATE, "password")
        made.tenders = tendering(made)
        made.first, made.second = (choose(made, made.tenders, "company", given_to_company(made)) for _ in "ab")
        yield made


def test_everybody_at_a_company_is_one_person_to_a_service(town):
    """At the lowest level, with the company's number and name."""
    found = [sign_in(town, town.tenders, "company", one) for one in (town.first, town.second)]
    assert found[0]["sub"] == found[1]["sub"]
    assert (found[0]["acr"], found[0]["amr"]) == ("aal1", ["pwd"])
    assert found[0]["organization"] == {
        "kind": "company", "name": NAME, "corporate_number": NUMBER, "known_by": "staff",
    }  # fmt: skip


def test_another_service_knows_the_company_by_another_number(town):
    """As residents are known, and another company is another person."""
    other = tendering(town, "auctions")
    assert (
        sign_in(town, other, "company", town.first)["sub"]
        != sign_in(town, town.tenders, "company", town.first)["sub"]
    )
    stranger = choose(town, town.tenders, "company", given_to_company(town, OTHER_NUMBER))
    assert (
        sign_in(town, town.tenders, "company", stranger)["sub"]
        != sign_in(town, town.tenders, "company", town.first)["sub"]
    )


def test_residents_are_told_of_no_organization(town):
    """The card's login to the same service is what it was."""
    assert "organization" not in town.sign_in(town.tenders)


def consent_page(town, login, return_url):
    """What is read between the proof and the service."""
    return town.get(login.browser, town.get(login.browser, return_url).headers["Location"]).text


def test_consent_says_what_is_handed_over(town):
    """The number is the same everywhere: who signs in for a company reads that first."""
    login = begin(town, tendering(town, "fresh"))
    page = consent_page(town, login, enter(town, login, "company", town.first, PASSWORD).headers["Location"])
    assert NUMBER in page
    assert NAME in page


def test_consent_says_nothing_of_cards_or_own_pages(town):
    """No card was read, no login of a company goes on, and own pages are residents': they read of all three."""
    service = tendering(town, "bare")
    login = begin(town, service)
    for_company = consent_page(
        town, login, enter(town, login, "company", town.first, PASSWORD).headers["Location"]
    )
    login = town.begin(service)
    for_resident = consent_page(town, login, town.accept(login))
    for said in ('class="steps"', 'id="shared-computer"', 'id="own-page"'):
        assert said in for_resident
        assert said not in for_company


def test_the_staff_are_people_of_their_own(town):
    """Two members are two numbers; their organization is the municipality."""
    one, other = (choose(town, town.tenders, "staff", given_to_staff(town)) for _ in "ab")
    found = [sign_in(town, town.tenders, "staff", each) for each in (one, other, one)]
    assert found[0]["sub"] == found[2]["sub"] != found[1]["sub"]
    assert found[0]["organization"] == {"kind": "municipality", "name": "青葉市（見本）", "known_by": "staff"}


@pytest.mark.parametrize("part", ["company", "staff", "password"])
def test_an_id_of_one_kind_is_none_on_the_pages_of_another(town, part):
    """Of a company, of the staff, of a resident."""
    mail = passwords.weak_service(town, f"mail-{part}")
    staff = choose(town, town.tenders, "staff", given_to_staff(town))
    resident = passwords.by_card(town)
    own = {"company": town.first, "staff": staff, "password": resident}
    service = mail if part == "password" else town.tenders
    for kind, sign_in_id in own.items():
        login = begin(town, service)
        assert (enter(town, login, part, sign_in_id, PASSWORD).status_code == 303) == (kind == part)


def test_a_way_is_offered_only_where_tenant_and_service_say_so(town):
    """Neither page nor form exist elsewhere, and the card page shows no way there."""
    plain = town.register("aoba", "plain")
    for part in ("company", "staff", "company-certificate", "company-certificate/statement"):
        login = begin(town, plain)
        assert town.get(login.browser, f"{login.page_url}/{part}").status_code == 404
    login = begin(town, plain)
    assert 'id="for-' not in town.get(login.browser, login.page_url).text
    login = begin(town, town.tenders)
    page = town.get(login.browser, login.page_url).text
    assert 'id="for-company"' in page
    assert 'id="for-municipality"' in page
    strict = begin(
        town, town.tenders, acr_values="aal3", claims='{"id_token":{"acr":{"essential":true,"value":"aal3"}}}'
    )
    assert town.get(strict.browser, f"{strict.page_url}/company").status_code == 404


def test_no_session_of_a_company_goes_on_elsewhere(town):
    """Nor at the same service: nobody could ask whether it still holds."""
    shared = {"sector_id": "works", "sector_purpose": "工事のため"}
    one, other = tendering(town, "works", **shared), tendering(town, "roads", **shared)
    login = begin(town, one)
    passwords.claims(town, login, enter(town, login, "company", town.first, PASSWORD))
    assert "/login/" in town.ask(other, login.browser)[1]
    assert "/login/" in town.ask(one, login.browser)[1]


def test_strangers_wait_and_shut_nobody_out(aoba):
    """As for residents: counted by source, and the own browser goes on."""
    switch_on(aoba, COMPANY)
    tenders = tendering(aoba, "tenders", COMPANY)
    one = choose(aoba, tenders, "company", given_to_company(aoba))
    own = begin(aoba, tenders)
    passwords.claims(aoba, own, enter(aoba, own, "company", one, PASSWORD, source="198.51.100.1"))
    for _ in range(STRANGER[0]):
        assert told(enter(aoba, begin(aoba, tenders), "company", one, "wrong", source=FAR))[0] == 403
    assert told(enter(aoba, begin(aoba, tenders), "company", one, PASSWORD, source=FAR))[0] == 429
    assert enter(aoba, begin(aoba, tenders), "company", one, PASSWORD, source="198.51.100.2").status_code == 303
    again = begin(aoba, tenders, own.browser, prompt="login")
    assert enter(aoba, again, "company", one, PASSWORD, source=FAR).status_code == 303


def test_the_first_password_is_good_for_choosing_another_one(town):
    """And is worth nothing afterwards; nor once it is over."""
    sign_in_id, first = given_to_company(town)
    login = begin(town, town.tenders)
    assert 'name="again"' in enter(town, login, "company", sign_in_id, first).text
    weak = enter(town, login, "company", sign_in_id, first, new="password", again="password")
    assert weak.status_code == 400
    assert choose(town, town.tenders, "company", (sign_in_id, first)) == sign_in_id
    assert enter(town, begin(town, town.tenders), "company", sign_in_id, first).status_code == 403
    given = organizations(town).give_again(tenant_of(town), sign_in_id)
    assert enter(town, begin(town, town.tenders), "company", sign_in_id, PASSWORD).status_code == 403
    choose(town, town.tenders, "company", (sign_in_id, given.first_password))


def test_an_id_that_was_ended_signs_nobody_in_and_ends_what_it_opened(aoba):
    """Its company stays who it is for the others there."""
    switch_on(aoba, COMPANY)
    tenders = tendering(aoba, "tenders", COMPANY)
    one, other = (choose(aoba, tenders, "company", given_to_company(aoba)) for _ in "ab")
    before = sign_in(aoba, tenders, "company", one)["sub"]
    assert organizations(aoba).end(tenant_of(aoba), one) > 0
    assert enter(aoba, begin(aoba, tenders), "company", one, PASSWORD).status_code == 403
    assert sign_in(aoba, tenders, "company", other)["sub"] == before
    with pytest.raises(NotAllowed):
        organizations(aoba).end(tenant_of(aoba), one)


@pytest.mark.parametrize("part", ["company", "staff"])
def test_no_service_comes_back_for_somebody_whose_id_was_ended(town, part):
    """Its access token ends at once; a refresh token never counted, since nobody could be asked about them."""
    mobile = tendering(town, f"mobile-{part}", COMPANY, STAFF, **REFRESHES)
    one = choose(town, mobile, part, given_to_company(town) if part == "company" else given_to_staff(town))
    login = begin(town, mobile, scope="openid offline_access")
    code = passwords.ended(town, login, enter(town, login, part, one, PASSWORD))["code"]
    tokens = town.redeem(code, login).json
    assert town.userinfo(mobile, tokens["access_token"]).status_code == 200
    organizations(town).end(tenant_of(town), one)
    assert town.userinfo(mobile, tokens["access_token"]).status_code == 401
    assert refresh(town, mobile, tokens["refresh_token"]).status_code == 400


def test_no_resident_is_ever_merged_with_one_of_them(town):
    """Whatever two officers propose, of a company or of the staff."""
    office, staff = Office(town), choose(town, town.tenders, "staff", given_to_staff(town))
    resident = office.read(office.refer(town.tenders, town.sign_in(town.tenders)["sub"])).body
    for part, sign_in_id in (("company", town.first), ("staff", staff)):
        sub = sign_in(town, town.tenders, part, sign_in_id)["sub"]
        theirs = office.read(office.refer(town.tenders, sub)).body
        for keep, other in ((resident, theirs), (theirs, resident)):
            with (
                pytest.raises(Refusal, match="companies and staff"),
                town.product.store.for_tenant("aoba").write() as tx,
            ):
                town.product.people.merging.run(tx, tenant_of(town), keep, other, By.OFFICERS)


@pytest.mark.parametrize(
    ("number", "name"), [("7000012050003", NAME), ("", NAME), (NUMBER, " "), (NUMBER, "x" * 300)]
)
def test_what_is_no_company_is_not_registered(town, number, name):
    """A wrong check digit, no name, a name without end."""
    with pytest.raises(NotAllowed):
        organizations(town).companies.register(tenant_of(town), number, name)


def test_an_id_needs_a_registered_company_and_somebody_who_has_it(town):
    """And comes by the counter or by post."""
    acts, of = organizations(town), tenant_of(town)
    for number, person, issued in (
        ("1180301018771", "somebody", Issued.POST),
        (NUMBER, "  ", Issued.POST),
        (NUMBER, "somebody", Issued.CERTIFICATE),
    ):
        with pytest.raises(NotAllowed):
            acts.give_to_company(of, number, person, issued)


def test_what_is_kept_names_neither_company_nor_person_in_clear(town):
    """Who has an ID stands sealed in the database, and nowhere in the trail; the company's number is public."""
    given_to_company(town, NUMBER, "財務課　秘密花子")
    assert "財務課　秘密花子" in [
        account.person for _, account in organizations(town).of_company(tenant_of(town), NUMBER)
    ]
    stored = b"".join(file.read_bytes() for file in town.folder.glob("idp.db*"))
    assert "秘密花子".encode() not in stored
    assert NAME.encode() not in stored
