"""What services do wrong, kept for those who connect them: `idp service test` tells the last of it.

Words of ours alone, nothing of a request. However often a service errs, it is written once in a while: whoever
knows a client id may send wrong requests in its name.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from idp.login.demand import UNMET
from idp.store import client_errors
from idp.store.client_errors import DESCRIPTION_CHARACTERS, ErrorRow
from idp.store.engine import DatabaseUnavailable, Store, WriteConflict
from idp.tenants.tenancy import Tenant

EVERY_SECONDS = 5
"""How often one service's errors are written by one process at most."""
NO_MISTAKES = frozenset({"login_required", "consent_required", "access_denied", UNMET, "temporarily_unavailable"})
"""Answers that a service which does everything right receives as well."""
UNTOLD = "invalid_client"
"""Whoever is not authenticated must not learn, by the time that a note takes, whether there is such a service."""
_log = structlog.get_logger("idp.clients")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistakes:
    """The notes of one process."""

    store: Store
    now: Callable[[], datetime]
    _noted: dict[tuple[str, str], int] = field(default_factory=dict)

    def note(self, tenant: Tenant, unverified_id: str, endpoint: str, error: str, sentence: str = "") -> None:
        """Keep the error, if it is a mistake and the client id a service's. Never raises: the answer goes out."""
        if error in (*NO_MISTAKES, UNTOLD) or unverified_id not in tenant.clients:
            return
        at, place = int(self.now().timestamp()), (tenant.tenant_id, unverified_id)
        if abs(at - self._noted.get(place, 0)) < EVERY_SECONDS:
            return
        self._noted[place] = at
        row = ErrorRow(unverified_id, at, endpoint, error, sentence[:DESCRIPTION_CHARACTERS])
        try:
            with self.store.for_tenant(tenant.tenant_id).write() as tx:
                client_errors.note(tx, row)
        except (DatabaseUnavailable, WriteConflict) as problem:
            _log.warning("client.error-not-noted", error=type(problem).__name__)
