"""Revocation lists are fetched before anybody needs them: each at its own moment, by a worker or a thread."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from idp.jpki.revocation import NoEvidence
from idp.jpki.trust import Anchor
from idp.revocation.due import Scope, Standing, next_refresh
from idp.revocation.refresh import ListRefresh
from idp.store.crl_index.catalogue import Catalogue

TURN_SECONDS = 5.0
"""How often it is worth while to look."""


@dataclass(frozen=True, slots=True)
class _Plan:
    """The draw for one list's next moment; after failures in a row, that moment."""

    draw: float
    failures: int = 0
    retry_at: datetime | None = None


class RefreshSchedule:
    """The lists of all anchors, those of old generations too. For one thread; other processes may do the same.

    `anchors`: those trusted at present. `draw`: random numbers from [0, 1).
    """

    def __init__(
        self,
        refresh: ListRefresh,
        catalogue: Catalogue,
        *,
        anchors: Callable[[], Iterable[Anchor]],
        scope: Scope,
        now: Callable[[], datetime],
        draw: Callable[[], float],
    ) -> None:
        self._refresh = refresh
        self._catalogue = catalogue
        self._anchors = anchors
        self._scope = scope
        self._now = now
        self._draw = draw
        self._plans: dict[tuple[bytes, bytes | None], _Plan] = {}

    def refresh_all(self) -> int:
        """Fetch whatever is due now, one list after another; how many were. What failed is tried again later."""
        tried = 0
        for anchor, point in self._kept():
            key = (anchor.spki_sha256, point)
            plan = self._plans.setdefault(key, _Plan(self._draw()))
            due = partial(self._due, plan)
            try:
                if due(self._refresh.standing(anchor, point)):
                    tried += 1
                    self._refresh.refresh(anchor, point, due=due)
                    self._plans[key] = _Plan(self._draw())
            except NoEvidence:
                self._plans[key] = self._after_failure(plan)
        return tried

    def _kept(self) -> Iterator[tuple[Anchor, bytes | None]]:
        """The lists that are kept: a distribution point's once somebody has asked for it."""
        for anchor in self._anchors():
            points = self._catalogue.points_of(anchor) if self._scope is not Scope.WHOLE else []
            for point in ([] if self._scope is Scope.POINT else [None]) + points:
                yield anchor, point

    def _due(self, plan: _Plan, standing: Standing | None) -> bool:
        return (plan.retry_at or self._moment(plan, standing)) <= self._now()

    def _after_failure(self, plan: _Plan) -> _Plan:
        failed = _Plan(self._draw(), plan.failures + 1)
        return replace(failed, retry_at=self._moment(failed, None))

    def _moment(self, plan: _Plan, standing: Standing | None) -> datetime:
        return next_refresh(
            standing, now=self._now(), every=self._refresh.every, failures=plan.failures, draw=plan.draw
        )
