"""To begin a signature and to collect it: the whole of what other parts need of signing a statement."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from idp.consent_signing.signed import Signed
from idp.consent_signing.statement import Statement
from idp.japan import day_in_japan
from idp.login.acceptance import open_sealed, seal_in
from idp.login.signing import Signing
from idp.login.transaction import Request
from idp.login.transactions import Transactions
from idp.store import signed_statements
from idp.store.engine import Store
from idp.tenants.directory import Directory
from idp.tenants.tenancy import Client, Tenant

_NO_SCOPES = ("openid",)
_NO_STARTER = "signing"
"""In the place of the starter's record: nobody takes a signature for a login of the service."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signings:
    """The signatures of all residents, over the transactions of logins."""

    transactions: Transactions
    store: Store
    now: Callable[[], datetime]

    def begin(
        self, tenant: Tenant, client: Client, handle: bytes, statement: Statement, *, back: str
    ) -> tuple[str, str]:
        """Begin a signature by the person of that handle: (the transaction's id, the secret for its cookie).

        The browser is sent to `/login/{id}` with the cookie `transaction_cookie_name(tenant, id)`, as to a card
        page of fifteen minutes. It comes back to `back`, a path below the issuer: with `?by={id}` once signed,
        without when it was not. Only the device that shows the page can sign: there is no QR code.
        """

        def signing(transaction_id: str) -> Signing:
            return Signing(
                purpose=statement.purpose,
                statement=statement.text,
                sealed_person=seal_in(tenant, transaction_id, "handle", handle),
                back=back,
                kept_days=statement.kept_days,
            )

        request = Request(client.client_id, _NO_SCOPES, _NO_STARTER)
        begun, cookie = self.transactions.start(tenant, request, cross_device=False, signing=signing)
        return begun.transaction_id, cookie

    def collect(self, tenant: Tenant, transaction_id: str, cookie: str, *, back: str) -> Signed | None:
        """What was signed, once, for the browser that holds the transaction's cookie, at the path it came back to.

        None for whatever else: another browser, another path, nothing signed, collected before.
        """
        transaction = self.transactions.signed(tenant, transaction_id, cookie, back=back)
        if transaction is None or transaction.accepted is None:
            return None
        sealed = transaction.accepted.sealed_signed
        return Signed.from_json(open_sealed(tenant, transaction, "signed", sealed))

    def forget_over(self, directory: Directory) -> None:
        """Delete the proofs whose time is over, at every tenant; that something was signed stays."""
        for tenant in directory.all():
            with self.store.for_tenant(tenant.tenant_id).write() as tx:
                signed_statements.forget_over(tx, today=day_in_japan(self.now()))
