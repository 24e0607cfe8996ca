"""What an authenticator is told where a statement is to be signed (card login protocol, sections 2 and 3)."""

from datetime import UTC, datetime

from idp.jpki.consent_proof import VERSION
from idp.login.handles import Reached
from idp.login.signing import Signing
from idp.tenants.tenancy import Client, Tenant


def answer(tenant: Tenant, client: Client, reached: Reached, signing: Signing) -> dict[str, object]:
    """The JSON of the challenge: a login's members, and `statement`. Names are in Japanese, as there."""
    handle = reached.handle
    return {
        "version": VERSION,
        "issuer": tenant.issuer,
        "transaction": handle.agent_transaction,
        "nonce": handle.nonce,
        "expires_at": datetime.fromtimestamp(handle.ends, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "channel": handle.channel,
        "tenant": {"name": tenant.name("ja")},
        "service": {"name": client.name("ja"), "purpose": client.purpose("ja")},
        "attributes": [],
        "certificate_types": list(client.certificate_types),
        "statement": signing.statement,
    }
