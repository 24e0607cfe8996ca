"""Two people made one by two officers, and parted again: which number stays where, and who is told."""

import pytest
from components.residents import Office, sub_of

from idp.oversight import ledger
from idp.oversight.approval import ApprovalRefused
from idp.people import forgetting
from idp.registration import NotAllowed


@pytest.fixture
def office(aoba):
    """Two officers of a fresh town."""
    return Office(aoba)


def test_where_one_alone_was_known_the_number_moves_unchanged(aoba, office):
    """Hanako at the library, Yoko at childcare: merged, both cards get both numbers."""
    library, family = sub_of(aoba, aoba.library, "hanako"), sub_of(aoba, aoba.childcare, "yoko")
    office.merge(office.refer(aoba.library, library), office.refer(aoba.childcare, family))
    for resident in ("hanako", "yoko"):
        assert sub_of(aoba, aoba.library, resident) == library
        assert sub_of(aoba, aoba.childcare, resident) == family
        assert sub_of(aoba, aoba.school, resident) == family


def test_where_both_were_known_the_older_grant_stays(aoba, office):
    """The library knew both: the number of the older grant stays, whoever survives; the service is told once."""
    aoba.product.event_receivers.change(
        office.tenant, office.tenant.clients[aoba.library.client_id], "http://127.0.0.1:9/events", None
    )
    old = sub_of(aoba, aoba.library, "yoko")
    aoba.control(do="clock", seconds=3 * 24 * 3600)
    young = sub_of(aoba, aoba.library, "hanako")
    keep, other = office.refer(aoba.library, young), office.refer(aoba.library, old)
    facts = aoba.product.wishes.join_facts(office.tenant, keep, other)
    assert facts["services_with_another_number"] == ["library"]
    assert "serial" not in str(facts)
    office.merge(keep, other)
    assert sub_of(aoba, aoba.library, "hanako") == sub_of(aoba, aoba.library, "yoko") == old
    assert aoba.rows("outbox WHERE kind = 'event'") == 1


def test_a_merge_ends_the_sessions_of_whoever_is_merged(aoba, office):
    """A session that names a person who is no more would find nobody's numbers."""
    library, family = sub_of(aoba, aoba.library, "hanako"), sub_of(aoba, aoba.childcare, "yoko")
    before = live(aoba)
    office.merge(office.refer(aoba.library, library), office.refer(aoba.childcare, family))
    assert live(aoba) == before - 1


def live(town) -> int:
    """Logins that are not over."""
    return town.rows("acceptance WHERE ended_at IS NULL")


def test_a_wrong_merge_is_split(aoba, office):
    """Both get back what was theirs, with what came to their certificates since; no number is made twice."""
    before = {r: [sub_of(aoba, s, r) for s in (aoba.library, aoba.childcare)] for r in ("hanako", "yoko")}
    operation = office.merge(
        office.refer(aoba.library, before["hanako"][0]), office.refer(aoba.library, before["yoko"][0])
    )
    merged = [sub_of(aoba, s, "yoko") for s in (aoba.library, aoba.childcare)]
    assert merged == [sub_of(aoba, s, "hanako") for s in (aoba.library, aoba.childcare)]
    aoba.control(do="renew", resident="yoko")
    aoba.control(do="tick")
    assert sub_of(aoba, aoba.library, "yoko") == merged[0]
    office.split(operation)
    assert {r: [sub_of(aoba, s, r) for s in (aoba.library, aoba.childcare)] for r in before} == before
    assert aoba.rows("pair WHERE state = 'merged'") == 0


def test_a_split_returns_numbers_that_had_moved(aoba, office):
    """A number that had only gone along goes back; one made since stays with the survivor."""
    library, family = sub_of(aoba, aoba.library, "hanako"), sub_of(aoba, aoba.childcare, "yoko")
    operation = office.merge(office.refer(aoba.library, library), office.refer(aoba.childcare, family))
    office.split(operation)
    assert sub_of(aoba, aoba.childcare, "yoko") == family
    assert sub_of(aoba, aoba.library, "hanako") == library
    assert sub_of(aoba, aoba.library, "yoko") not in (library, family)
    assert sub_of(aoba, aoba.childcare, "hanako") not in (library, family)


def test_a_merge_is_split_once(aoba, office):
    """And what is no merge is not split at all."""
    library, family = sub_of(aoba, aoba.library, "hanako"), sub_of(aoba, aoba.childcare, "yoko")
    operation = office.merge(office.refer(aoba.library, library), office.refer(aoba.childcare, family))
    office.split(operation)
    for number in (operation, operation + 1, 99):
        with pytest.raises(NotAllowed):
            aoba.product.wishes.split(office.tenant, number)


def test_two_of_the_same_person_are_not_merged(aoba, office):
    """One person at two services: there is nothing to do, and it is said so."""
    subs = [sub_of(aoba, service, "hanako") for service in (aoba.library, aoba.childcare)]
    with pytest.raises(NotAllowed, match="same person"):
        office.merge(office.refer(aoba.library, subs[0]), office.refer(aoba.childcare, subs[1]))


def test_what_changed_before_the_second_yes_is_not_merged_twice(aoba, office):
    """Two proposals of one merge: the second one finds one person and does nothing."""
    library, family = sub_of(aoba, aoba.library, "hanako"), sub_of(aoba, aoba.childcare, "yoko")
    references = office.refer(aoba.library, library), office.refer(aoba.childcare, family)
    first, second = (aoba.product.wishes.join(office.tenant, *references) for _ in range(2))
    office.approve(first)
    with pytest.raises(NotAllowed):
        office.approve(second)
    assert aoba.rows("ledger WHERE operation = 'person.merged'") == 1


def test_one_officer_is_not_enough(aoba, office):
    """The same token twice is one officer."""
    library, family = sub_of(aoba, aoba.library, "hanako"), sub_of(aoba, aoba.childcare, "yoko")
    proposal = aoba.product.wishes.join(
        office.tenant, office.refer(aoba.library, library), office.refer(aoba.childcare, family)
    )
    approvals = aoba.product.trust.approvals
    approvals.approve(office.tenant, proposal.proposal_id, office.tokens[0])
    with pytest.raises(ApprovalRefused):
        approvals.approve(office.tenant, proposal.proposal_id, office.tokens[0])
    assert sub_of(aoba, aoba.library, "yoko") != library


@pytest.mark.parametrize("typed", ["", "0000-0000", "x" * 500, "7K3Q"])
def test_a_reference_that_nobody_gave_out_names_nobody(aoba, office, typed):
    """Guesses and slips are refused in words."""
    with pytest.raises(NotAllowed, match="no such reference"):
        office.read(typed)


def test_a_reference_is_for_one_service_and_for_thirty_days(aoba, office):
    """Another service's number refers to nobody; after a month a reference does not either."""
    library = sub_of(aoba, aoba.library, "hanako")
    with pytest.raises(NotAllowed):
        office.refer(aoba.childcare, library)
    reference = office.refer(aoba.library, library)
    assert office.read(f" {reference.lower().replace('-', '')} ").origin == "a number at library"
    aoba.control(do="clock", seconds=31 * 24 * 3600)
    with pytest.raises(NotAllowed):
        office.read(reference)


def test_what_is_over_is_forgotten(aoba, office):
    """A reference and a transfer code past their time are deleted, those that count are not."""
    people, reference = aoba.product.people, office.refer(aoba.library, sub_of(aoba, aoba.library, "hanako"))
    with aoba.product.store.for_tenant("aoba").write() as tx:
        people.transfer_codes.make(tx, office.tenant, people.references.read(tx, office.tenant, reference).body)
    for days, left in ((0, (1, 1)), (8, (1, 0)), (31, (0, 0))):
        aoba.control(do="clock", seconds=days * 24 * 3600)
        forgetting.forget(aoba.product.store, aoba.product.directory.all(), aoba.clock())
        assert (aoba.rows("person_reference"), aoba.rows("transfer_code")) == left


def test_the_ledger_is_whole_and_names_nobody(aoba, office):
    """Every operation is there, believed, and holds no handle, number or serial in clear."""
    library, family = sub_of(aoba, aoba.library, "hanako"), sub_of(aoba, aoba.childcare, "yoko")
    office.split(office.merge(office.refer(aoba.library, library), office.refer(aoba.childcare, family)))
    with aoba.product.store.for_tenant("aoba").read() as tx:
        found = list(ledger.entries(tx, office.tenant.keys))
        assert ledger.cut_off(tx, office.tenant) == []
    assert [entry.operation for entry in found] == ["person.merged", "person.split"]
    assert not any(entry.problem for entry in found)
    assert not any(secret in str(found) for secret in (library, family))
