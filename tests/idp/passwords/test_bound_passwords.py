"""A password that was given out with a card lives as its person's certificates do, and ends with what they are."""

import pytest
from components.passwords import (
    OTHER,
    PASSWORD,
    begin,
    by_card,
    by_staff,
    enter,
    sign_in,
    switch_on,
    tenant_of,
    told,
    weak_service,
)
from components.residents import Office

from idp.oversight.audit import Action
from idp.oversight.audit import told as audited
from idp.passwords.account import Issued
from idp.registration import NotAllowed


@pytest.fixture
def town(aoba):
    """Passwords switched on, and a service that takes them."""
    switch_on(aoba, "password")
    aoba.mail = weak_service(aoba)
    return aoba


def turned_away(town, sign_in_id):
    """What the card page says after a password that is right and of no use now."""
    login = begin(town, town.mail)
    answer = enter(town, login, sign_in_id, PASSWORD)
    assert answer.headers["Location"] == login.page_url
    page = town.get(login.browser, login.page_url)
    assert 'rel="jpki-login"' in page.text
    return town.get(login.browser, login.page_url, headers={"Accept": "application/json"}).json["refusal"]


def test_a_revoked_certificate_suspends_the_password(town):
    """It counts again, for the same person, once the renewed card has signed in."""
    hanako = by_card(town)
    sub = sign_in(town, town.mail, hanako)["sub"]
    town.control(do="revoke", resident="hanako")
    town.control(do="tick")
    assert turned_away(town, hanako) == "certificate_revoked"
    town.control(do="renew", resident="hanako")
    town.sign_in(town.library)
    assert sign_in(town, town.mail, hanako)["sub"] == sub


def test_nobody_is_let_in_while_nobody_can_tell(town):
    """As with the card: the service's policy says what holds while J-LIS is out."""
    hanako = by_card(town)
    town.control(do="ocsp", mode="down")
    town.control(do="crl", mode="stale")
    town.control(do="clock", seconds=3 * 24 * 3600)
    assert turned_away(town, hanako) in ("revocation_unavailable", "evidence_too_old")


def test_the_staffs_ids_hang_on_no_certificate(town):
    """Somebody without a card signs in whatever J-LIS says of cards."""
    sign_in_id, first = by_staff(town)
    town.control(do="ocsp", mode="down")
    login = begin(town, town.mail)
    assert enter(town, login, sign_in_id, first, new=OTHER, again=OTHER).status_code == 303


def test_merging_ends_the_id_of_who_is_merged_and_splitting_that_of_both(town):
    """A password tells nobody which of two people was meant."""
    office = Office(town)
    kept, given = by_card(town, "hanako"), by_card(town, "midori")
    subs = [town.sign_in(town.library, name)["sub"] for name in ("hanako", "midori")]
    references = [office.refer(town.library, sub) for sub in subs]
    operation = office.merge(*references)
    assert told(enter(town, begin(town, town.mail), given, PASSWORD))[0] == 403
    assert sign_in(town, town.mail, kept)
    office.split(operation)
    assert told(enter(town, begin(town, town.mail), kept, PASSWORD))[0] == 403


def test_whoever_is_no_more_has_no_id(town):
    """Officers end a person: the ID goes with everything else."""
    office, hanako = Office(town), by_card(town)
    sub = town.sign_in(town.library)["sub"]
    office.approve(town.product.wishes.disable(office.tenant, office.refer(town.library, sub)))
    assert told(enter(town, begin(town, town.mail), hanako, PASSWORD))[0] == 403


def test_each_way_of_giving_out_has_its_assurance(town):
    """In the account and in the audit, which names nobody."""
    accounts = town.product.people.passwords
    ids = {
        Issued.CERTIFICATE: by_card(town),
        **{by: by_staff(town, by)[0] for by in (Issued.COUNTER, Issued.POST)},
    }
    found = {by: accounts.find(tenant_of(town), sign_in_id).assurance for by, sign_in_id in ids.items()}
    assert found == {Issued.CERTIFICATE: "ial3", Issued.COUNTER: "ial3", Issued.POST: "ial2"}
    with town.product.store.for_tenant("aoba").read() as tx:
        entries = list(audited(tx, tenant_of(town).keys, Action.PASSWORD_ISSUED))
    assert [(body["issued"], body["assurance"]) for _, body in entries] == [
        ("certificate", "ial3"), ("counter", "ial3"), ("post", "ial2"),
    ]  # fmt: skip
    assert not any(sign_in_id in str(entries) for sign_in_id in ids.values())


def test_what_was_given_out_with_a_card_is_not_given_out_again_without_it(town):
    """Nobody at the counter takes over the number of somebody who has a card."""
    accounts, hanako = town.product.people.passwords, by_card(town)
    for by in (Issued.COUNTER, Issued.CERTIFICATE):
        with pytest.raises(NotAllowed):
            accounts.give_out_again(tenant_of(town), hanako, by)
    with pytest.raises(NotAllowed):
        accounts.give_out(tenant_of(town), Issued.CERTIFICATE)


def test_a_forgotten_password_of_somebody_without_a_card_is_given_out_again(town):
    """The same person with the same number; what they knew before counts no more."""
    accounts, (sign_in_id, first) = town.product.people.passwords, by_staff(town)
    login = begin(town, town.mail)
    enter(town, login, sign_in_id, first, new=PASSWORD, again=PASSWORD)
    sub = sign_in(town, town.mail, sign_in_id)["sub"]
    again = accounts.give_out_again(tenant_of(town), sign_in_id, Issued.POST)
    assert told(enter(town, begin(town, town.mail), sign_in_id, PASSWORD))[0] == 403
    login = begin(town, town.mail)
    chosen = {"new": OTHER, "again": OTHER}
    assert enter(town, login, sign_in_id, again.first_password, **chosen).status_code == 303
    assert sign_in(town, town.mail, sign_in_id, OTHER)["sub"] == sub
