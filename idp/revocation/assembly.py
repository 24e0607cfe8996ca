"""Revocation by lists, put together: those in use, the way to newer ones, and what keeps them young."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from connectors.ports import CrlSource
from idp.jpki.trust import Anchor
from idp.revocation.by_crl import ByCrl, NoLists
from idp.revocation.due import Scope
from idp.revocation.refresh import ListRefresh
from idp.revocation.schedule import RefreshSchedule
from idp.store.crl_index.catalogue import Catalogue
from idp.store.crl_index.lists import IndexedLists


@dataclass(frozen=True, slots=True)
class AssembledLists:
    """What logins ask, and what a worker runs every few seconds, where there is anything to fetch."""

    by_crl: ByCrl | IndexedLists | NoLists
    schedule: RefreshSchedule | None = None


def assemble_lists(
    source: CrlSource | None,
    catalogue: Catalogue | None,
    *,
    every: timedelta,
    scope: Scope,
    anchors: Callable[[], Iterable[Anchor]],
    now: Callable[[], datetime],
    monotonic: Callable[[], float],
    token_bytes: Callable[[int], bytes],
) -> AssembledLists:
    """Lists of that source in that catalogue; without a source those that somebody loads by hand.

    `every`: as in `ListRefresh`; where it is zero, nothing is fetched beforehand.
    """
    if catalogue is None:
        return AssembledLists(NoLists())
    in_use = IndexedLists(catalogue, now)
    if source is None:
        return AssembledLists(in_use)
    refresh = ListRefresh(source, catalogue, every=every, now=now, monotonic=monotonic)
    by_crl = ByCrl(in_use, refresh, scope=scope, monotonic=monotonic)
    if not every:
        return AssembledLists(by_crl)
    schedule = RefreshSchedule(
        refresh,
        catalogue,
        anchors=anchors,
        scope=scope,
        now=now,
        draw=lambda: int.from_bytes(token_bytes(4), "big") / 2**32,
    )
    return AssembledLists(by_crl, schedule)
