"""The resident's own pages as a login sees them: where it ends when no service has asked for it.

They stand in the place of a service in every step up to the last, and are none: nobody can name them to the
authorization endpoint, no number is made for them, and no other login goes on to them or from them.
"""

from dataclasses import replace
from types import MappingProxyType

from idp.jpki.profile import Device
from idp.revocation.policy import combine
from idp.tenants.directory import Directory
from idp.tenants.tenancy import ACTIVE, Client, Tenant

CLIENT_ID = "own-pages"
"""In the place of a client's id, of which none is so short; in audit and meter it names these pages."""
SECTOR_ID = "@own"
"""No sector has a name like this: a session of these pages reaches no service."""
COOKIE = "my"
"""A cookie of its own, so that no service's login takes this session for one of its own."""
SESSION_SECONDS = 30 * 60
"""From the proof on, however often a page is opened: others may use the computer too."""
_MINIMUM_ACR = "aal2"
NAMES = MappingProxyType({"ja": "マイページ", "ja-simple": "マイページ", "en": "My page"})
PURPOSES = MappingProxyType(
    {
        "ja": "利用しているサービスと、渡した情報を確かめるため",
        "ja-simple": "使《つか》っているサービスと、渡《わた》したことを見《み》るため",
        "en": "to see the services that you use, and what was handed over",
    }
)


def is_own(client: Client) -> bool:
    """Whether a login is to the resident's own pages."""
    return client.client_id == CLIENT_ID


def client(directory: Directory, tenant: Tenant, client_id: str) -> Client | None:
    """Whoever a login is for: one of the tenant's services, in whatever state, or its residents' own pages."""
    return of(tenant) if client_id == CLIENT_ID else directory.client(tenant, client_id)


def of(tenant: Tenant) -> Client:
    """The own pages in the place of a service.

    A certificate is checked as the tenant decided, but never later than now: whatever is shown or done here is a
    person's whole, and cannot be taken back.
    """
    return Client(
        client_id=CLIENT_ID,
        service_id=CLIENT_ID,
        sector_id=SECTOR_ID,
        state=ACTIVE,
        names=NAMES,
        purposes=PURPOSES,
        redirect_uris=(),
        post_logout_redirect_uris=(),
        scopes=(),
        token_endpoint_auth_method="none",
        id_token_signed_response_alg="RS256",
        require_pkce=True,
        profile="standard",
        minimum_acr=_MINIMUM_ACR,
        revocation=replace(combine(tenant.settings.revocation, {}), defer=None),
        certificate_types=(Device.CARD, Device.PHONE),
        secret_digests=(),
    )
