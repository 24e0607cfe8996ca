"""When revocations become public: OCSP data each quarter of an hour, lists each day at midnight in Japan.

Pure: a state and an instant in, a state out. An answer's thisUpdate is the instant of the publication that it
was taken from, so a revocation is invisible until the next one.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from connectors.sandbox.state import CrlMode, OcspMode, State
from connectors.sandbox.validity import JST

OCSP_PERIOD = timedelta(minutes=15)
CRL_LIFE = timedelta(hours=48)
"""Lists come daily, and the day before's may still be the one in use."""
STALE_AGE = timedelta(days=3)


def due(state: State, now: datetime) -> State:
    """Publish whatever the clock has passed since the last publication, each at its own due instant.

    A source that is down or stale publishes nothing. A publication that lies in the future (the clock went
    back) is replaced too.
    """
    quarter, midnight = _quarter_hour(now), _midnight(now)
    if state.ocsp_mode is not OcspMode.DOWN and not quarter <= state.ocsp_at <= now:
        state = _publish_ocsp(state, quarter)
    if state.crl_mode is not CrlMode.STALE and not midnight <= state.crl_at <= now:
        state = _publish_crls(state, midnight)
    return state


def at_once(state: State, now: datetime) -> State:
    """Publish everything now; stale lists stay as they are."""
    state = _publish_ocsp(state, now)
    return state if state.crl_mode is CrlMode.STALE else _publish_crls(state, now)


def clock_moved(state: State, now: datetime) -> State:
    """What follows from a moved clock.

    What has happened stays happened: a revocation dated after `now` is dated `now`. Stale lists stay stale.
    """
    state = state.with_revocations(lambda r: replace(r, at=min(r.at, now)))
    if state.crl_mode is CrlMode.STALE:
        state = replace(state, crl_at=min(state.crl_at, now - STALE_AGE))
    return due(state, now)


def with_crl_mode(state: State, mode: CrlMode, now: datetime) -> State:
    """Age the lists (their contents stay), or publish fresh ones."""
    if mode is CrlMode.FRESH:
        return _publish_crls(replace(state, crl_mode=mode), now)
    return replace(state, crl_mode=mode, crl_at=now - STALE_AGE, crl_number=state.crl_number + 1)


def _publish_ocsp(state: State, at: datetime) -> State:
    published = state.with_revocations(lambda r: replace(r, in_ocsp=r.in_ocsp or r.at <= at))
    return replace(published, ocsp_at=at)


def _publish_crls(state: State, at: datetime) -> State:
    published = state.with_revocations(lambda r: replace(r, in_crl=r.in_crl or r.at <= at))
    return replace(published, crl_at=at, crl_number=state.crl_number + 1)


def _quarter_hour(now: datetime) -> datetime:
    return now.replace(minute=now.minute - now.minute % 15, second=0, microsecond=0)


def _midnight(now: datetime) -> datetime:
    return now.astimezone(JST).replace(hour=0, minute=0, second=0, microsecond=0).astimezone(now.tzinfo)
