"""What nearly every part stands on: settings, clock, randomness, store, keys, and those who write things down."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from connectors.ports import Keys
from idp.compose.custody import keys_of, secret, short_lived
from idp.events.outbox import Outbox
from idp.metering.record import Meters
from idp.oversight.audit import Auditor
from idp.settings import Mode, Settings
from idp.store.engine import Store, open_store
from idp.store.shortlived import ShortLived
from idp.tenants.directory import Directory


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """The common parts of one process."""

    settings: Settings
    now: Callable[[], datetime]
    token_bytes: Callable[[int], bytes]
    store: Store
    keys: Keys
    state: ShortLived
    directory: Directory
    auditor: Auditor
    meters: Meters
    outbox: Outbox

    @property
    def sandbox_mode(self) -> bool:
        """Whether test certificates and plain http may be believed where a tenant says so."""
        return self.settings.mode is Mode.SANDBOX


def lay(settings: Settings, now: Callable[[], datetime], token_bytes: Callable[[int], bytes]) -> Ground:
    """The common parts, by the settings. Raises SettingsRefused, and the custody's errors."""
    password = secret(settings.database_password_file) if settings.database_password_file else None
    store = open_store(settings.database_url, password=password)
    keys = keys_of(settings, token_bytes)
    sandbox_mode = settings.mode is Mode.SANDBOX
    return Ground(
        settings=settings,
        now=now,
        token_bytes=token_bytes,
        store=store,
        keys=keys,
        state=short_lived(settings, now),
        directory=Directory(store, keys, token_bytes, time.monotonic, sandbox_mode=sandbox_mode),
        auditor=Auditor(now, token_bytes),
        meters=Meters(now, token_bytes),
        outbox=Outbox(now, token_bytes),
    )
