"""Lists are fetched before anybody asks: each in its time, those of old generations too."""

import pytest
from components.list_machine import AOBA, DAY, HOUR
from components.revocation_lists import THIS_UPDATE, crl, issuer, issuing_point

from idp.revocation.due import Scope
from idp.revocation.schedule import RefreshSchedule


@pytest.fixture
def schedule(machine):
    """`schedule(scope=..., draw=...)` over two generations, as one process has it."""

    def make(*, scope=Scope.WHOLE, draw=0.0):
        refresh = machine.process()
        return RefreshSchedule(
            refresh,
            machine.catalogue,
            anchors=lambda: [machine.anchor, issuer(2).anchor],
            scope=scope,
            now=lambda: machine.now,
            draw=lambda: draw,
        )

    return make


def publish(machine, number, this_update=THIS_UPDATE):
    """A list of each generation."""
    for generation in (1, 2):
        der = crl(number=number, this_update=this_update, by=issuer(generation))
        machine.published.put(der, issuer(generation).anchor.key_id)


def test_every_generation_s_list_is_fetched_in_its_time(machine, schedule):
    """At once where there is none, then not before it is due, and not twice then."""
    publish(machine, 5)
    keeper = schedule()
    assert [keeper.refresh_all() for _ in range(3)] == [2, 0, 0]
    machine.now += HOUR - HOUR / 60
    assert keeper.refresh_all() == 0
    machine.now += HOUR / 60
    assert [keeper.refresh_all() for _ in range(2)] == [2, 0]
    assert (machine.number(), machine.asked) == (5, 4)


def test_a_draw_makes_it_sooner(machine, schedule):
    """Before a question would find the list due."""
    publish(machine, 5)
    keeper = schedule(draw=0.96)
    keeper.refresh_all()
    machine.now += HOUR * 0.77
    publish(machine, 6, THIS_UPDATE + HOUR)
    assert keeper.refresh_all() == 2
    assert machine.number() == 6


def test_another_process_did_it(machine, schedule):
    """Each looks at what the machine has, so the machine asks once."""
    publish(machine, 5)
    one, other = schedule(), schedule()
    for _ in range(3):
        one.refresh_all()
        other.refresh_all()
        machine.now += HOUR
    assert machine.asked == 6


def test_one_that_fails_disturbs_no_other(machine, schedule):
    """It is tried again half a minute later, then a minute; the others are kept."""
    publish(machine, 5)
    broken = machine.published.put(b"no list", machine.anchor.key_id)
    keeper = schedule()
    tried = []
    for _ in range(10):
        tried.append(keeper.refresh_all())
        machine.now += HOUR / 360
        machine.seconds += 10
    assert tried == [2, 0, 0, 1, 0, 0, 0, 0, 0, 1]
    assert machine.catalogue.in_use(issuer(2).anchor, None).crl_number == 5
    machine.published.put(crl(number=6), machine.anchor.key_id)
    machine.now += HOUR / 30
    machine.seconds += 120
    assert (keeper.refresh_all(), machine.number(), broken.exists()) == (1, 6, True)


def test_the_nearer_its_end_the_sooner(machine, schedule):
    """A list that ends in an hour is asked for again after half of that."""
    publish(machine, 5)
    machine.now = THIS_UPDATE + 2 * DAY - HOUR
    keeper = schedule()
    keeper.refresh_all()
    machine.now += HOUR / 2
    publish(machine, 6, machine.now)
    assert (keeper.refresh_all(), machine.number()) == (2, 6)


@pytest.mark.parametrize(
    ("scope", "asked"), [(Scope.WHOLE, [None, None]), (Scope.POINT, [AOBA]), (Scope.BOTH, [None, AOBA, None])]
)
def test_distribution_points_are_kept_once_somebody_asked(machine, schedule, scope, asked):
    """Which of them there are, nobody tells us beforehand."""
    publish(machine, 5)
    machine.put(at=AOBA, number=5, extensions=[issuing_point("Aoba-shi")])
    machine.refresh.refresh(machine.anchor, AOBA)
    keeper = schedule(scope=scope)
    machine.now += HOUR
    assert keeper.refresh_all() == len(asked)


def test_a_folder_that_cannot_be_used(machine, schedule):
    """Tried again later, like everything else."""
    publish(machine, 5)
    machine.folder.write_bytes(b"")
    assert schedule().refresh_all() == 0
    assert machine.asked == 0
