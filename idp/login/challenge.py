"""Challenge: what an authenticator is told when it fetches LINK (card login protocol, section 2)."""

from datetime import UTC, datetime

from idp.errors import Reason, Refusal
from idp.jpki.profile import Device
from idp.login import counter, demand
from idp.login.handles import Reached
from idp.login.states import Channel
from idp.tenants.tenancy import ACTIVE, Client, Tenant
from idp.tenants.tenant_settings import said

VERSION = "jpki-login/1"
LINKING = "前に使ったカードまたはスマートフォンとつなぐため"
"""What a proof beside a login is for: the resident reads it before they type the PIN."""


def answer(tenant: Tenant, client: Client, reached: Reached) -> dict[str, object]:
    """The JSON of a challenge. Names are in Japanese, the language of the authenticator's user.

    A counter terminal is also told in which `modes` it may ask, who helps at the tenant, and where help is to be
    read; what section 2 does not name, programs ignore.
    """
    handle, channel = reached.handle, reached.handle.nonce_channel
    at_counter = channel is Channel.COUNTER
    types = [device for device in client.certificate_types if device is Device.CARD or not at_counter]
    about: dict[str, object] = {"name": tenant.name("ja")}
    more: dict[str, object] = {} if reached.claim is None else {"claim": reached.claim}
    if at_counter:
        more["modes"] = counter.modes(tenant, demand.of(tenant, client, reached.transaction.request.wish))
        offices = {language: said(office) for language, office in tenant.settings.offices.items()}
        about |= {"offices": offices, "help": tenant.url("/help")}
    return {
        "version": VERSION,
        "issuer": tenant.issuer,
        "transaction": handle.agent_transaction,
        "nonce": handle.nonce,
        "expires_at": datetime.fromtimestamp(handle.ends, UTC),  # which our encoder writes by RFC 3339
        "channel": channel,
        "tenant": about,
        "service": {"name": client.name("ja"), "purpose": _purpose(client, reached)},
        "attributes": list(reached.transaction.request.attributes.read_in(channel)),
        "certificate_types": types,
        **more,
    }


def _purpose(client: Client, reached: Reached) -> str:
    return LINKING if reached.transaction.beside else client.purpose("ja")


def require_active(client: Client | None) -> Client:
    """The client, if it may receive residents now. Raises Refusal with SERVICE_SUSPENDED."""
    if client is None or client.state != ACTIVE:
        raise Refusal(Reason.SERVICE_SUSPENDED)
    return client
