"""One list in use per issuer and shard: replaced by newer ones alone, whatever goes wrong meanwhile."""

import fcntl
import io
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from components.revocation_lists import NOW, THIS_UPDATE, crl, entry, issuer, issuing_point, point

from idp.jpki.crl_refused import CrlReason, CrlRefused
from idp.jpki.crl_scope import Scope
from idp.store.crl_index.catalogue import Catalogue
from idp.store.crl_index.turns import turn
from idp.store.crl_index.unknown import UnknownList

HOUR = timedelta(hours=1)
AOBA, WAKABA = point("Aoba-shi").public_bytes(), point("Wakaba-shi").public_bytes()


def refusal(lists, der) -> CrlReason:
    """Why a list is refused."""
    with pytest.raises(CrlRefused) as caught:
        lists.load(der)
    return caught.value.reason


def test_a_newer_list_replaces_the_one_in_use(lists):
    """Readers that hold the old index go on reading it; the next question goes to the new one."""
    lists.load(crl([entry(5)], number=1))
    held = lists.index()
    lists.load(crl([entry(6)], number=2))
    assert (held.reason_of(5), held.reason_of(6)) == ("unspecified", None)
    assert (lists.index().reason_of(5), lists.index().reason_of(6)) == (None, "unspecified")
    assert len(lists.catalogue.names()) == 1


def test_another_process_sees_the_new_list(lists):
    """A catalogue opened elsewhere on the same folder."""
    other = Catalogue(lists.catalogue.directory, max_bytes=1)
    assert other.covering(issuer().anchor, None) == []
    lists.load(crl([entry(5)], number=1))
    assert other.covering(issuer().anchor, None)[0].reason_of(5) == "unspecified"
    lists.load(crl([entry(6)], number=2))
    assert other.covering(issuer().anchor, None)[0].reason_of(5) is None


def test_the_same_list_again_changes_nothing(lists):
    """Loading is repeatable."""
    der = crl([entry(5)])
    first, again = lists.load(der), lists.load(der)
    assert (first.unchanged, again.unchanged, again.facts) == (False, True, first.facts)


@pytest.mark.parametrize(
    "older",
    [
        {"number": 4},
        {"number": 5},
        {"number": 4, "this_update": THIS_UPDATE + HOUR},
        {"number": 6, "this_update": THIS_UPDATE - HOUR},
        {"number": None},
        {"number": None, "this_update": THIS_UPDATE + HOUR},
    ],
    ids=str,
)
def test_rollback(lists, older):
    """Not by CRLNumber, not by thisUpdate, not by leaving the number out, and no second list of one number."""
    lists.load(crl([entry(5)], number=5))
    assert refusal(lists, crl([entry(7)], **older)) == CrlReason.ROLLBACK
    assert lists.index().reason_of(5) == "unspecified"


def test_without_numbers_this_update_must_rise(lists):
    """An issuer that numbers nothing is ordered by time; numbering may begin."""
    lists.load(crl([entry(5)], number=None))
    assert refusal(lists, crl([entry(7)], number=None)) == CrlReason.ROLLBACK
    lists.load(crl([entry(7)], number=None, this_update=THIS_UPDATE + HOUR))
    lists.load(crl([entry(8)], number=1, this_update=THIS_UPDATE + 2 * HOUR))
    assert lists.index().reason_of(8) == "unspecified"


def test_shards_have_histories_of_their_own(lists):
    """Rollback is judged per issuer and shard."""
    lists.load(crl([entry(5)], number=9, extensions=[issuing_point("Aoba-shi")]))
    lists.load(crl([entry(6)], number=3, extensions=[issuing_point("Wakaba-shi")]))
    lists.load(crl([entry(7)], number=1))
    reasons = {
        name: [
            index.reason_of(serial)
            for index in lists.catalogue.covering(issuer().anchor, name)
            for serial in (5, 6, 7)
        ]
        for name in (AOBA, WAKABA, None)
    }
    listed, absent = "unspecified", None
    assert reasons == {
        AOBA: [absent, absent, listed, listed, absent, absent],
        WAKABA: [absent, absent, listed, absent, listed, absent],
        None: [absent, absent, listed],
    }
    assert len(lists.catalogue.of_anchor(issuer().anchor)) == 3
    assert lists.catalogue.of_anchor(issuer(2).anchor) == []


def test_a_missing_shard_is_not_an_empty_one(lists):
    """No list for the point: no index, rather than an index without the serial number."""
    lists.load(crl(extensions=[issuing_point("Aoba-shi")]))
    assert len(lists.catalogue.covering(issuer().anchor, AOBA)) == 1
    assert lists.catalogue.covering(issuer().anchor, WAKABA) == []
    assert lists.catalogue.covering(issuer().anchor, None) == []


@pytest.mark.parametrize(
    "bad",
    [
        b"",
        crl(number=8)[:-1],
        crl(number=8) + b"0",
        crl(number=8, by=issuer(2)),
        crl(number=8)[:-256] + bytes(256),
    ],
    ids=["empty", "cut off", "trailing", "another issuer", "no signature"],
)
def test_a_refused_list_leaves_the_one_in_use(lists, bad):
    """Byte for byte, and under the same inode."""
    lists.load(crl([entry(5)], number=5))
    (file,) = lists.catalogue.directory.glob("*.crlidx")
    before = (file.read_bytes(), file.stat().st_ino)
    with pytest.raises(CrlRefused):
        lists.load(bad)
    assert (file.read_bytes(), file.stat().st_ino) == before
    assert lists.index().reason_of(5) == "unspecified"


def test_two_loaders(lists):
    """The second is told so, and nothing is waited for; the lock ends with its holder."""
    lists.load(crl(number=1))
    with (lists.catalogue.directory / "loading.lock").open("wb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert refusal(lists, crl(number=2)) == CrlReason.BUSY
    assert lists.load(crl(number=2)).facts.crl_number == 2


def test_a_patient_loader_waits_for_the_other(lists):
    """For so long, and no longer."""
    lists.load(crl(number=1))
    lock = f"{lists.catalogue.directory}/loading.lock"
    with ThreadPoolExecutor(1) as beside, turn(lock, patience=0):
        impatient = beside.submit(lists.load, crl(number=2), patience=0.05)
        with pytest.raises(CrlRefused, match="busy"):
            impatient.result()
        patient = beside.submit(lists.load, crl(number=3), patience=30.0)
    assert patient.result().facts.crl_number == 3


def test_a_list_of_another_scope_than_the_one_asked_for(lists):
    """The whole CA's for a distribution point, and the other way about: refused, whatever is in use stays."""
    lists.load(crl([entry(5)], number=1))
    shard = crl([entry(6)], number=2, extensions=[issuing_point("Aoba-shi")])
    asked = [(shard, None), (shard, WAKABA), (crl(number=2), AOBA)]
    for der, wanted in asked:
        with pytest.raises(CrlRefused) as caught:
            lists.load(der, scope=Scope(wanted))
        assert caught.value.reason is CrlReason.SCOPE
    assert (lists.index().facts.crl_number, len(lists.catalogue.names())) == (1, 1)
    assert lists.load(shard, scope=Scope(AOBA)).facts.point == AOBA


def test_a_turn_is_one_list_s_and_remembers_when_it_was_last_done(lists):
    """Another list's turn is free meanwhile; the time is that which the last to finish gave."""
    catalogue, anchor = lists.catalogue, lists.anchors[0]
    assert catalogue.fetched_at(anchor, None) is None
    with catalogue.turn(anchor, None, patience=0) as done:
        with pytest.raises(CrlRefused, match="busy"), catalogue.turn(anchor, None, patience=0.05):
            pass
        with catalogue.turn(anchor, AOBA, patience=0), catalogue.turn(issuer(2).anchor, None, patience=0):
            pass
        assert catalogue.fetched_at(anchor, None) is None
        done(NOW)
    assert catalogue.fetched_at(anchor, None) == NOW
    with catalogue.turn(anchor, None, patience=0) as done:
        done(NOW + HOUR / 7)
    assert Catalogue(catalogue.directory, max_bytes=1).fetched_at(anchor, None) == NOW + HOUR / 7
    assert catalogue.fetched_at(anchor, AOBA) is None


def test_a_list_from_the_future_keeps_no_other_out(lists):
    """Taken while the clock was ahead: when it is set back, a list of today comes in, if its number rises."""
    lists.now = NOW + 100 * HOUR
    lists.load(crl(number=5, this_update=THIS_UPDATE + 100 * HOUR))
    lists.now = NOW
    assert refusal(lists, crl(number=5)) is CrlReason.ROLLBACK
    assert lists.load(crl(number=6)).facts.crl_number == 6
    assert refusal(lists, crl(number=7, this_update=THIS_UPDATE - HOUR)) is CrlReason.ROLLBACK


def test_the_points_of_which_there_are_lists(lists):
    """Of that anchor; a damaged index names none."""
    lists.load(crl())
    for name in ("Aoba-shi", "Wakaba-shi"):
        lists.load(crl(extensions=[issuing_point(name)]))
    assert sorted(lists.catalogue.points_of(lists.anchors[0])) == sorted([AOBA, WAKABA])
    assert lists.catalogue.points_of(issuer(2).anchor) == []
    for name in lists.catalogue.names():
        (lists.catalogue.directory / name).write_bytes(b"damaged")
    assert lists.catalogue.points_of(lists.anchors[0]) == []


def test_what_a_dead_loader_left_is_written_over(lists):
    """A temporary file is no index."""
    lists.load(crl(number=1))
    (lists.catalogue.directory / "loading.tmp").write_bytes(b"half an index")
    assert len(lists.catalogue.names()) == 1
    assert lists.load(crl(number=2)).facts.crl_number == 2
    assert not (lists.catalogue.directory / "loading.tmp").exists()


def test_a_full_disk_leaves_the_list_in_use(lists):
    """Writing fails; the temporary file is a device that is always full."""
    lists.load(crl([entry(5)], number=1))
    (lists.catalogue.directory / "loading.tmp").symlink_to("/dev/full")
    assert refusal(lists, crl([entry(6)], number=2)) == CrlReason.STORAGE
    assert lists.index().reason_of(5) == "unspecified"
    assert lists.load(crl([entry(6)], number=2)).facts.crl_number == 2


def test_a_folder_that_is_none(tmp_path, lists):
    """A typed refusal."""
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(CrlRefused) as caught:
        Catalogue(tmp_path / "file", max_bytes=9999).load(io.BytesIO(crl()), lists.anchors, now=lambda: NOW)
    assert caught.value.reason is CrlReason.STORAGE
    with pytest.raises(CrlRefused):
        Catalogue(tmp_path / "file", max_bytes=9).covering(issuer().anchor, None)
    with pytest.raises(CrlRefused):
        lists.catalogue.index("nothing.whole.crlidx")


def test_files_that_cannot_be_used(lists):
    """A folder where a file should be: STORAGE, for what is in use and for what would be written."""
    (lists.catalogue.directory / "unknown-issuers.json.tmp").mkdir(parents=True)
    assert refusal(lists, crl(by=issuer(2))) == CrlReason.STORAGE
    lists.load(crl(number=1))
    (file,) = lists.catalogue.directory.glob("*.crlidx")
    file.unlink()
    file.mkdir()
    assert refusal(lists, crl(number=2)) == CrlReason.STORAGE
    with pytest.raises(CrlRefused) as caught:
        lists.index()
    assert caught.value.reason is CrlReason.STORAGE


def test_damage_is_seen_and_mended_by_loading(lists):
    """Any changed octet of the facts, another length, another tables' hash; a list loaded over it mends it."""
    lists.load(crl([entry(5), entry(2**90)], number=5))
    lists.index().require_sound()
    (file,) = lists.catalogue.directory.glob("*.crlidx")
    whole = file.read_bytes()

    def damaged(octets: bytes):
        file.unlink()
        file.write_bytes(octets)
        with pytest.raises(CrlRefused) as caught:
            lists.index().require_sound()
        return caught.value.reason

    flipped = [whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :] for at in (0, 9, 43, 60, 200, -1, -30)]
    for octets in (*flipped, b"", whole[:100], whole[:-8], whole + bytes(8)):
        assert damaged(octets) == CrlReason.DAMAGED
    assert lists.load(crl([entry(6)], number=1)).facts.crl_number == 1
    lists.index().require_sound()


def test_unknown_issuers_outlive_a_power_cut(lists, monkeypatch):
    """The file is on the disk before it takes the old one's place, and so is the folder after."""
    synced = []
    real = os.fsync
    monkeypatch.setattr(os, "fsync", lambda handle: (synced.append(os.fstat(handle).st_mode), real(handle)))
    assert refusal(lists, crl(by=issuer(2))) == CrlReason.UNKNOWN_ISSUER
    assert [stat.S_ISDIR(mode) for mode in synced] == [False, True]


def test_unknown_issuers_are_remembered(lists):
    """Once each, the latest first, and no more than a hundred."""
    for by, minute in ((2, 0), (3, 1), (2, 2)):
        lists.now = NOW + timedelta(minutes=minute)
        assert refusal(lists, crl(by=issuer(by))) == CrlReason.UNKNOWN_ISSUER
    name = issuer().certificate.subject.public_bytes()
    assert lists.catalogue.unknown_issuers() == [
        UnknownList(issuer(2).anchor.key_id, name, NOW + timedelta(minutes=2)),
        UnknownList(issuer(3).anchor.key_id, name, NOW + timedelta(minutes=1)),
    ]
    (lists.catalogue.directory / "unknown-issuers.json").write_text("[1]")
    with pytest.raises(CrlRefused):
        lists.catalogue.unknown_issuers()
    assert refusal(lists, crl(by=issuer(2))) == CrlReason.UNKNOWN_ISSUER
    assert [known.key_id for known in lists.catalogue.unknown_issuers()] == [issuer(2).anchor.key_id]
