"""The register of terminals as a login asks it: is this one live, and listed for this service?"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from idp.errors import Reason, Refusal
from idp.store import terminals
from idp.store.engine import Store
from idp.tenants.tenancy import Client, Tenant
from idp.terminals.terminal import Terminal, read_terminal

TERMINAL_ID = re.compile(r"[a-z0-9-]{1,64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    """The tenants' terminals. Each question is one read: a terminal that was revoked is refused at once."""

    store: Store
    now: Callable[[], datetime]

    def serving(self, tenant: Tenant, client: Client, unverified_id: str) -> Terminal:
        """The terminal, if it may take part in a login at this client now.

        Raises Refusal with TERMINAL_REFUSED otherwise, and never says why: an unknown id, another tenant's, a
        revoked or expired one, and one that is not listed for the client look alike.
        """
        if not TERMINAL_ID.fullmatch(unverified_id):
            raise Refusal(Reason.TERMINAL_REFUSED, "not a terminal's id")
        with self.store.for_tenant(tenant.tenant_id).read() as tx:
            row = terminals.find(tx, unverified_id)
        if row is None:
            raise Refusal(Reason.TERMINAL_REFUSED, "no such terminal at this tenant")
        terminal = read_terminal(row)
        moment = int(self.now().timestamp())
        if not terminal.serves(client.client_id, moment):
            state = terminal.state(moment)
            raise Refusal(Reason.TERMINAL_REFUSED, f"{state}, or not listed for the client")
        return terminal
