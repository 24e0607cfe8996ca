"""From a repository into use: fetched once, refused for what it is, and the list in use stays whatever comes."""

import threading
from datetime import timedelta

import pytest
from components.list_machine import AOBA, HOUR, SERIAL, WAKABA
from components.peer import Peer
from components.revocation_lists import (
    NOW,
    THIS_UPDATE,
    by_hand,
    crl,
    entry,
    header_of,
    issuer,
    issuing_point,
    list_parts,
    raw_entry,
)
from cryptography import x509

from connectors.http import Outbound
from connectors.jlis.crl import CrlHttp
from idp.jpki.crl_refused import CrlReason, CrlRefused
from idp.jpki.revocation import NoEvidence
from idp.revocation.refresh import LOOK_EVERY, RETRY_SECONDS
from idp.store.crl_index.catalogue import SUFFIX

LATER = THIS_UPDATE + HOUR
NEWER = crl([entry(SERIAL)], number=9, this_update=LATER)


def failure(refresh, anchor, point=None) -> NoEvidence:
    """How a refresh fails."""
    with pytest.raises(NoEvidence) as caught:
        refresh.refresh(anchor, point)
    return caught.value


def test_a_list_comes_into_use(machine):
    """Missing, then fetched, then left as it is until it is due."""
    machine.put(number=5)
    assert machine.refresh.is_due(machine.anchor, None)
    for _ in range(3):
        machine.refresh.refresh(machine.anchor, None)
    assert (machine.number(), machine.asked) == (5, 1)
    machine.now += HOUR
    machine.put(number=6, this_update=LATER)
    machine.refresh.refresh(machine.anchor, None)
    assert (machine.number(), machine.asked) == (6, 2)


def test_an_unchanged_list_counts_as_fetched(machine):
    """For every process of the machine: it is not fetched again before its time."""
    machine.put(number=5)
    machine.refresh.refresh(machine.anchor, None)
    machine.now += HOUR
    machine.refresh.refresh(machine.anchor, None)
    other = machine.process()
    assert not other.is_due(machine.anchor, None)
    other.refresh(machine.anchor, None)
    assert machine.asked == 2
    machine.now += HOUR
    assert other.is_due(machine.anchor, None)


def test_a_list_in_use_is_looked_up_now_and_then(machine):
    """Whoever waits for nothing looks whether it has grown old every few seconds, and at once after a leap."""
    machine.put(number=5)
    machine.refresh.refresh(machine.anchor, None)
    list_in_use = [file for file in machine.folder.iterdir() if file.suffix == SUFFIX]
    due = []
    for passed in (timedelta(0), LOOK_EVERY / 2, LOOK_EVERY / 2, -HOUR):
        machine.now += passed
        due.append(machine.refresh.is_found_due(machine.anchor, None))
        for file in list_in_use:
            file.unlink(missing_ok=True)
    assert due == [False, False, True, True]


@pytest.mark.parametrize(
    ("der", "reason"),
    [
        (crl([entry(SERIAL)], number=4, this_update=LATER), CrlReason.ROLLBACK),
        (crl([entry(SERIAL)], number=9, this_update=THIS_UPDATE - HOUR), CrlReason.ROLLBACK),
        (NEWER[:-1], CrlReason.GARBLED),
        (NEWER[:200], CrlReason.GARBLED),
        (b"", CrlReason.GARBLED),
        (NEWER + b"\0", CrlReason.GARBLED),
        (crl(number=9, this_update=LATER, extensions=[issuing_point("Aoba-shi")]), CrlReason.SCOPE),
        (by_hand(None, number=9, extensions=b""), CrlReason.UNKNOWN_ISSUER),
        (crl(number=9, by=issuer(2)), CrlReason.UNKNOWN_ISSUER),
        (NEWER[:-1] + bytes([NEWER[-1] ^ 1]), CrlReason.SIGNATURE),
        (crl(number=9, this_update=NOW + 2 * HOUR + timedelta(minutes=2)), CrlReason.NOT_YET),
    ],
    ids=[
        "an older number",
        "an older time",
        "cut by one",
        "cut in the middle",
        "empty",
        "one too long",
        "a distribution point's for the whole CA's",
        "without key identifier",
        "another generation's",
        "another signature",
        "of tomorrow",
    ],
)
def test_revocation_list_refused(machine, der, reason):
    """Each by its name, and the list in use goes on being used."""
    machine.put(number=5)
    machine.refresh.refresh(machine.anchor, None)
    machine.now += HOUR
    machine.put(der)
    refused = failure(machine.refresh, machine.anchor)
    assert isinstance(refused, CrlRefused)
    assert (refused.reason, refused.stale) == (reason, reason is CrlReason.ROLLBACK)
    assert machine.number() == 5
    assert [file.suffix for file in machine.folder.iterdir() if file.suffix == ".tmp"] == []


@pytest.mark.parametrize("offered", [None, "Wakaba-shi"])
def test_revocation_list_of_a_wrong_distribution_point(machine, offered):
    """Aoba is asked for; the whole CA's list or Wakaba's comes: refused, Aoba's stays."""
    machine.put(at=AOBA, number=5, extensions=[issuing_point("Aoba-shi")])
    machine.refresh.refresh(machine.anchor, AOBA)
    machine.now += HOUR
    extensions = [] if offered is None else [issuing_point(offered)]
    machine.put(at=AOBA, number=9, this_update=LATER, extensions=extensions)
    refused = failure(machine.refresh, machine.anchor, AOBA)
    assert (refused.reason, machine.number(AOBA), machine.number(WAKABA)) == (CrlReason.SCOPE, 5, None)
    assert machine.number() is None


@pytest.mark.parametrize(
    ("claimed", "reason"),
    [(900_000_000, CrlReason.TOO_LARGE), (2_000_000, CrlReason.GARBLED)],
    ids=["more than is allowed", "less than what comes"],
)
def test_revocation_list_without_end(machine, claimed, reason):
    """A server that sends entries for ever: nobody reads on past the cap or the list's own length."""
    machine.put(number=5)
    machine.refresh.refresh(machine.anchor, None)
    machine.now += HOUR
    start, _ = list_parts(b"", by=issuer(), number=9)
    entries = raw_entry(b"\x07\x00\x12\x34") * 4000
    head = header_of(0x30, claimed) + header_of(0x30, claimed - 300) + start + header_of(0x30, claimed - 900)
    sent = []

    def forever(_request):
        yield b"HTTP/1.1 200 OK\r\nContent-Type: application/pkix-crl\r\n\r\n" + head
        while True:
            sent.append(len(entries))
            yield entries

    with Peer(forever) as peer:
        cap = 3_000_000
        outbound = Outbound([peer.origin], read_seconds=20.0, max_bytes=cap)
        way = machine.process(source=CrlHttp(peer.origin, outbound), max_bytes=cap)
        assert failure(way, machine.anchor).reason is reason
    assert machine.number() == 5
    assert sum(sent) < cap + 8_000_000  # what sockets hold beside


def test_a_repository_that_fails_is_left_alone(machine):
    """By this process, for a short while; then one question is risked, and an answer heals it."""
    machine.put(number=5)
    machine.published.status = 503
    assert "answered 503" in str(failure(machine.refresh, machine.anchor))
    assert "answered 503" in str(failure(machine.refresh, machine.anchor))
    assert machine.asked == 1
    machine.seconds += RETRY_SECONDS
    machine.published.status = 200
    machine.refresh.refresh(machine.anchor, None)
    assert (machine.number(), machine.asked) == (5, 2)


def test_lists_fail_one_by_one(machine):
    """A distribution point without a list does not stop the whole CA's."""
    machine.put(number=5)
    assert "404" in str(failure(machine.refresh, machine.anchor, AOBA))
    machine.refresh.refresh(machine.anchor, None)
    assert machine.number() == 5


def test_an_old_list_is_no_success(machine):
    """It comes into use, for whom it names is revoked; and it is asked for again, but not at every question."""
    machine.now += 30 * HOUR
    machine.put(number=5, this_update=THIS_UPDATE - 24 * HOUR)
    old = failure(machine.refresh, machine.anchor)
    assert (old.stale, machine.number()) == (True, 5)
    again = failure(machine.refresh, machine.anchor)
    assert (again.stale, machine.asked) == (True, 1)


def test_who_waits_for_his_turn_fetches_nothing(machine):
    """Another process is at it: this one waits, then finds the list fresh."""
    machine.put(number=5)
    machine.published.gate.clear()
    ways = [machine.process() for _ in range(4)]
    threads = [threading.Thread(target=way.refresh, args=(machine.anchor, None)) for way in ways]
    for thread in threads:
        thread.start()
    machine.published.gate.set()
    for thread in threads:
        thread.join(20)
    assert (machine.number(), machine.asked) == (5, 1)


def test_a_delta_list_is_refused_by_name(machine):
    """Taken for a whole one it would take everybody else's revocation back."""
    machine.put(number=9, extensions=[(x509.DeltaCRLIndicator(5), True)])
    assert failure(machine.refresh, machine.anchor).reason is CrlReason.DELTA


def test_old_generations_have_lists_of_their_own(machine):
    """By key identifier: all generations of a CA bear one name."""
    machine.put(number=5)
    machine.published.put(crl(number=3, by=issuer(2)), issuer(2).anchor.key_id)
    for anchor in (machine.anchor, issuer(2).anchor):
        machine.refresh.refresh(anchor, None)
    assert machine.number() == 5
    assert machine.catalogue.in_use(issuer(2).anchor, None).crl_number == 3
