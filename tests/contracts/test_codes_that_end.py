"""A 利用者コード ends with the person whose name it was: merged into another, or no more."""

import pytest
from components.residents import Office, sub_of

from idp.registration import NotAllowed

HANAKO, YOKO = "TK7Q-93MX", "WQ4R-5T6A"


def choose(town, office, reference, code):
    """The person behind a reference chooses a code."""
    with town.product.store.for_tenant("aoba").write() as tx:
        person = town.product.people.references.read(tx, office.tenant, reference)
        town.product.people.resident_codes.choose(tx, office.tenant, person.body, code)


def owner(town, office, code):
    """Whose it is."""
    with town.product.store.for_tenant("aoba").write() as tx:
        return town.product.people.resident_codes.owner(tx, office.tenant, code)


@pytest.mark.parametrize("of_survivor", [True, False], ids=["both", "other-alone"])
def test_a_merge_cancels_the_code_of_whoever_is_merged(either, of_survivor):
    """The survivor's stays, the other's finds nobody, and dry run and ledger have said so."""
    office = Office(either)
    keep = office.refer(either.library, sub_of(either, either.library, "hanako"))
    other = office.refer(either.childcare, sub_of(either, either.childcare, "yoko"))
    if of_survivor:
        choose(either, office, keep, HANAKO)
    choose(either, office, other, YOKO)
    assert either.product.wishes.join_facts(office.tenant, keep, other)["resident_code_cancelled"] is True
    office.merge(keep, other)
    with pytest.raises(NotAllowed, match="nobody has this code"):
        owner(either, office, YOKO)
    if of_survivor:
        assert owner(either, office, HANAKO) == office.read(keep).body
    with pytest.raises(NotAllowed, match="cannot be chosen"):  # and nobody else is taken for its owner
        choose(either, office, keep, YOKO)


def test_who_is_ended_has_no_code_any_more(either):
    """Two officers say that somebody is no more: their code finds nobody."""
    office = Office(either)
    reference = office.refer(either.library, sub_of(either, either.library, "hanako"))
    choose(either, office, reference, HANAKO)
    office.approve(either.product.wishes.disable(office.tenant, reference))
    with pytest.raises(NotAllowed, match="nobody has this code"):
        owner(either, office, HANAKO)
