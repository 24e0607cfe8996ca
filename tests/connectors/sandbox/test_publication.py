"""When revocations become public: pure transitions of the state, on exact instants."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.x509 import ReasonFlags

from connectors.sandbox import publication
from connectors.sandbox.state import CrlMode, OcspMode, Slot, State

TEN = datetime(2026, 11, 25, 10, 0, tzinfo=UTC)
MIDNIGHT = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
"""The beginning of 25 November in Japan."""
SECOND = timedelta(seconds=1)
QUARTER = timedelta(minutes=15)
DAY = timedelta(days=1)


@pytest.fixture
def state(untouched: Any) -> State:
    """Everything published at 10:00; hanako's user certificate is revoked at 10:05."""
    published = publication.due(untouched.world.state, TEN)
    certificate = published.current("hanako", Slot.AUTH)
    assert certificate is not None
    return published.revoked(certificate, ReasonFlags.cessation_of_operation, TEN + timedelta(minutes=5))


def public(state: State) -> tuple[bool, bool]:
    """Whether the revocation stands in the OCSP data, and in the list."""
    issued = state.current("hanako", Slot.AUTH)
    assert issued is not None
    assert issued.revocation is not None
    return issued.revocation.in_ocsp, issued.revocation.in_crl


def test_nothing_is_due_within_the_quarter(state: State) -> None:
    """Until the last second of the quarter of an hour the state stays the very same."""
    assert state is publication.due(state, TEN + QUARTER - SECOND)
    assert public(state) == (False, False)


def test_the_next_quarter_shows_the_revocation(state: State) -> None:
    """At the quarter itself the OCSP data are new and bear its instant; the lists are not."""
    later = publication.due(state, TEN + QUARTER)
    assert public(later) == (True, False)
    assert later.ocsp_at == TEN + QUARTER
    assert later.crl_at == MIDNIGHT


def test_a_late_look_is_given_the_instant_that_was_due(state: State) -> None:
    """Asked at 10:52:13 for the first time, the data are those of 10:45."""
    assert publication.due(state, TEN + timedelta(minutes=52, seconds=13)).ocsp_at == TEN + 3 * QUARTER


def test_a_revocation_of_the_present_quarter_is_not_in_its_data(state: State) -> None:
    """What happens at 10:20 is not in the data of 10:15, even when they are first asked for afterwards."""
    sign = state.current("hanako", Slot.SIGN)
    assert sign is not None
    state = state.revoked(sign, ReasonFlags.superseded, TEN + timedelta(minutes=20))
    later = publication.due(state, TEN + timedelta(minutes=25)).current("hanako", Slot.SIGN)
    assert later is not None
    assert later.revocation is not None
    assert not later.revocation.in_ocsp


def test_lists_come_at_midnight_in_japan(state: State) -> None:
    """A second before 15:00Z the list is yesterday's; then it is new, with the next number."""
    before = publication.due(state, MIDNIGHT + DAY - SECOND)
    after = publication.due(state, MIDNIGHT + DAY)
    assert [public(before), public(after)] == [(True, False), (True, True)]
    assert [before.crl_at, after.crl_at] == [MIDNIGHT, MIDNIGHT + DAY]
    assert before.crl_number + 1 == after.crl_number


def test_a_tick_publishes_at_once(state: State) -> None:
    """OCSP data and lists bear the instant of the tick, and the quarter that has begun adds nothing."""
    now = TEN + timedelta(minutes=7)
    ticked = publication.at_once(state, now)
    assert public(ticked) == (True, True)
    assert (now, now) == (ticked.ocsp_at, ticked.crl_at)
    assert ticked is publication.due(ticked, TEN + QUARTER - SECOND)
    assert publication.due(ticked, TEN + QUARTER).ocsp_at == TEN + QUARTER


def test_a_responder_that_is_down_publishes_nothing(state: State) -> None:
    """Up again, it first publishes what was due meanwhile."""
    down = replace(state, ocsp_mode=OcspMode.DOWN)
    assert publication.due(down, TEN + 4 * QUARTER).ocsp_at == TEN
    up = publication.due(replace(down, ocsp_mode=OcspMode.UP), TEN + 4 * QUARTER)
    assert (up.ocsp_at, public(up)) == (TEN + 4 * QUARTER, (True, False))


def test_stale_lists_age_and_keep_their_contents(state: State) -> None:
    """Stale lists are three days old, past their nextUpdate, and neither midnight nor a tick renews them."""
    stale = publication.with_crl_mode(state, CrlMode.STALE, TEN)
    assert stale.crl_at == TEN - 3 * DAY
    assert stale.crl_at + publication.CRL_LIFE < TEN
    for later in (publication.due(stale, TEN + DAY), publication.at_once(stale, TEN + DAY)):
        assert (False, stale.crl_at) == (public(later)[1], later.crl_at)


def test_fresh_lists_are_published_at_once(state: State) -> None:
    """Fresh after stale: everything revoked so far, dated now, with a higher number."""
    now = TEN + DAY
    fresh = publication.with_crl_mode(publication.with_crl_mode(state, CrlMode.STALE, TEN), CrlMode.FRESH, now)
    assert (now, True) == (fresh.crl_at, public(fresh)[1])
    assert fresh.crl_number > state.crl_number


def test_stale_lists_stay_stale_when_the_clock_goes_back(state: State) -> None:
    """A clock put back cannot make stale lists fresh again."""
    stale = publication.with_crl_mode(state, CrlMode.STALE, TEN)
    back = publication.clock_moved(stale, TEN - 2 * DAY)
    assert back.crl_at == TEN - 5 * DAY


def test_a_clock_put_back_replaces_publications_of_the_future(state: State) -> None:
    """Nothing published lies ahead of the clock; what has become public stays public."""
    shown = publication.at_once(state, TEN + QUARTER)
    back = publication.clock_moved(shown, TEN - DAY)
    assert (back.ocsp_at, back.crl_at) == (TEN - DAY, MIDNIGHT - DAY)
    assert public(back) == (True, True)


def test_a_revocation_is_never_dated_ahead_of_the_clock(state: State) -> None:
    """A clock put back takes the instants of revocations with it."""
    back = publication.clock_moved(state, TEN - DAY)
    issued = back.current("hanako", Slot.AUTH)
    assert issued is not None
    assert issued.revocation is not None
    assert issued.revocation.at == TEN - DAY


def test_a_revocation_is_not_undone_or_reasoned_anew(state: State) -> None:
    """The first revocation of a certificate stands."""
    certificate = state.current("hanako", Slot.AUTH)
    assert certificate is not None
    assert state == state.revoked(certificate, ReasonFlags.key_compromise, TEN + DAY)
