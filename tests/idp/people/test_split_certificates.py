"""Certificates that came in while two people were wrongly one: a split gives them to whom they belong."""

import re

import pytest
from components.questions import asked, enter, number, read_other, say
from components.residents import Office, sub_of


@pytest.fixture
def merged(aoba):
    """(town, office, Hanako's number at the library, Midori's at childcare, the merge); her phone is unlinked."""
    aoba.control(do="unlink", resident="midori", certificate="phone")
    office = Office(aoba)
    hanako, midori = sub_of(aoba, aoba.library, "hanako"), sub_of(aoba, aoba.childcare, "midori")
    merge = office.merge(office.refer(aoba.library, hanako), office.refer(aoba.childcare, midori))
    return aoba, office, hanako, midori, merge


def code_for(town, office, sub):
    """A transfer code made at the counter for whoever has that number at childcare."""
    named = office.read(office.refer(town.childcare, sub)).named
    with town.product.store.for_tenant("aoba").write() as tx:
        return town.product.people.transfer_codes.make(tx, office.tenant, named)


def by_phone(town, service):
    """The number that Midori's phone brings."""
    return sub_of(town, service, "midori", device="phone")


def test_a_phone_that_came_by_transfer_code_goes_back(merged):
    """With whose number the code was made, hers it was."""
    town, office, hanako, midori, merge = merged
    login, url = asked(town, town.childcare)
    assert number(town, login, enter(town, login, url, code_for(town, office, midori))) == midori
    office.split(merge)
    assert sub_of(town, town.childcare, "midori") == by_phone(town, town.childcare) == midori
    assert by_phone(town, town.library) != hanako


def test_a_code_made_before_the_split_is_worth_nothing_to_the_other(merged):
    """Spent after it, the phone is hers."""
    town, office, hanako, midori, merge = merged
    code = code_for(town, office, midori)
    office.split(merge)
    login, url = asked(town, town.childcare)
    number(town, login, enter(town, login, url, code))
    assert by_phone(town, town.library) != hanako


def test_a_card_read_beside_before_the_split_counts_for_whose_it_is_after_it(merged):
    """The split comes between the card and the browser's return."""
    town, office, hanako, _, merge = merged
    login, url = asked(town, town.childcare)
    back = read_other(town, login, url, "midori", follow=False)
    office.split(merge)
    town.get(login.browser, back)
    assert by_phone(town, town.library) != hanako


def test_a_phone_that_officers_attached_goes_back(merged):
    """Two officers said whose it is while the two were one."""
    town, office, hanako, midori, merge = merged
    login, url = asked(town, town.childcare)
    mine = re.search(r'id="reference">([0-9A-Z-]+)<', say(town, login, url, "counter").text)[1]
    office.merge(office.refer(town.childcare, midori), mine)
    office.split(merge)
    assert by_phone(town, town.library) != hanako
