"""Resources that a request names: which of them a service may act at, and with which scopes (RFC 8707). Pure.

As text, in requests, codes and rows: JSON, the mark of each resource with its granted scopes, or empty for none.

A token is for one resource, or for none: without `resource` in the token request it is the login's own, for
UserInfo. So a resource never holds what opens UserInfo.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from msgspec import structs

from idp.oidc.authorization.requests import AuthorizationError, AuthorizationRequest, Parameters
from idp.resources.resource import Resource, consent_item
from idp.tenants.tenancy import ACTIVE, Client, Tenant

MAX_RESOURCES = 5
"""Of one request: they travel in the code."""


class TargetRefused(Exception):
    """A resource that this service may not act at, or not by this grant: `invalid_target`."""

    error = "invalid_target"


@dataclass(frozen=True, slots=True)
class Target:
    """The resource that a token is for, and its scopes there, space-separated."""

    resource: Resource
    scope: str


def applied(
    tenant: Tenant, client: Client, judged: AuthorizationRequest, unverified: Parameters
) -> AuthorizationRequest:
    """A judged request with the resources that it names. Raises AuthorizationError, invalid_target."""
    named = list(dict.fromkeys(unverified.get("resource", ())))
    if not named:
        return judged
    asked = " ".join(unverified.get("scope", ())).split()
    if len(named) > MAX_RESOURCES:
        raise AuthorizationError("invalid_target", f"a request names at most {MAX_RESOURCES} resources")
    try:
        found = [_reachable(tenant, client, tenant.resources.get(identifier)) for identifier in named]
    except TargetRefused as refused:
        raise AuthorizationError(refused.error, str(refused)) from refused
    granted = {one.mark: " ".join(scope for scope in one.scopes if scope in asked) for one in found}
    return structs.replace(judged, targets=json.dumps(granted, sort_keys=True, separators=(",", ":")))


def consented(targets: str) -> tuple[str, ...]:
    """What the resident is asked for: each resource, and each scope there."""
    if not targets:
        return ()
    items = [(mark, scope) for mark, scopes in _parse(targets).items() for scope in ("", *scopes.split())]
    return tuple(consent_item(mark, scope) for mark, scope in items)


def scopes(targets: str) -> str:
    """Every scope that was granted at some resource, space-separated."""
    return " ".join(_parse(targets).values())


def meant(tenant: Tenant, client: Client, targets: str, named: Sequence[str], scope: str | None) -> Target | None:
    """The one of the granted resources that a token request names; None where it names none.

    `scope`: a part of what was granted, None for all of it. Raises TargetRefused for several, for one that was not
    granted, and for one that the service may not act at any more.
    """
    if not named:
        return None
    if len(named) > 1:
        raise TargetRefused("a token is for one resource")
    resource, granted = tenant.resources.get(named[0]), _parse(targets)
    if resource is None or resource.mark not in granted:
        raise TargetRefused("the resident was not asked for this resource")
    _reachable(tenant, client, resource)
    wanted = granted[resource.mark].split()
    kept = [name for name in wanted if name in resource.scopes and (scope is None or name in scope.split())]
    return Target(resource, " ".join(kept))


def _reachable(tenant: Tenant, client: Client, resource: Resource | None) -> Resource:
    """The resource. Raises TargetRefused unless this service may act there, by a number of its sector.

    While residents of the service still have numbers of the sector that it left, only it itself may see those.
    """
    owner = None if resource is None else tenant.clients.get(resource.client_id)
    if resource is None or owner is None or owner.state != ACTIVE or client.client_id not in resource.callers:
        raise TargetRefused("this resource is not for this service")
    if client.client_id != owner.client_id and client.sectors != (owner.sector_id,):
        raise TargetRefused("this resource is of another sector")
    if resource.signing_alg not in client.policy.signing_algs:
        raise TargetRefused("the service's profile takes no tokens of this resource")
    return resource


def _parse(targets: str) -> Mapping[str, str]:
    parsed: Mapping[str, str] = json.loads(targets) if targets else {}
    return parsed
