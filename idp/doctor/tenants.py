"""What each tenant needs: living anchors, officers, services that hear of events."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from connectors.ports import CertificateKind
from idp.doctor.finding import Finding, fail, ok, warn
from idp.services.client_policies import TLS_METHODS
from idp.store import approvals as rows
from idp.tenants.sign_in_methods import COMPANY_PASSWORD, PASSWORD, STAFF_PASSWORD
from idp.tenants.tenancy import ACTIVE, Tenant

_ENOUGH = 3
"""Officers, so that one lost token locks nothing."""
_TYPED = frozenset({PASSWORD, COMPANY_PASSWORD, STAFF_PASSWORD})


def anchors(tenant: Tenant, now: datetime) -> Finding:
    """At least one living generation of the authority that logins need."""
    check = f"anchors of {tenant.tenant_id}"
    living = [anchor for anchor in tenant.anchors if anchor.lives(now)]
    user = [anchor for anchor in living if anchor.kind is CertificateKind.USER]
    if not user:
        return fail(
            check, "no living anchor of the user authority: nobody can sign in", "idp anchor add --kind user"
        )
    over = len(tenant.anchors) - len(living)
    if over:
        return warn(check, f"{over} of {len(tenant.anchors)} are outside their time", "idp anchor remove")
    others = len(living) - len(user)
    return ok(check, f"{len(user)} living generations of the user authority, {others} of the signature authority")


def rows_of_trust(tenant: Tenant, strange: int) -> Finding:
    """Every stored anchor, certificate and policy is as this product wrote it."""
    check = f"rows of trust of {tenant.tenant_id}"
    if strange:
        remedy = "idp anchor add for what was loaded by an older version; else find out who wrote to the database"
        return fail(check, f"{strange} carry no valid MAC and are not trusted", remedy)
    return ok(check, "all were written by this product")


def seals(tenant: Tenant, broken: Mapping[str, int]) -> Finding:
    """What residents handed over was found as it was sealed. `broken`: alarms of the last 30 days, by table."""
    check = f"sealed rows of {tenant.tenant_id}"
    if broken:
        counts = ", ".join(f"{count} of {table}" for table, count in sorted(broken.items()))
        remedy = "the servers' log says when (seal.broken): find out who wrote to the database"
        return fail(check, f"altered or moved, and refused, within 30 days: {counts}", remedy)
    return ok(check, "none was found altered or moved within 30 days")


def mtls_host(tenant: Tenant, *, believed: bool) -> Iterator[Finding]:
    """The host that asks services for certificates is named where it is believed, and believed where it is named.

    `believed`: this installation holds the key by which that host is known (IDP_MTLS_HOST_KEY_FILE).
    """
    check = f"mTLS host of {tenant.tenant_id}"
    clients = [client for client in tenant.clients.values() if client.state == ACTIVE]
    needing = [client.service_id for client in clients if client.token_endpoint_auth_method in TLS_METHODS]
    if not tenant.settings.mtls_host:
        if needing:
            remedy = "idp tenant settings --mtls-host"
            yield fail(check, f"none is named, and these authenticate there: {', '.join(needing)}", remedy)
        return
    if not believed:
        remedy = "set IDP_MTLS_HOST_KEY_FILE to the key that deploy/nginx/mtls-host.conf sends"
        yield fail(check, "it is named, and no certificate that it hands over is believed", remedy)
        return
    yield ok(check, "it is named, and what it hands over is believed")


def sources(tenant: Tenant, *, told: bool) -> Iterator[Finding]:
    """Where passwords are typed, tries are counted by the browser's address; `told`: by a header of a proxy."""
    if _TYPED.isdisjoint(tenant.settings.methods):
        return
    check = f"addresses of browsers of {tenant.tenant_id}"
    if told:
        yield ok(check, "a proxy tells them: tries of passwords are counted for each")
    else:
        remedy = "set IDP_SOURCE_HEADER to the header in which the proxy in front tells a browser's address"
        yield warn(
            check, "those of connections count: behind a proxy, all who type passwords share their tries", remedy
        )


def officers(tenant: Tenant, known: Iterable[rows.OfficerRow]) -> Finding:
    """Enough to change what is trusted; a sandbox tenant needs none."""
    check = f"officers of {tenant.tenant_id}"
    live = sum(officer.state == rows.LIVE for officer in known)
    if tenant.sandbox:
        return ok(check, "a sandbox tenant needs none")
    if live < 2:
        return fail(check, f"{live} officers: nothing can be approved", "idp approve officer add")
    if live < _ENOUGH:
        return warn(check, "two officers: a lost token would lock the tenant", "idp approve officer add a third")
    return ok(check, f"{live} officers")


def events(tenant: Tenant, dead: int) -> Iterator[Finding]:
    """Services that want to hear of events, and whether they did."""
    told = [client for client in tenant.clients.values() if client.event_endpoint]
    if not told:
        return
    check = f"events of {tenant.tenant_id}"
    if dead:
        remedy = "ask the services for their receivers, then idp worker dead retry"
        yield warn(check, f"{dead} deliveries to {len(told)} services were given up", remedy)
    else:
        yield ok(check, f"{len(told)} services have a receiver, and nothing was given up")
