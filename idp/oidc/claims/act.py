"""The claim `act`: who signed in, where that is not the person whom `sub` names (RFC 8693 section 4.1).

    {"sub": PPID of the agent at this service, "kind": "statutory" | "voluntary"}

Both numbers are of the service's own sector. It stands wherever the login's `sub` does: ID token, UserInfo,
introspection, signed access tokens. Nothing that is said beside it of a person is said of the agent.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from idp.agents import acting as logins
from idp.agents.acting import Acting
from idp.keys.sealing import SealBroken
from idp.login.pairwise import Pairs
from idp.tenants.tenancy import Client, Tenant

CLAIM = "act"
NOBODY: Mapping[str, object] = {}
"""Of a login in which the person themselves signed in."""


class ActOver(Exception):
    """The representation is over, or the service knows the agent no more: what it gave counts no longer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Acts:
    """Finds what to say."""

    pairs: Pairs
    now: Callable[[], datetime]

    def of(
        self, tenant: Tenant, client: Client, transaction_id: str, sealed: bytes | None
    ) -> Mapping[str, object]:
        """Of a login, from what is kept of it: the claim with its name, empty where nobody acts.

        Raises ActOver.
        """
        if sealed is None:
            return NOBODY
        try:
            acting = logins.opened(tenant.keys, transaction_id, sealed)
        except SealBroken as broken:
            raise ActOver from broken
        if acting.is_over(self.now()) or acting.kind not in client.agent_kinds:
            raise ActOver
        pair = self.pairs.find(tenant, client, acting.agent)
        if pair is None:
            raise ActOver
        return claim(acting, pair.ppid)


def claim(acting: Acting, agent_ppid: str) -> Mapping[str, object]:
    """The claim with its name."""
    return {CLAIM: {"sub": agent_ppid, "kind": str(acting.kind)}}
