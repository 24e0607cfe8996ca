"""Numbers that are made while two people are one by mistake: whose card made it gets it, and nobody's is lost."""

import pytest
from components.going_on import enter, redeemed
from components.migrating import Kit
from components.residents import Office, sub_of
from components.verifier import VERIFIES, Verifier
from sqlalchemy import func, select, update

from idp.oversight import ledger
from idp.store import schema


@pytest.fixture
def office(aoba):
    """Two officers of a fresh town."""
    return Office(aoba)


@pytest.fixture
def one(aoba, office):
    """Hanako of the library and Yoko of childcare are one by mistake; the merge's number in the ledger."""
    library, family = sub_of(aoba, aoba.library, "hanako"), sub_of(aoba, aoba.childcare, "yoko")
    return office.merge(office.refer(aoba.library, library), office.refer(aoba.childcare, family))


def counts(told):
    """What is said of numbers made since."""
    return told["given_back"], told["stayed"], told["stayed_untold"]


def split(office, operation):
    """Undo it; what the dry run said, and the ledger afterwards."""
    foretold = counts(office.town.product.wishes.split_facts(office.tenant, operation))
    office.split(operation)
    with office.town.product.store.for_tenant("aoba").read() as tx:
        (done,) = [e for e in ledger.entries(tx, office.tenant.keys) if e.operation == "person.split"]
    return foretold, counts(done.details)


def test_a_number_goes_with_the_card_that_made_it(aoba, office, one):
    """Unchanged, whoever used it later; the other one is given a number that was never anybody's."""
    clinic, pool = aoba.register("aoba", "clinic"), aoba.register("aoba", "pool")
    hers, mine = sub_of(aoba, clinic, "yoko"), sub_of(aoba, pool, "hanako")
    assert (sub_of(aoba, clinic, "hanako"), sub_of(aoba, pool, "yoko")) == (hers, mine)
    assert split(office, one) == ((1, 1, 0), (1, 1, 0))
    assert (sub_of(aoba, clinic, "yoko"), sub_of(aoba, pool, "hanako")) == (hers, mine)
    fresh = {sub_of(aoba, clinic, "hanako"), sub_of(aoba, pool, "yoko")}
    assert len(fresh | {hers, mine}) == 4


def test_where_the_record_cannot_tell_the_number_stays_and_is_counted(aoba, office, one):
    """A pair of a version that kept no proof."""
    clinic = aoba.register("aoba", "clinic")
    number = sub_of(aoba, clinic, "yoko")
    with aoba.product.store.for_tenant("aoba").write() as tx:
        tx.connection.execute(update(schema.pair).values(sealed_proof=None))
    assert split(office, one) == ((0, 1, 1), (0, 1, 1))
    assert sub_of(aoba, clinic, "hanako") == number
    assert sub_of(aoba, clinic, "yoko") != number


def test_a_certificate_that_came_since_counts_as_the_one_that_it_renews(aoba, office, one):
    """Yoko's card is renewed while she is taken for Hanako: what it makes is hers."""
    clinic = aoba.register("aoba", "clinic")
    aoba.control(do="renew", resident="yoko")
    aoba.control(do="tick")
    number = sub_of(aoba, clinic, "yoko")
    assert split(office, one)[1] == (1, 0, 0)
    assert sub_of(aoba, clinic, "yoko") == number


def test_a_number_made_without_a_card_is_of_the_session_s_card(aoba, office, one):
    """A browser that is signed in goes on to another sector, where the town allows that."""
    aoba.product.policies.change_tenant(office.tenant, revocation={}, single_sign_on_everywhere=True)
    clinic, browser = aoba.register("aoba", "clinic"), aoba.browser()
    enter(aoba, aoba.childcare, browser, "yoko")
    login, url = aoba.ask(clinic, browser)
    assert url.endswith("/consent")
    number = redeemed(aoba, login, aoba.consent(login, url).headers["Location"])["sub"]
    assert split(office, one)[1] == (1, 0, 0)
    assert sub_of(aoba, clinic, "yoko") == number


def test_a_number_of_the_verification_api_is_of_the_card_that_signed(aoba, office, one):
    """No page of ours was there."""
    clinic = Verifier(aoba, aoba.register("aoba", "clinic", **VERIFIES))
    number = clinic.authenticate("yoko").json["sub"]
    assert split(office, one)[1] == (1, 0, 0)
    assert clinic.authenticate("yoko").json["sub"] == number


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_changed_number_is_whose_its_predecessor_was(aoba, office, one, when):
    """A key is replaced while they are one, or afterwards: nobody's successor goes to the other, none is lost."""
    kit, clinic, pool = Kit(aoba), aoba.register("aoba", "clinic"), aoba.register("aoba", "pool")
    kit.tokens["aoba"] = office.tokens
    sub_of(aoba, clinic, "yoko")
    sub_of(aoba, pool, "hanako")
    if when == "after":
        split(office, one)
    kit.rotate()
    kit.run(kit.compromise())
    hers = [sub_of(aoba, service, "yoko") for service in (clinic, aoba.childcare)]
    mine = [sub_of(aoba, service, "hanako") for service in (pool, aoba.library)]
    if when == "before":
        assert split(office, one)[1][0] == 2
    assert [sub_of(aoba, service, "yoko") for service in (clinic, aoba.childcare)] == hers
    assert [sub_of(aoba, service, "hanako") for service in (pool, aoba.library)] == mine
    assert kit.count(schema.pair, schema.pair.c.state == "live") == 4


def test_what_either_was_given_while_they_were_one_opens_nothing_any_more(aoba, office, one):
    """Hanako's token for a number that is Yoko's by now, and Yoko's for one that stays with Hanako."""
    clinic = aoba.register("aoba", "clinic")
    sub_of(aoba, clinic, "yoko")
    given = [
        (service, aoba.redeem(*aoba.code(service, resident)).json["access_token"])
        for service, resident in ((clinic, "hanako"), (aoba.library, "yoko"))
    ]
    assert [aoba.userinfo(*each).status_code for each in given] == [200, 200]
    split(office, one)
    assert [aoba.userinfo(*each).status_code for each in given] == [401, 401]


def test_merged_again_and_split_again_the_number_comes_along(aoba, office, one):
    """A number that was given back is theirs like any other."""
    clinic = aoba.register("aoba", "clinic")
    number = sub_of(aoba, clinic, "yoko")
    split(office, one)
    library = sub_of(aoba, aoba.library, "hanako")
    again = office.merge(office.refer(aoba.library, library), office.refer(clinic, number))
    assert sub_of(aoba, clinic, "hanako") == number
    office.split(again)
    assert sub_of(aoba, clinic, "yoko") == number
    assert sub_of(aoba, clinic, "hanako") != number


def test_what_is_kept_of_a_proof_is_as_long_for_everybody_and_never_the_same(aoba):
    """A dump joins nobody by it."""
    for resident in ("hanako", "yoko"):
        for service in (aoba.library, aoba.childcare):
            sub_of(aoba, service, resident)
    column = schema.pair.c.sealed_proof
    with aoba.product.store.for_tenant("aoba").read() as tx:
        lengths = tx.connection.execute(select(func.distinct(func.length(column)))).all()
        kept = tx.connection.execute(select(column)).scalars().all()
    assert len(lengths) == 1
    assert len(set(kept)) == 4
