"""Services that share a number at the giver, and are taken over into one sector: they share it here as well."""

from contextlib import suppress

import pytest
from components.migrating import Kit
from components.town import town
from components.user_numbers import LINKS, as_library

from idp.registration import NotAllowed

PURPOSE = {"sector_id": "culture", "sector_purpose": "図書と展示の予約のため"}


@pytest.fixture
def kit(tmp_path, founded_world):
    """Library and museum share a number at aoba, and are to share it at wakaba."""
    with town(tmp_path, founded_world) as made:
        made.old = [made.register("aoba", name, **PURPOSE, **LINKS) for name in ("books", "museum")]
        made.new = [made.register("wakaba", name, **PURPOSE, **LINKS) for name in ("books", "museum")]
        yield Kit(made)


def merge(kit, giving, taking):
    """Release, accept, carry over."""
    release, merger = kit.merger(giving, taking)
    kit.start(release, "aoba")
    return kit.run(merger, "wakaba")


def test_both_have_the_shared_number_here(kit):
    """Known to both before: both hear the number that both had, beside itself; finished, it is the same."""
    (number,) = {kit.numbers(service)[0] for service in kit.town.old}
    merged = [merge(kit, *services) for services in zip(kit.town.old, kit.town.new, strict=True)]
    for service in kit.town.new:
        claims, _ = kit.sign_in(service)
        assert (claims["sub"], claims["previous_sub"]) == (number, number)
    for migration in merged:
        kit.migrations.finish(kit.tenant("wakaba"), migration, early=True)
    assert [kit.numbers(service) for service in (*kit.town.old, *kit.town.new)] == [[number]] * 4


@pytest.mark.parametrize("late", [False, True])
def test_who_was_known_to_one_of_them_alone_has_one_number_at_both(kit, late):
    """They come to the other one first, and are told by the number of the one that knew them."""
    if not late:
        (number,) = kit.numbers(kit.town.old[1])
    for services in zip(kit.town.old, kit.town.new, strict=True):
        merge(kit, *services)
    if late:
        (number,) = kit.numbers(kit.town.old[1])
    assert kit.numbers(kit.town.new[0]) == [number]
    assert kit.numbers(kit.town.new[1]) == [number]


def test_a_services_own_user_number_goes_to_that_service_alone(kit):
    """The museum's number of somebody who comes to the library first: the library is not told, the museum is."""
    merged = [merge(kit, *services) for services in zip(kit.town.old, kit.town.new, strict=True)]
    museum = as_library(kit.town, kit.town.old[1])
    museum.set("hanako", "0007", new=True)
    books, museum = (as_library(kit.town, service) for service in kit.town.new)
    sub = books.sub("hanako")
    assert books.refused("find", {"sub": sub})[0] == 404
    assert museum.sub("hanako") == sub
    for migration in merged:
        with suppress(NotAllowed):  # whoever came late is seen to first
            kit.migrations.finish(kit.tenant("wakaba"), migration, early=True)
        kit.work()
    assert museum.done("find", {"sub": sub})["user_number"] == "0007"
    assert books.refused("find", {"sub": sub})[0] == 404


def test_two_numbers_cannot_become_one(kit):
    """The giver's other service has another number for them: it is refused before anybody is moved."""
    kit.numbers(kit.town.library)
    kit.numbers(kit.town.old[0])
    merge(kit, kit.town.old[0], kit.town.new[0])
    release, merger = kit.merger(kit.town.library, kit.town.new[1])
    kit.start(release, "aoba")
    with pytest.raises(NotAllowed, match="another number"):
        kit.start(merger, "wakaba")
