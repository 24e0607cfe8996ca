"""What a process does beside its requests: notice changed configuration, seal the audit trail, renew its token."""

from collections.abc import Callable
from datetime import datetime
from threading import Event, Thread

import structlog

from connectors.errors import ConnectorError
from connectors.ports import Keys
from idp.oversight import audit
from idp.store.engine import DatabaseUnavailable, Store, WriteConflict
from idp.tenants.directory import Directory

REFRESH_SECONDS = 2.0
SEAL_SECONDS = 1.0
KEEP_SECONDS = 5.0
_log = structlog.get_logger("idp.background")


def seal_all(store: Store, directory: Directory, now: Callable[[], datetime]) -> int:
    """Seal every tenant's committed audit entries once; how many were linked."""
    linked = 0
    for tenant in directory.all():
        try:
            with store.for_tenant(tenant.tenant_id).write() as tx:
                linked += audit.seal(tx, tenant, now())
        except WriteConflict:  # another process sealed this tenant at the same moment
            continue
    return linked


class Background:
    """The threads; they end with the process."""

    def __init__(self, *, store: Store, keys: Keys, directory: Directory, now: Callable[[], datetime]) -> None:
        self._store = store
        self._keys = keys
        self._directory = directory
        self._now = now
        self._stop = Event()

    def start(self) -> None:
        """Begin all of them."""
        self._run("idp-refresh", REFRESH_SECONDS, self._directory.refresh)
        self._run("idp-seal", SEAL_SECONDS, lambda: seal_all(self._store, self._directory, self._now))
        self._run("idp-keys", KEEP_SECONDS, self._keys.keep)

    def stop(self) -> None:
        """Let them end after their present turn."""
        self._stop.set()

    def _run(self, name: str, seconds: float, turn: Callable[[], object]) -> None:
        def loop() -> None:
            while not self._stop.wait(seconds):
                try:
                    turn()
                except (ConnectorError, DatabaseUnavailable) as error:
                    _log.warning("background.waiting", task=name, error=type(error).__name__, detail=str(error))
                except Exception as error:  # noqa: BLE001 - a thread that dies silently is worse
                    _log.error("background.failed", task=name, error=type(error).__name__, exc_info=error)

        Thread(target=loop, name=name, daemon=True).start()
