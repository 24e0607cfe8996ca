"""A service that comes back for tokens, for tests of everything that has to do with refresh tokens."""

from components.town import BASE_URL

REFRESHES = {
    "scopes": ("openid", "jpki_status", "offline_access"),
    "grant_types": ("authorization_code", "refresh_token"),
}
SCOPE = "openid jpki_status offline_access"


def refreshing(town, service_id="mobile", tenant_id="aoba", **wishes):
    """A service that has registered the grant."""
    return town.register(tenant_id, service_id, **{**REFRESHES, **wishes})


def signed_in(town, service, resident="hanako", scope=SCOPE, **parameters):
    """The token answer of a login at which the service asked for a refresh token."""
    answer = town.redeem(*town.code(service, resident, scope=scope, **parameters))
    assert answer.status_code == 200, answer.text
    return answer.json


def refresh(town, service, token, *, secret=None, headers=None, **form):
    """The refresh request of a service with client_secret_basic."""
    data = {"grant_type": "refresh_token", "refresh_token": token, **form}
    return town.post(
        town.browser(),
        f"{BASE_URL}/t/{service.tenant_id}/token",
        data={name: value for name, value in data.items() if value is not None},
        auth=(service.client_id, secret or service.client_secret),
        headers=headers,
    )


def audited(town, action, tenant_id="aoba"):
    """How many entries of the audit trail tell of that action."""
    from idp.oversight.audit import Action
    from idp.store import audit

    with town.product.store.for_tenant(tenant_id).read() as tx:
        return len(list(audit.of_actions(tx, [Action(action)])))


def ask_about(town, service, token, endpoint="introspect", *, headers=None, **form):
    """A service's question about a token, or its wish to end it (`revoke`)."""
    return town.post(
        town.browser(),
        f"{BASE_URL}/t/{service.tenant_id}/{endpoint}",
        data={"token": token, **form},
        auth=(service.client_id, service.client_secret),
        headers=headers,
    )


def want_young_evidence(town, service):
    """From now on the service wants to know how the certificate was a minute ago."""
    tenant = town.product.directory.tenant(service.tenant_id)
    policies, client = town.product.policies, tenant.clients[service.client_id]
    policies.change_service(tenant, client, revocation={"max_age_seconds": 60})
