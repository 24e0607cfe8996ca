"""What two officers approve, and what keeps one migration out of another's way."""

import json
from dataclasses import asdict, replace

import pytest
from components.migrating import Kit
from components.town import town

from idp.continuity import plan as plans
from idp.continuity.acts import MIGRATE
from idp.registration import NotAllowed
from idp.store import schema


@pytest.fixture
def kit(tmp_path, founded_world):
    """A town."""
    with town(tmp_path, founded_world) as made:
        yield Kit(made)


def test_nothing_happens_before_the_second_yes(kit):
    """One officer alone changes nothing; with the second it begins, and the service is in its window at once."""
    made = kit.town
    kit.sign_in(made.library)
    proposal = kit.migrations.propose(kit.tenant(), kit.sector(made.library, "family"))
    first, second = kit.officers("aoba")
    approvals = made.product.trust.approvals
    approvals.approve(kit.tenant(), proposal.proposal_id, first)
    assert (kit.count(schema.migration), kit.client(made.library).window) == (0, None)
    approvals.approve(kit.tenant(), proposal.proposal_id, second)
    assert kit.count(schema.migration) == 1
    assert made.product.directory.tenant("aoba").clients[made.library.client_id].window is not None


def test_officers_see_counts_references_and_thumbprints(kit):
    """And no number."""
    made = kit.town
    sub = kit.numbers(made.library)[0]
    proposal = kit.migrations.propose(kit.tenant(), kit.sector(made.library, "family"))
    assert proposal.summary == f"move {made.library.client_id} to the sector family: 1 residents change numbers"
    assert proposal.facts["mapping_keys"] == {made.library.client_id: "no mapping file"}
    assert sub not in json.dumps(dict(proposal.facts))


def test_a_service_is_in_one_migration_at_a_time(kit):
    """Neither planned while one is under way, nor begun when two were approved."""
    made = kit.town
    first, second = (
        kit.migrations.propose(kit.tenant(), kit.sector(made.library, sector)) for sector in ("family", "alone")
    )
    kit.approve(first.proposal_id)
    with pytest.raises(NotAllowed, match="not finished"):
        kit.migrations.propose(kit.tenant(), kit.sector(made.library, "alone"))
    with pytest.raises(NotAllowed):
        kit.approve(second.proposal_id)
    assert kit.count(schema.migration) == 1


def test_no_service_joins_a_sector_whose_numbers_change(kit):
    """It would not hear of it; when that is finished it may."""
    made = kit.town
    kit.rotate()
    migration = kit.run(kit.compromise("family"))
    with pytest.raises(NotAllowed, match="change numbers"):
        made.register("aoba", "late", sector_id="family")
    kit.migrations.finish(kit.tenant(), migration, early=True)
    kit.tenant()
    made.register("aoba", "late", sector_id="family")


def test_a_shared_sector_needs_its_purpose_here_too(kit):
    """A new sector needs none; one that others are in has one, or is given one."""
    made = kit.town
    made.register("aoba", "alone", sector_id="quiet")
    with pytest.raises(NotAllowed, match="purpose"):
        kit.start(kit.sector(made.library, "quiet"))
    kit.start(replace(kit.sector(made.library, "quiet"), sector_purpose="同じ窓口のため"))
    assert kit.tenant().sectors["quiet"].purpose == "同じ窓口のため"


def test_a_plan_reads_as_it_was_written(kit):
    """And only a plan does."""
    plan = kit.compromise()
    assert plans.read(plans.write(plan)) == plan
    members = asdict(plan)
    for name, wrong in {
        "reason": "boredom",
        "services": {"library": 7},
        "sectors": [7],
        "window_days": "30",
        "window_days ": 30,
        "from_version": True,
    }.items():
        with pytest.raises(NotAllowed):
            kit.migrations.approvals.propose(kit.tenant(), MIGRATE, {**members, name: wrong})
    for text in ("", "[]", "{}", "null", '{"reason":"sector"}'):
        with pytest.raises(NotAllowed):
            plans.read(text)


def test_a_migration_that_was_changed_in_the_database_goes_nowhere(kit):
    """The job is given up, and the row is not listed."""
    made = kit.town
    kit.sign_in(made.library)
    kit.rotate()
    kit.start(kit.compromise())
    with made.product.store.for_tenant("aoba").write() as tx:
        longer = """UPDATE migration SET plan = replace(plan, '"window_days":30', '"window_days":31')"""
        tx.connection.exec_driver_sql(longer)
    kit.work()
    assert (kit.count(schema.moved_grant), kit.migrations.all_of(kit.tenant())) == (0, [])
