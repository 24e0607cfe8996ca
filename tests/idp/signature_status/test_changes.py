"""What services are told of a change, and what is kept: a table, without a town."""

from dataclasses import replace

import pytest

from connectors.ports import CertificateKind, CertificateName
from idp.signature_status import changes
from idp.signature_status.named import MOST_EARLIER, Seen
from idp.signature_status.status import SignatureStatus, Status

KEY = bytes(20)
USER = CertificateName(CertificateKind.USER, KEY, 7)
OLD, NEW, NEWEST, LAST = (CertificateName(CertificateKind.SIGNATURE, KEY, serial) for serial in (11, 12, 13, 14))
MOVED, STOPPED = "affiliationChanged", "cessationOfOperation"


def seen(status, signature=OLD, reason=None, at=1_000, earlier=()):
    """What a question finds."""
    return Seen(SignatureStatus(Status(status), at, reason), USER, signature, earlier)


def told(change):
    """Names of the events, with what the first says of the status."""
    names = [str(name) for name, _ in change.told]
    return [*names, *(data["status"] for _, data in change.told if "status" in data)]


@pytest.mark.parametrize(
    ("before", "found", "events"),
    [
        (seen("valid"), seen("valid"), []),
        (seen("valid"), seen("unknown"), []),
        (seen("valid"), seen("unknown", None), []),
        (seen("valid"), seen("unknown", NEW), []),
        (seen("unknown", None), seen("valid"), []),
        (seen("unknown", None), seen("none", None), []),
        (seen("valid"), seen("valid", NEW), []),
        (seen("valid"), seen("none", None), ["certificate-status-changed", "none"]),
        (seen("none", None), seen("valid"), ["certificate-status-changed", "valid"]),
        (seen("valid"), seen("revoked", OLD, STOPPED), ["certificate-status-changed", "revoked"]),
        (seen("unknown", None), seen("revoked", OLD, STOPPED), ["certificate-status-changed", "revoked"]),
        (seen("valid"), seen("revoked", OLD, MOVED), ["certificate-status-changed", "basic4-changed", "revoked"]),
        (seen("revoked", OLD, MOVED), seen("revoked", OLD, MOVED), []),
        (seen("revoked", OLD, MOVED), seen("revoked", NEW, MOVED), []),
        (seen("revoked", OLD, MOVED), seen("valid", NEW), ["certificate-status-changed", "valid"]),
        (
            seen("revoked", OLD, STOPPED),
            seen("revoked", NEW, MOVED),
            ["certificate-status-changed", "basic4-changed", "revoked"],
        ),
    ],
)
def test_each_change_is_told_and_nothing_else(before, found, events):
    """By the status and the certificate before and after."""
    assert told(changes.between(before, found)) == events


def test_what_nobody_could_tell_stays_known():
    """A question in vain takes nothing away; whose card was last shown is kept all the same."""
    phone = replace(USER, serial=8)
    found = replace(seen("unknown", None), user=phone)
    assert changes.between(seen("valid"), found).kept == replace(seen("valid"), user=phone)


def test_a_good_certificate_that_was_followed_is_remembered_until_a_list_says_why():
    """A move and a new certificate between two nights: the move is told, a renewal is not."""
    kept = changes.between(seen("valid"), seen("valid", NEW, at=2_000)).kept
    assert (kept.signature, kept.earlier, kept.status.checked_at) == (NEW, (OLD,), 2_000)
    moved = changes.ended(kept, {OLD: MOVED})
    assert (told(moved), moved.kept.earlier) == (["basic4-changed"], ())
    renewed = changes.ended(kept, {OLD: "superseded"})
    assert (told(renewed), renewed.kept.earlier) == ([], ())


def test_one_that_was_known_to_be_revoked_is_not_looked_up_again():
    """It was told before."""
    assert changes.between(seen("revoked", OLD, MOVED), seen("valid", NEW)).kept.earlier == ()


def test_card_and_phone_in_turn_are_one_move():
    """Both certificates were revoked by it: whoever notices first has told it for both."""
    in_turn = seen("valid", OLD)
    for used in (NEW, OLD, NEW):
        in_turn = changes.between(in_turn, seen("valid", used)).kept
    assert (in_turn.signature, in_turn.earlier) == (NEW, (OLD,))
    first = changes.between(in_turn, seen("revoked", NEW, MOVED))
    assert told(first) == ["certificate-status-changed", "basic4-changed", "revoked"]
    assert first.kept.earlier == ()
    assert told(changes.between(first.kept, seen("revoked", OLD, MOVED))) == []
    assert changes.revoked(in_turn, MOVED, at=2_000).kept.earlier == ()


def test_no_life_fills_the_record():
    """However often somebody renews without being seen, the latest few are remembered."""
    kept = seen("valid", OLD)
    for following in (NEW, NEWEST, LAST):
        kept = changes.between(kept, seen("valid", following)).kept
    assert kept.earlier == (NEWEST, NEW)
    assert len(kept.earlier) == MOST_EARLIER


@pytest.mark.parametrize(
    ("status", "reason", "changed"),
    [
        ("valid", None, False),
        ("revoked", MOVED, True),
        ("revoked", STOPPED, None),
        ("revoked", "keyCompromise", None),
        ("none", None, None),
        ("unknown", None, None),
    ],
)
def test_basic4_changed_is_said_of_a_move_alone(status, reason, changed):
    """True for affiliationChanged, false while it is good, else null; times to the quarter of an hour."""
    claim = SignatureStatus(Status(status), 1_000, reason).claim()
    reasons = {"reason": reason} if reason else {}
    assert claim == {"status": status, "checked_at": 900, **reasons, "basic4_changed": changed}


def test_a_record_is_read_as_it_was_written():
    """Blanks behind it are passed over."""
    whole = seen("revoked", NEW, MOVED, earlier=(OLD,))
    assert Seen.from_json(whole.to_json().ljust(1024)) == whole
    assert len(whole.to_json()) < 700
    bare = seen("none", None)
    assert Seen.from_json(bare.to_json().encode()) == bare
