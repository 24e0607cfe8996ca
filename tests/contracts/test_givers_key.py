"""The key of a tenant that gave its residents is compromised later: their numbers change where they are now."""

from dataclasses import replace

import pytest
from components.migrating import Kit
from components.user_numbers import LINKS, as_library, library

from idp.continuity.plan import Plan, Reason, affected
from idp.registration import NotAllowed
from idp.store import schema

RESIDENTS = ("hanako", "ichiro")


@pytest.fixture
def kit(either):
    """A town in which wakaba has taken over aoba's shelves; of two residents one has come since."""
    made = Kit(either)
    made.old = library(either)
    made.new = as_library(either, either.register("wakaba", "shelves", **LINKS))
    made.before = [made.old.sub(resident) for resident in RESIDENTS]
    made.old.set("hanako", "0007", new=True)
    release, merger = made.merger(made.old.service, made.new.service)
    made.start(release, "aoba")
    made.merged = made.run(merger, "wakaba")
    assert made.new.sub("hanako") == made.before[0]
    return made


def compromised(kit, *, version=1, giver="aoba"):
    """wakaba's plan for a version of the giver's key, or of its own."""
    tenant = kit.tenant("wakaba")
    sectors = tuple(sorted(tenant.sectors))
    return Plan(
        reason=Reason.COMPROMISE,
        services={client.client_id: None for client in affected(tenant, sectors)},
        window_days=30,
        sectors=sectors,
        from_version=version,
        to_version=tenant.ppid_key_version,
        other_tenant=giver,
    )


def finish(kit, migration):
    """Close its windows."""
    kit.migrations.finish(kit.tenant("wakaba"), migration, early=True)


def test_numbers_of_the_givers_version_change_at_the_taker(kit):
    """The dry run counts them; the service hears the old one; user numbers stay; who has not come gets one too."""
    finish(kit, kit.merged)
    own = kit.new.sub("sora")
    plan = compromised(kit)
    counted, services = kit.migrations.counted(kit.tenant("wakaba"), plan)
    assert (counted.numbers, services[kit.new.service.client_id]) == (2, 2)
    migration = kit.run(plan, "wakaba")
    assert kit.state(migration, "wakaba") == "open"
    claims, _ = kit.sign_in(kit.new.service)
    assert claims["previous_sub"] == kit.before[0] != claims["sub"]
    assert kit.new.done("find", {"sub": claims["sub"]})["user_number"] == "0007"
    assert kit.new.sub("sora") == own
    live = (schema.pair.c.state == "live", schema.pair.c.tenant_id == "wakaba")
    assert kit.count(schema.pair, *live, tenant_id="wakaba") == 3
    finish(kit, migration)
    assert kit.migrations.counted(kit.tenant("wakaba"), plan)[0].numbers == 0
    assert kit.old.sub("hanako") == kit.before[0]  # the old issuer's number is the giver's to change


def test_the_takers_own_compromise_meets_what_took_their_place(kit):
    """Its own version 1: not the giver's numbers before they changed, and all of its own after."""
    finish(kit, kit.merged)
    kit.new.sub("sora")
    kit.rotate("wakaba")
    assert kit.migrations.counted(kit.tenant("wakaba"), compromised(kit, giver=""))[0].numbers == 1
    plan = replace(compromised(kit), to_version=1)
    finish(kit, kit.run(plan, "wakaba"))
    assert kit.migrations.counted(kit.tenant("wakaba"), compromised(kit, giver=""))[0].numbers == 3
    before = kit.new.sub("hanako")
    migration = kit.run(compromised(kit, giver=""), "wakaba")
    claims, _ = kit.sign_in(kit.new.service)
    assert claims["previous_sub"] == before != claims["sub"]
    finish(kit, migration)
    assert kit.new.sub("hanako") == claims["sub"]


def test_going_back_restores_the_givers_numbers(kit):
    """Nobody has received a new one: as if nothing had been."""
    finish(kit, kit.merged)
    migration = kit.run(compromised(kit), "wakaba")
    kit.migrations.abort(kit.tenant("wakaba"), migration)
    kit.work()
    finish(kit, migration)
    assert kit.new.sub("hanako") == kit.before[0]
    assert kit.new.done("find", {"sub": kit.before[0]})["user_number"] == "0007"


def test_a_plan_about_ones_own_key_as_anothers_is_refused(kit):
    """And one about a version that no key has, and one while the merger is open."""
    tenant = kit.tenant("wakaba")
    for plan in (compromised(kit, giver="wakaba"), compromised(kit, version=0)):
        with pytest.raises(NotAllowed):
            kit.migrations.counted(tenant, plan)
    with pytest.raises(NotAllowed, match="not finished yet"):
        kit.migrations.counted(tenant, compromised(kit))
