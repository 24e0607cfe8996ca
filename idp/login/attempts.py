"""What the pages of a login share: whose transaction a request is about, and the cookie that proves it."""

from dataclasses import dataclass

from idp.login import own_pages
from idp.login.transaction import Attempt, Transaction
from idp.tenants.directory import Directory
from idp.tenants.tenancy import Tenant
from idp.web.request import here
from idp.web.web import current_tenant, transaction_cookie_name


@dataclass(frozen=True, slots=True)
class Attempts:
    """From a transaction to the attempt, with the tenant of the request and the client of the login."""

    directory: Directory

    def of(self, transaction: Transaction | None) -> Attempt | None:
        """The attempt; None without a transaction, or when its client is gone."""
        tenant = current_tenant()
        client = own_pages.client(self.directory, tenant, transaction.request.client_id) if transaction else None
        return Attempt(tenant, client, transaction) if transaction and client else None


def transaction_cookie(tenant: Tenant, transaction_id: str) -> str:
    """The transaction's cookie as this browser sends it, or nothing."""
    return here().cookies.get(transaction_cookie_name(tenant, transaction_id), "")
