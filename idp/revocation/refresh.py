"""Fetching one revocation list and putting it to use: one fetch per list on a machine, and none too many."""

from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Lock

import structlog

from connectors.errors import ConnectorError
from connectors.ports import CrlSource
from idp.jpki.crl_refused import CrlReason, CrlRefused
from idp.jpki.crl_scope import Scope, shard_of
from idp.jpki.revocation import NoEvidence
from idp.jpki.trust import Anchor
from idp.revocation.breaker import Breaker
from idp.revocation.due import Standing, is_due
from idp.store.crl_index.catalogue import Catalogue
from idp.store.crl_index.lists import is_fresh

RETRY_SECONDS = 10.0
"""How long a repository that failed is left alone."""
LOOK_EVERY = timedelta(seconds=5)
"""How often it is worth while to look whether a list in use has grown old."""
_TURN_SECONDS = 30.0
_LOAD_SECONDS = 10.0
_log = structlog.get_logger("idp.revocation")


class ListRefresh:
    """The way from one repository into one catalogue. Safe for threads and processes.

    `every`: the age, since it was fetched last, at which a list is fetched anew; zero: at every question.
    """

    def __init__(
        self,
        source: CrlSource,
        catalogue: Catalogue,
        *,
        every: timedelta,
        now: Callable[[], datetime],
        monotonic: Callable[[], float],
    ) -> None:
        self.every = every
        self._source = source
        self._catalogue = catalogue
        self._now = now
        self._monotonic = monotonic
        self._lock = Lock()
        self._known: dict[tuple[bytes, str], _Repository] = {}
        self._not_due_at: dict[tuple[bytes, bytes | None], datetime] = {}

    def standing(self, anchor: Anchor, point: bytes | None) -> Standing | None:
        """What this machine has of that list. Raises CrlRefused with STORAGE, and GARBLED for no name."""
        facts = self._catalogue.in_use(anchor, point)
        if facts is None:
            return None
        fetched_at = self._catalogue.fetched_at(anchor, point) or facts.loaded_at
        return Standing(facts.next_update, max(fetched_at, facts.loaded_at), is_fresh(facts, self._now()))

    def is_due(self, anchor: Anchor, point: bytes | None) -> bool:
        """Whether that list is missing, too old, or was last fetched too long ago. Raises as `standing`."""
        return is_due(self.standing(anchor, point), now=self._now(), every=self.every)

    def is_found_due(self, anchor: Anchor, point: bytes | None) -> bool:
        """The same for whoever uses the list meanwhile: one that was not due counts so for `LOOK_EVERY`."""
        now, key = self._now(), (anchor.spki_sha256, point)
        looked_at = self._not_due_at.get(key)
        if looked_at is not None and looked_at <= now < looked_at + min(LOOK_EVERY, self.every):
            return False
        due = self.is_due(anchor, point)
        if not due:
            self._not_due_at[key] = now
        return due

    def refresh(
        self, anchor: Anchor, point: bytes | None, *, due: Callable[[Standing | None], bool] | None = None
    ) -> None:
        """Fetch that list and put it to use, unless somebody did so while this one waited for his turn.

        `due` judges whether it is still to be done; `is_due` when left out. Raises NoEvidence when that fails, and
        then the list in use stays: the repository gave nothing or is left alone after a failure, the list was
        refused (CrlRefused), or is itself too old (stale).
        """
        repository = self._repository(anchor, point)
        if not self._judged(anchor, point, due):
            return
        repository.require_ready()
        with self._catalogue.turn(anchor, point, patience=_TURN_SECONDS) as done:
            if not self._judged(anchor, point, due):
                return
            started = self._now()
            try:
                self._load(anchor, point)
            except NoEvidence as failure:
                repository.failed(failure)
                _log.warning("revocation.refresh", kind=anchor.kind, detail=str(failure), stale=failure.stale)
                raise
            repository.succeeded()
            done(started)

    def _judged(self, anchor: Anchor, point: bytes | None, due: Callable[[Standing | None], bool] | None) -> bool:
        return self.is_due(anchor, point) if due is None else due(self.standing(anchor, point))

    def _load(self, anchor: Anchor, point: bytes | None) -> None:
        try:
            with self._source.open(anchor.kind, anchor.key_id, point) as stream:
                loaded = self._catalogue.load(
                    stream, [anchor], now=self._now, scope=Scope(point), patience=_LOAD_SECONDS
                )
        except ConnectorError as error:
            raise NoEvidence(f"CRL: {error}") from error
        if not is_fresh(loaded.facts, self._now()):
            raise NoEvidence("CRL: the repository has none but an old list", stale=True)

    def _repository(self, anchor: Anchor, point: bytes | None) -> "_Repository":
        with self._lock:
            return self._known.setdefault(
                (anchor.spki_sha256, shard_of(point)),
                _Repository(Breaker(self._monotonic, failures=1, retry_seconds=self._retry_seconds())),
            )

    def _retry_seconds(self) -> float:
        """Whoever wants every change at once wants to see a repository recover at once, too."""
        return min(RETRY_SECONDS, self.every.total_seconds())


class _Repository:
    """What one list's repository last did, as this process knows it."""

    def __init__(self, breaker: Breaker) -> None:
        self._breaker = breaker
        self._failure = NoEvidence("CRL: no list")

    def require_ready(self) -> None:
        """Raise the last failure again as long as the repository is left alone because of it."""
        if not self._breaker.allows():
            raise NoEvidence(f"{self._failure} (left alone since)", stale=self._failure.stale)

    def failed(self, failure: NoEvidence) -> None:
        """Nothing came of it; that another loader was busy is not the repository's fault."""
        if isinstance(failure, CrlRefused) and failure.reason is CrlReason.BUSY:
            return
        self._failure = failure
        self._breaker.failed()

    def succeeded(self) -> None:
        """A fresh list came."""
        self._breaker.succeeded()
