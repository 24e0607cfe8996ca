"""The keys of services, wherever they are: registered by value, or published by them and fetched when needed.

A service changes its published keys without a word. So a key id that is unknown is a reason to look again, once;
how often that happens is bounded, since anybody may make one up.
"""

from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import structlog

from connectors.errors import ConnectorError
from connectors.ports import KeySetSource
from idp.keys.encryption import PublicKey
from idp.revocation.single_flight import SingleFlight
from idp.services import client_keys
from idp.services.client_keys import KeysRefused, Lookup
from idp.tenants.tenancy import Client, Tenant

FRESH_SECONDS = 600.0
"""How long a set is used without a look at its source: a key that its service withdrew counts no longer then."""
STALE_SECONDS = 3600.0
"""...and how long while its source does not answer."""
FETCHES, PER_SECONDS = 3, 60.0
"""How often one service is asked at most, from this process."""
PAUSE_SECONDS = 20.0
"""How long a service whose keys could not be had is left alone: each waiting request holds a thread."""
PATIENCE_SECONDS = 1.0
"""How long after a fetch began others wait for it with the one that made it: a living service has answered by
then, and a dead one holds a single thread for the rest of its time."""
_log = structlog.get_logger("idp.clients")
Chosen = Callable[[Sequence[PublicKey]], Sequence[PublicKey]]
_Place = tuple[str, str]


@dataclass(frozen=True, slots=True)
class _Held:
    """A set as it was fetched from `uri` at `at`, in seconds of the monotonic clock."""

    uri: str
    keys: tuple[PublicKey, ...]
    at: float


class KeySets:
    """The keys of every tenant's services, for one process."""

    def __init__(self, source: KeySetSource, monotonic: Callable[[], float]) -> None:
        self._source = source
        self._monotonic = monotonic
        self._held: dict[_Place, _Held] = {}
        self._fetches: dict[_Place, deque[float]] = defaultdict(lambda: deque(maxlen=FETCHES))
        self._failed: dict[_Place, float] = {}
        self._began: dict[_Place, float] = {}
        self._flights: SingleFlight[_Held | None] = SingleFlight()

    def of(self, tenant: Tenant, client: Client) -> Lookup:
        """The service's keys by key id, none where they cannot be had."""
        return lambda kid: self.matching(tenant, client, partial(client_keys.named, kid=kid))

    def matching(self, tenant: Tenant, client: Client, chosen: Chosen) -> Sequence[PublicKey]:
        """Those of the service's keys that `chosen` picks; where that is none, the service is asked anew."""
        if client.jwks_uri is None:
            return chosen(client.keys)
        held = self._usable((tenant.tenant_id, client.client_id), client.jwks_uri)
        fresh = held is not None and self._monotonic() - held.at < FRESH_SECONDS
        if held is not None and fresh and (found := chosen(held.keys)):
            return found
        latest = self._anew(tenant, client, client.jwks_uri, held) or held
        return chosen(latest.keys) if latest is not None else ()

    def _usable(self, place: _Place, uri: str) -> _Held | None:
        held = self._held.get(place)
        if held is None or held.uri != uri or self._monotonic() - held.at >= STALE_SECONDS:
            return None
        return held

    def _anew(self, tenant: Tenant, client: Client, uri: str, known: _Held | None) -> _Held | None:
        """The set as it is now; None when the service cannot be asked, or was asked often enough."""
        place = (tenant.tenant_id, client.client_id)

        def fetch() -> _Held | None:
            latest = self._usable(place, uri)
            if latest is not known:  # somebody else was faster
                return latest
            if not self._may_ask(place):
                return None
            self._began[place] = self._monotonic()
            try:
                keys = client_keys.published(self._source.fetch(uri, sandbox=tenant.sandbox))
            except (ConnectorError, KeysRefused) as error:
                self._failed[place] = self._monotonic()
                _log.warning("client.keys-not-fetched", client=client.client_id, problem=str(error))
                return None
            finally:
                del self._began[place]
            held = self._held[place] = _Held(uri, keys, self._monotonic())
            return held

        try:
            return self._flights.run((*place, uri), fetch, patience=lambda: self._patience(place))
        except TimeoutError:
            return None

    def _patience(self, place: _Place) -> float:
        """For how many seconds the fetch that is under way is still worth a thread's wait."""
        now = self._monotonic()
        return max(0.0, self._began.get(place, now) + PATIENCE_SECONDS - now)

    def _may_ask(self, place: _Place) -> bool:
        """Count one more fetch, unless there were enough. Only one flight of a place is here at a time."""
        now, fetches = self._monotonic(), self._fetches[place]
        if now - self._failed.get(place, -PAUSE_SECONDS) < PAUSE_SECONDS:
            return False
        if len(fetches) == FETCHES and now - fetches[0] < PER_SECONDS:
            return False
        fetches.append(now)
        return True
