"""Requests that came by POST, kept for the GET that their answer leads to.

A form on a service's site reaches us without our cookies (SameSite=Lax), and parameters that were sent in a body
have a reason not to stand in a URL. So a POST is stored and answered with 303.
"""

from dataclasses import dataclass

from idp.login.records import Records
from idp.tenants.tenancy import Tenant

SECONDS = 15 * 60
"""As long as a login: the page may be loaded anew."""
_ID_BYTES = 16


@dataclass(frozen=True, slots=True)
class StoredRequests:
    """Requests that were judged, over short-lived state: nobody can fill it with what was not."""

    records: Records

    def keep(self, tenant: Tenant, purpose: str, judged: str) -> str:
        """Keep a request; the id by which it is taken up."""
        request_id = self.records.token(_ID_BYTES)
        self.records.state.create(_key(tenant, purpose, request_id), {"judged": judged}, seconds=SECONDS)
        return request_id

    def find(self, tenant: Tenant, purpose: str, request_id: str) -> str | None:
        """The request, or None when it is unknown or too old."""
        fields = self.records.state.read(_key(tenant, purpose, request_id))
        return None if fields is None else fields["judged"]


def _key(tenant: Tenant, purpose: str, request_id: str) -> str:
    return f"{tenant.tenant_id}:{purpose}:{request_id}"
