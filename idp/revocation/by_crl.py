"""Revocation by lists: those in use on this machine, fetched anew where they are missing or grow old.

A resident waits for a list only when there is no fresh one, and then not for long.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import NoReturn, Protocol

from idp.jpki.revocation import Evidence, NoEvidence
from idp.jpki.trust import Anchor
from idp.revocation.due import Scope
from idp.revocation.flights import Flight, Flights
from idp.revocation.refresh import ListRefresh
from idp.store.crl_index.lists import Status, Verdict

_MISSING = Verdict(Status.EVIDENCE_MISSING)
WAIT_SECONDS = 2.0
"""The longest that anybody waits for a list: as long as its fetch has been under way for less than this."""


class ListsInUse(Protocol):
    """The lists of a machine: `IndexedLists`."""

    def evidence_for(self, anchor: Anchor, serial: int, *, point: bytes | None = None) -> Evidence:
        """Evidence that the certificate stands in no list. Raises NoEvidence, or Refusal when it does."""
        ...

    def covers(self, anchor: Anchor, point: bytes | None) -> bool:
        """Whether a fresh list speaks for such certificates."""
        ...

    def verdicts(self, anchor: Anchor, serials: Sequence[int]) -> list[Verdict]:
        """What all lists of `anchor` say of each serial number. Raises CrlRefused."""
        ...


class NoLists:
    """Revocation by lists where nobody has said where lists come from or where they are kept."""

    def evidence_for(self, anchor: Anchor, serial: int, *, point: bytes | None = None) -> NoReturn:
        """Raises NoEvidence."""
        raise NoEvidence("CRL: neither a source nor a folder of lists is configured")

    def verdicts(self, anchor: Anchor, serials: Sequence[int]) -> list[Verdict]:
        """Evidence is missing for every one."""
        return [_MISSING] * len(serials)


class ByCrl:
    """Lists in use with the way to newer ones. Safe for threads."""

    def __init__(
        self,
        lists: ListsInUse,
        refresh: ListRefresh,
        *,
        scope: Scope,
        monotonic: Callable[[], float],
        wait_seconds: float = WAIT_SECONDS,
    ) -> None:
        self._lists = lists
        self._refresh = refresh
        self._scope = scope
        self._monotonic = monotonic
        self._wait_seconds = wait_seconds
        self._flights = Flights(monotonic)

    def evidence_for(self, anchor: Anchor, serial: int, *, point: bytes | None = None) -> Evidence:
        """Evidence that the certificate does not stand in a list that covers it.

        Raises NoEvidence when there is no such list, Refusal with CERTIFICATE_REVOKED. Where lists are asked for
        at every question, one in use proves nothing while a newer one cannot be had.
        """
        if self._refresh.every:
            try:
                evidence = self._lists.evidence_for(anchor, serial, point=point)
            except NoEvidence:
                pass  # there may be some in a newer list
            else:
                self._board_due(anchor, point)
                return evidence
        failure = self._fetch(anchor, point)
        try:
            evidence = self._lists.evidence_for(anchor, serial, point=point)
        except NoEvidence as missing:
            if failure is None:
                raise
            raise NoEvidence(f"{missing}; {failure}", stale=missing.stale or failure.stale) from failure
        if failure is not None and not self._refresh.every:
            raise failure
        return evidence

    def verdicts(self, anchor: Anchor, serials: Sequence[int]) -> list[Verdict]:
        """What all lists of `anchor` say of each serial number, in the same order. Raises CrlRefused.

        Where lists are asked for at every question, only what is revoked is said while a newer one cannot be had.
        """
        if self._refresh.every and self._lists.covers(anchor, None):
            self._board_due(anchor, None)
            return self._lists.verdicts(anchor, serials)
        failure = self._fetch(anchor, None)
        found = self._lists.verdicts(anchor, serials)
        if failure is None or self._refresh.every:
            return found
        return [verdict if verdict.status is Status.REVOKED else _MISSING for verdict in found]

    def _board_due(self, anchor: Anchor, point: bytes | None) -> None:
        """Have lists that were last fetched too long ago fetched, and wait for none."""
        for one in self._scope.points(point):
            if self._refresh.is_found_due(anchor, one):
                self._board(anchor, one)

    def _fetch(self, anchor: Anchor, point: bytes | None) -> NoEvidence | None:
        """Have the lists fetched and wait until one covers the certificate; what came of it in vain, or None.

        Where lists are asked for at every question, a fetch that was under way before this question is none of
        it: it may have read what was published then.
        """
        asked = self._monotonic()
        failure: NoEvidence | None = None
        for one, flight in [(one, self._board(anchor, one)) for one in self._scope.points(point)]:
            failure = self._landed(flight)
            if flight.started < asked and not self._refresh.every:
                failure = self._landed(self._board(anchor, one))
            if failure is None and self._lists.covers(anchor, point):
                return None
        return failure

    def _landed(self, flight: Flight) -> NoEvidence | None:
        return flight.failure(until=flight.started + self._wait_seconds, monotonic=self._monotonic)

    def _board(self, anchor: Anchor, point: bytes | None) -> Flight:
        return self._flights.board((anchor.spki_sha256, point), partial(self._refresh.refresh, anchor, point))
