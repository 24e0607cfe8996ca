"""What becomes of a consent of ten years when items of it are taken back, and when numbers and people change."""

import pytest
from components.consenting import withdraw
from components.latest import agreed, begun, consented, redirected, returning, verified, work
from components.migrating import Kit
from components.my_page import MyPage
from components.residents import Office
from components.signatures import happens
from components.signing import ALL

from idp.japan import day_in_japan


@pytest.fixture
def office(aoba):
    """A service that may have all four."""
    return aoba.register("aoba", "office", scopes=ALL)


@pytest.fixture
def officers(aoba):
    """Two of the municipality."""
    return Office(aoba)


def moved(town, resident="hanako"):
    """The resident has moved house and has a new signature certificate."""
    happens(town, "move", resident)
    happens(town, "renew", resident)


def test_an_item_that_is_taken_back_is_taken_back_at_j_lis_too(aoba, office):
    """It is neither told nor asked for any more, before the move and after it; the rest goes on."""
    sub = consented(aoba, office)["sub"]
    withdraw(aoba, office, sub, "address")
    work(aoba)
    assert agreed(aoba) == [("hanako", ("name",))]
    assert verified(returning(aoba, office)).keys() == {"name"}
    moved(aoba)
    assert verified(returning(aoba, office)).keys() == {"name"}


def test_an_item_that_is_given_again_is_signed_for_again(aoba, office):
    """By a link with `prompt=consent`; J-LIS hears of both."""
    sub = consented(aoba, office)["sub"]
    withdraw(aoba, office, sub, "address")
    assert verified(consented(aoba, office, prompt="consent")).keys() == {"name", "address"}
    assert agreed(aoba) == [("hanako", ("name", "address"))]


def test_with_its_last_item_the_consent_is_over(aoba, office):
    """Nothing is left to tell; the resident's page speaks of none."""
    sub = consented(aoba, office)["sub"]
    for item in ("name", "address"):
        withdraw(aoba, office, sub, item)
    work(aoba)
    assert agreed(aoba) == []
    assert 'value="latest"' not in MyPage(aoba).entered().get("/services/office/consent").text


def test_what_j_lis_has_not_heard_yet_is_never_told_to_it(aoba, office):
    """An item that was taken back while J-LIS was away is left out of the consent that it receives afterwards."""
    sub = consented(aoba, office, heard=False)["sub"]
    withdraw(aoba, office, sub, "address")
    work(aoba)
    assert agreed(aoba) == [("hanako", ("name",))]


def test_the_resident_reads_until_when_what_it_costs_and_how_to_end_it(aoba, office):
    """On their own page, beside the button."""
    consented(aoba, office)
    page = MyPage(aoba).entered().get("/services/office/consent").text
    last = day_in_japan(aoba.clock())
    assert f"{last.year + 10}年" in page
    assert "費用はかかりません" in page
    assert "いつでもやめられます" in page


@pytest.mark.parametrize("way", ["compromise", "sector"])
def test_it_goes_along_with_a_number_that_changes(aoba, office, way):
    """A replaced key, a service that moves to another sector: no new signature, and it can be ended as before."""
    before = consented(aoba, office)
    kit = Kit(aoba)
    kit.rotate()
    kit.run(kit.compromise() if way == "compromise" else kit.sector(office, "family"))
    after = returning(aoba, office)
    assert after["sub"] != before["sub"]
    assert verified(after) == verified(before)
    withdraw(aoba, office, after["sub"])
    work(aoba)
    assert agreed(aoba) == []


def test_of_two_who_are_made_one_it_goes_with_the_grant(aoba, office, officers):
    """The service knew one of them: who survives has the number, and the consent with it."""
    other = consented(aoba, office, "yoko")["sub"]
    library = aoba.sign_in(aoba.library, "hanako")["sub"]
    officers.merge(officers.refer(aoba.library, library), officers.refer(office, other))
    assert verified(returning(aoba, office, "yoko")).keys() == {"name", "address"}


def test_where_both_had_one_that_of_the_number_that_stays_goes_on(aoba, office, officers):
    """The other's is over, at J-LIS too."""
    subs = [consented(aoba, office, resident)["sub"] for resident in ("hanako", "yoko")]
    officers.merge(*(officers.refer(office, sub) for sub in subs))
    work(aoba)
    assert agreed(aoba) == [("hanako", ("name", "address"))]
    assert returning(aoba, office, "yoko")["sub"] == subs[0]
    assert verified(returning(aoba, office)).keys() == {"name", "address"}


def test_a_split_ends_it(aoba, office, officers):
    """Nobody is told of by somebody else's signature: who wants it signs again."""
    subs = [consented(aoba, office, resident)["sub"] for resident in ("hanako", "yoko")]
    operation = officers.merge(*(officers.refer(office, sub) for sub in subs))
    officers.split(operation)
    work(aoba)
    assert agreed(aoba) == []
    for resident in ("hanako", "yoko"):
        login, location = begun(aoba, office, resident)
        assert redirected(location) or location.endswith("/consent")
        assert login.service is office
