"""Services that act at resources of other services of their sector, for tests of tokens that are for one."""

from components.refreshing import REFRESHES, SCOPE
from components.town import BASE_URL

from idp.resources.register import NewResource

CARE = "https://care.aoba.example/api"
MEALS = "https://care.aoba.example/meals"
SCOPES = ("care.read", "care.write")
ASKED = f"{SCOPE} care.read"
SECTOR = {"sector_id": "growing-up", "sector_purpose": "子育てのため"}


def resource(town, owner, identifier=CARE, tenant_id="aoba", *, callers=(), **wishes):
    """Register a resource of that service; those may ask for its tokens as well."""
    tenant = town.product.directory.tenant(tenant_id)
    new = NewResource(
        **{
            "identifier": identifier,
            "owner": tenant.clients[owner.client_id],
            "name_ja": "保育の記録",
            "name_en": "Care records",
            "scopes": SCOPES,
            "callers": [tenant.clients[caller.client_id] for caller in callers],
            **wishes,
        }
    )
    return town.product.resources.create(tenant, new)


def acting(town, service_id, **wishes):
    """A service of the shared sector that has registered the refresh grant."""
    return town.register("aoba", service_id, **{**REFRESHES, **SECTOR, **wishes})


def token_for(town, service, code, login, resource=CARE, **how):
    """The token request that names resources; without any for None."""
    named = {} if resource is None else {"resource": resource}
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": "http://127.0.0.1:8901/callback",
        "code_verifier": login.verifier,
        **named,
    }
    url, auth = f"{BASE_URL}/t/{service.tenant_id}/token", (service.client_id, service.client_secret)
    return town.post(town.browser(), url, data=form, auth=auth, **how)


def signed_in_at(town, service, resident="hanako", *, resource=CARE, scope=ASKED, **how):
    """The token answer of a login at which the service asked to act there, for a token that is for it."""
    answer = token_for(
        town, service, *town.code(service, resident, scope=scope, resource=resource), resource, **how
    )
    assert answer.status_code == 200, answer.text
    return answer.json
