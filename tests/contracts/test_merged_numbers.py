"""User numbers in a merger, on SQLite and PostgreSQL alike: whoever comes finds the number, and nobody has two."""

import pytest
from components.migrating import Kit
from components.user_numbers import LINKS, as_library, library

from idp.store import schema


@pytest.fixture
def kit(either):
    """A town in which aoba's shelves are to be served by wakaba."""
    made = Kit(either)
    made.old = library(either)
    made.new = as_library(either, either.register("wakaba", "shelves", **LINKS))
    return made


def plans(kit):
    """Release and merger of the shelves."""
    return kit.merger(kit.old.service, kit.new.service)


def merge(kit):
    """Release, accept, carry over; the taker's migration."""
    release, merger = plans(kit)
    kit.start(release, "aoba")
    return kit.run(merger, "wakaba")


def counted(kit):
    """The dry run's counts."""
    return kit.migrations.user_numbers(kit.tenant("wakaba"), plans(kit)[1])


def test_the_number_is_found_at_the_new_issuer(kit):
    """By the new `sub`, and by the number; the pending list goes along; the old issuer still answers."""
    kit.old.done("import", {"user_numbers": [{"user_number": "0008"}, {"user_number": "0009"}]})
    kit.old.set("hanako", "0007", new=True)
    kit.old.set("ichiro", "0008")
    count = counted(kit)
    assert (count.linked, count.unlinked, count.in_use, count.there) == (2, 1, 0, 0)
    merge(kit)
    for resident, number in (("hanako", "0007"), ("ichiro", "0008")):
        sub = kit.new.sub(resident)
        assert kit.new.done("find", {"sub": sub})["user_number"] == number
        assert kit.new.done("find", {"user_number": number})["sub"] == sub
    assert kit.new.done("report") == {"linked": 2, "unlinked": 1, "claimable": 0}
    assert kit.old.done("report") == {"linked": 2, "unlinked": 1, "claimable": 0}
    assert kit.new.refused("set", {"sub": kit.new.sub("sora"), "user_number": "0007"}) == (
        409,
        "user_number_in_use",
    )
    kit.new.set("sora", "0009")


def test_a_number_that_is_another_residents_at_the_taker_stays_theirs(kit):
    """Counted beforehand without a name; whoever had it at the giver arrives without one."""
    kit.old.set("hanako", "0007", new=True)
    kit.new.set("ichiro", "0007", new=True)
    count = counted(kit)
    assert (count.linked, count.in_use) == (0, 1)
    assert "0007" not in repr(count)
    merge(kit)
    hanako = kit.new.sub("hanako")
    assert kit.new.refused("find", {"sub": hanako})[0] == 404
    assert kit.new.done("find", {"user_number": "0007"})["sub"] == kit.new.sub("ichiro")


def test_who_links_after_the_carrying_brings_their_number(kit):
    """New at the giver, or linked there late: taken over at the first login at the taker."""
    kit.old.sub("hanako")
    merge(kit)
    kit.old.set("hanako", "0007", new=True)
    kit.old.set("ichiro", "0008", new=True)
    for resident, number in (("hanako", "0007"), ("ichiro", "0008")):
        assert kit.new.done("find", {"sub": kit.new.sub(resident)})["user_number"] == number


def test_who_has_a_number_of_the_takers_already_keeps_pair_and_gets_the_user_number(kit):
    """Signed in at the taker before the merger: their pair there stays, the library knows them by it."""
    kit.old.set("hanako", "0007", new=True)
    before = kit.new.sub("hanako")
    merge(kit)
    assert kit.new.sub("hanako") == before
    assert kit.new.done("find", {"sub": before})["user_number"] == "0007"


def test_a_claim_code_is_not_carried_and_not_lost_sight_of(kit):
    """The number is as guarded as before; the list with claim codes, handed in again, makes it claimable."""
    entry = {"user_number": "0007", "claim_code": "ABCD-1234"}
    kit.old.done("import", {"user_numbers": [entry]})
    assert counted(kit).claims == 1
    merge(kit)
    wish = {"sub": kit.new.sub("hanako"), "user_number": "0007", "claim_code": "ABCD-1234"}
    assert kit.new.refused("set", wish)[1] == "claim_refused"
    kit.new.done("import", {"user_numbers": [entry]})
    kit.new.done("set", wish)


def test_going_back_takes_back_what_went_over(kit):
    """Nobody came: the taker's own list is as it was, and a second attempt carries all again."""
    kit.old.done("import", {"user_numbers": [{"user_number": "0009"}, {"user_number": "0010"}]})
    kit.old.set("hanako", "0007", new=True)
    kit.old.set("ichiro", "0008", new=True)
    kit.new.done("import", {"user_numbers": [{"user_number": "0008"}]})
    migration = merge(kit)
    assert kit.new.done("report") == {"linked": 2, "unlinked": 2, "claimable": 0}
    kit.migrations.abort(kit.tenant("wakaba"), migration)
    kit.work()
    assert kit.state(migration, "wakaba") == "aborted"
    left = [(row["user_number"], row["state"]) for row in kit.new.done("export", {})["user_numbers"]]
    assert left == [("0008", "unlinked")]
    kit.migrations.finish(kit.tenant("wakaba"), migration, early=True)
    kit.run(plans(kit)[1], "wakaba")
    assert kit.new.done("find", {"sub": kit.new.sub("hanako")})["user_number"] == "0007"
    assert kit.new.done("report") == {"linked": 2, "unlinked": 2, "claimable": 0}


def test_a_service_that_keeps_none_at_the_taker_is_given_none(kit):
    """Nothing is stored for which there is no use."""
    kit.old.set("hanako", "0007", new=True)
    kit.new.service = kit.town.library_there = kit.town.register("wakaba", "plain")
    assert counted(kit) is None
    merge(kit)
    assert kit.count(schema.user_number, tenant_id="wakaba") == 0


@pytest.mark.parametrize("reason", ["compromise", "sector"])
def test_inside_a_tenant_numbers_stay_with_their_people(kit, reason):
    """A re-key and a move to another sector: found by the new `sub`, still one to one."""
    kit.old.set("hanako", "0007", new=True)
    kit.old.done("import", {"user_numbers": [{"user_number": "0009"}]})
    before = kit.old.sub("hanako")
    kit.rotate()
    kit.run(kit.compromise() if reason == "compromise" else kit.sector(kit.old.service, "family"))
    after = kit.old.sub("hanako")
    assert after != before
    assert kit.old.done("find", {"sub": after})["user_number"] == "0007"
    assert kit.old.done("find", {"user_number": "0007"})["sub"] == after
    assert kit.old.done("report") == {"linked": 1, "unlinked": 1, "claimable": 0}
    assert kit.old.refused("set", {"sub": kit.old.sub("ichiro"), "user_number": "0007"})[1] == "user_number_in_use"


def test_a_number_that_waits_for_its_code_is_nobody_else_s(kit):
    """The taker's 0007 is for whoever knows the code; that the giver had a 0007 proves nothing there."""
    kit.new.done("import", {"user_numbers": [{"user_number": "0007", "claim_code": "ABCD-1234"}]})
    kit.old.set("hanako", "0007", new=True)
    assert counted(kit).in_use == 1
    merge(kit)
    assert kit.new.refused("find", {"sub": kit.new.sub("hanako")})[0] == 404
