"""Who waits for a list, how long, and what is answered meanwhile."""

import io
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import pytest
from components.list_machine import AOBA, DAY, HOUR, SERIAL, WAKABA
from components.list_sources import whole
from components.revocation_lists import THIS_UPDATE, crl, entry, issuing_point

from connectors.ports import CrlSource
from idp.errors import Reason, Refusal
from idp.jpki.revocation import NoEvidence
from idp.revocation.by_crl import NoLists
from idp.revocation.due import Scope

LATER = THIS_UPDATE + HOUR


@pytest.fixture
def ask(machine):
    """The method, with patience for a disk that halts for a moment."""
    return asking(machine, wait_seconds=30)


def asking(machine, wait_seconds):
    """The method as it is asked for one serial."""
    by_crl = machine.by_crl(monotonic=time.monotonic, wait_seconds=wait_seconds)
    return lambda serial=SERIAL, point=AOBA: by_crl.evidence_for(machine.anchor, serial, point=point)


def lacking(ask, **asked):
    """How evidence is missing, and the seconds until that was said."""
    started = time.monotonic()
    with pytest.raises(NoEvidence) as caught:
        ask(**asked)
    return caught.value, time.monotonic() - started


def until(condition, seconds=10.0):
    """Wait for something that another thread does."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_a_missing_list_is_waited_for(machine, ask):
    """The first question fetches it."""
    machine.put(crl([entry(SERIAL + 1)], number=5))
    assert ask().this_update == THIS_UPDATE
    with pytest.raises(Refusal) as refused:
        ask(SERIAL + 1)
    assert refused.value.reason is Reason.CERTIFICATE_REVOKED
    assert machine.asked == 1


def test_nobody_waits_for_a_newer_list_than_a_fresh_one(machine, ask):
    """It is fetched all the same, beside; the next question has it."""
    machine.put(number=5)
    ask()
    machine.now += HOUR
    machine.put(crl([entry(SERIAL)], number=6, this_update=LATER))
    machine.published.gate.clear()
    started = time.monotonic()
    assert ask().this_update == THIS_UPDATE
    assert time.monotonic() - started < 15
    machine.published.gate.set()
    until(lambda: machine.number() == 6)
    with pytest.raises(Refusal):
        ask()


def test_a_repository_that_does_not_answer_is_waited_for_only_so_long(machine):
    """The first waits; who comes when that time is over does not wait at all; when the list comes, it serves."""
    ask = asking(machine, wait_seconds=1.0)
    machine.put(number=5)
    machine.published.gate.clear()
    first, waited = lacking(ask)
    assert "still being fetched" in str(first)
    assert 0.9 < waited < 5
    _, waited = lacking(ask)
    assert waited < 0.8
    machine.published.gate.set()
    until(lambda: machine.number() == 5)
    assert ask().this_update == THIS_UPDATE
    assert machine.asked == 1


def test_a_dead_repository_leaves_the_list_in_use(machine, ask):
    """As long as it is fresh; then everybody is refused for its age, at once; revocations stand even then."""
    machine.put(crl([entry(SERIAL + 1)], number=5))
    ask()
    machine.published.status = 503
    machine.now += 2 * HOUR
    assert ask().this_update == THIS_UPDATE
    machine.now += 3 * DAY
    failure, waited = lacking(ask)
    assert failure.stale
    assert waited < 0.8
    with pytest.raises(Refusal):
        ask(SERIAL + 1)


def test_no_list_at_all(machine, ask):
    """Unavailable, which is another thing than too old; neither is a configuration without lists."""
    failure, _ = lacking(ask)
    assert (failure.stale, "404" in str(failure)) == (False, True)
    failure, _ = lacking(lambda: NoLists().evidence_for(machine.anchor, SERIAL))
    assert not failure.stale


@pytest.mark.parametrize(
    ("scope", "asked"),
    [(Scope.WHOLE, {None}), (Scope.POINT, {AOBA}), (Scope.BOTH, {None, AOBA})],
)
def test_which_lists_are_fetched(machine, scope, asked):
    """That of the whole CA, of the certificate's distribution point, or both."""
    machine.put(number=5)
    machine.put(at=AOBA, number=5, extensions=[issuing_point("Aoba-shi")])
    by_crl = machine.by_crl(monotonic=time.monotonic, scope=scope)
    by_crl.evidence_for(machine.anchor, SERIAL, point=AOBA)
    until(lambda: {p for p in (None, AOBA, WAKABA) if machine.number(p)} == asked)
    assert machine.asked == len(asked)


def test_either_list_may_speak(machine):
    """Where both are kept, the lack of one is no lack; a revocation in one is one."""
    machine.put(at=AOBA, number=5, extensions=[issuing_point("Aoba-shi")])
    by_crl = machine.by_crl(monotonic=time.monotonic, scope=Scope.BOTH)
    assert by_crl.evidence_for(machine.anchor, SERIAL, point=AOBA).this_update == THIS_UPDATE
    with pytest.raises(NoEvidence):
        by_crl.evidence_for(machine.anchor, SERIAL, point=WAKABA)


def test_a_distribution_point_s_list_is_enough(machine):
    """And says nothing about another's certificates."""
    machine.put(crl([entry(SERIAL + 1)], number=5, extensions=[issuing_point("Aoba-shi")]), at=AOBA)
    by_crl = machine.by_crl(monotonic=time.monotonic, scope=Scope.POINT)
    assert by_crl.evidence_for(machine.anchor, SERIAL, point=AOBA).this_update == THIS_UPDATE
    with pytest.raises(Refusal):
        by_crl.evidence_for(machine.anchor, SERIAL + 1, point=AOBA)
    with pytest.raises(NoEvidence):
        by_crl.evidence_for(machine.anchor, SERIAL, point=WAKABA)


@pytest.fixture
def always(machine):
    """The method that asks at every question, as the sandbox does."""
    machine.every = HOUR * 0
    by_crl = machine.by_crl(monotonic=time.monotonic, refresh=machine.process())
    return lambda serial=SERIAL: by_crl.evidence_for(machine.anchor, serial, point=AOBA)


def test_asking_at_every_question(machine, always):
    """Every change is seen at once."""
    for number, listed in ((5, []), (6, [entry(SERIAL)])):
        machine.put(crl(listed, number=number))
        if listed:
            with pytest.raises(Refusal):
                always()
        else:
            always()
    assert machine.asked == 2


def test_asking_at_every_question_uses_nothing_else(machine, always):
    """A repository that is down or offers an old list proves nothing, though the list in use is fresh."""
    machine.put(crl([entry(SERIAL + 1)], number=5))
    always()
    machine.put(number=6, this_update=THIS_UPDATE - 3 * DAY)
    failure, _ = lacking(always)
    assert failure.stale
    machine.published.status = 503
    failure, _ = lacking(always)
    assert not failure.stale
    with pytest.raises(Refusal):
        always(SERIAL + 1)
    machine.published.status = 200
    machine.put(number=7)
    assert always().this_update == THIS_UPDATE


@dataclass
class Held:
    """A repository whose lists arrive only when they are let through, as they were when they were asked for."""

    source: CrlSource
    through: threading.Event = field(default_factory=threading.Event)
    read: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def open(self, kind, key_id, point=None):
        """Read it whole, then wait."""
        der = whole(self.source, key_id, point)
        self.read.set()
        self.through.wait()
        yield io.BytesIO(der)


def test_asking_at_every_question_joins_no_earlier_question(machine):
    """A list published after somebody else's fetch began is seen by whoever asks after that."""
    machine.every = HOUR * 0
    held = Held(machine.published.source())
    looked = Counter()

    def clock():
        looked[threading.get_ident()] += 1
        return time.monotonic()

    by_crl = machine.by_crl(monotonic=clock, refresh=machine.process(source=held))
    machine.put(number=5)
    with ThreadPoolExecutor(2) as pool:
        earlier = pool.submit(by_crl.evidence_for, machine.anchor, SERIAL, point=AOBA)
        assert held.read.wait(10)
        machine.put(crl([entry(SERIAL)], number=6))
        later = pool.submit(by_crl.evidence_for, machine.anchor, SERIAL, point=AOBA)
        until(lambda: len(looked) == 2 and min(looked.values()) >= 2)  # once to ask, once to wait: it has joined
        held.through.set()
        with pytest.raises(Refusal):
            later.result()
        with suppress(Refusal):  # the newer list may have come before it was looked at
            earlier.result()
    assert machine.asked == 2


def statuses(verdicts):
    """What is said of each number."""
    return [str(verdict.status) for verdict in verdicts]


def test_serial_numbers_alone_have_the_list_fetched(machine):
    """Missing: fetched and waited for; old: fetched beside; ended while the repository is down: no evidence."""
    by_crl = machine.by_crl(monotonic=time.monotonic)
    numbers = [SERIAL, SERIAL + 1]
    machine.put(crl([entry(SERIAL + 1)], number=5))
    assert statuses(by_crl.verdicts(machine.anchor, numbers)) == ["not_listed", "revoked"]
    machine.now += HOUR
    machine.put(number=6, this_update=LATER)
    by_crl.verdicts(machine.anchor, numbers)
    until(lambda: machine.number() == 6)
    machine.published.status = 503
    machine.now += 3 * DAY
    assert statuses(by_crl.verdicts(machine.anchor, numbers)) == ["evidence_missing"] * 2
    assert statuses(NoLists().verdicts(machine.anchor, numbers)) == ["evidence_missing"] * 2


def test_serial_numbers_alone_asked_at_every_question(machine):
    """A repository that is down leaves only revocations."""
    machine.every = HOUR * 0
    by_crl = machine.by_crl(monotonic=time.monotonic, refresh=machine.process())
    machine.put(crl([entry(SERIAL + 1)], number=5))
    numbers = [SERIAL, SERIAL + 1]
    assert statuses(by_crl.verdicts(machine.anchor, numbers)) == ["not_listed", "revoked"]
    machine.published.status = 503
    assert statuses(by_crl.verdicts(machine.anchor, numbers)) == ["evidence_missing", "revoked"]
