"""Challenge: what an authenticator is told when it fetches LINK (card login protocol, section 2)."""

from datetime import UTC, datetime

from idp.errors import Reason, Refusal
from idp.login.transaction import Transaction
from idp.tenancy import ACTIVE, Client, Tenant

VERSION = "jpki-login/1"


def answer(tenant: Tenant, client: Client, transaction: Transaction) -> dict[str, object]:
    """The JSON of a same-device challenge. Names are in Japanese, the language of the authenticator's user."""
    return {
        "version": VERSION,
        "issuer": tenant.issuer,
        "transaction": transaction.agent_transaction,
        "nonce": transaction.nonce,
        "expires_at": datetime.fromtimestamp(transaction.handle_ends, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "channel": "same-device",
        "tenant": {"name": tenant.name("ja")},
        "service": {"name": client.name("ja"), "purpose": client.purpose("ja")},
        "attributes": [],
        "certificate_types": [str(device) for device in client.certificate_types],
    }


def require_active(client: Client | None) -> Client:
    """The client, if it may receive residents now. Raises Refusal with SERVICE_SUSPENDED."""
    if client is None or client.state != ACTIVE:
        raise Refusal(Reason.SERVICE_SUSPENDED)
    return client
