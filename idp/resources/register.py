"""Registering a tenant's resources: the rules that a new one must keep, and the acts."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from idp.japan import day_in_japan
from idp.oversight.audit import Action, Auditor
from idp.registration import NotAllowed
from idp.registration.texts import NAME_CHARACTERS, URL_CHARACTERS, require_short, require_url
from idp.resources.resource import Resource
from idp.store import resources, tenants
from idp.store.engine import Store
from idp.store.resources import ResourceRow
from idp.tenants.directory import Directory
from idp.tenants.tenancy import SCOPES, Client, Tenant

MAX_SCOPES = 20
_SCOPE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]{1,64}")
_SCOPE_CHARACTERS = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class NewResource:
    """A resource to be registered. `owner` runs it; `callers` may ask for its tokens beside the owner."""

    identifier: str
    owner: Client
    name_ja: str
    name_en: str = ""
    scopes: Sequence[str] = ()
    signing_alg: str = "ES256"
    callers: Sequence[Client] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Resources:
    """The acts, over the store."""

    store: Store
    directory: Directory
    auditor: Auditor
    now: Callable[[], datetime]

    def create(self, tenant: Tenant, new: NewResource) -> Resource:
        """Register a resource. Raises NotAllowed, and nothing is written then."""
        require(tenant, new)
        made = Resource(
            identifier=new.identifier,
            client_id=new.owner.client_id,
            names={"ja": new.name_ja, "en": new.name_en or new.name_ja},
            scopes=tuple(new.scopes),
            signing_alg=new.signing_alg,
            callers=frozenset(client.client_id for client in (new.owner, *new.callers)),
        )
        row = ResourceRow(made.identifier, made.client_id, made.to_text())
        with self.store.for_tenant(tenant.tenant_id).write() as tx:
            if not resources.add(tx, row, created=day_in_japan(self.now())):
                raise NotAllowed("there is a resource with this identifier")
            tenants.touch(tx)
            action, details = Action.RESOURCE_CREATED, {"resource": made.identifier}
            self.auditor.record(tx, tenant.keys, action, "done", client_id=made.client_id, **details)
        self.directory.refresh()
        return made

    def remove(self, tenant: Tenant, identifier: str) -> None:
        """Forget a resource: no token for it is given or counts from now on. Raises NotAllowed."""
        known = tenant.resources.get(identifier)
        with self.store.for_tenant(tenant.tenant_id).write() as tx:
            if known is None or not resources.remove(tx, identifier):
                raise NotAllowed("there is no such resource")
            tenants.touch(tx)
            action, details = Action.RESOURCE_REMOVED, {"resource": identifier}
            self.auditor.record(tx, tenant.keys, action, "done", client_id=known.client_id, **details)
        self.directory.refresh()


def require(tenant: Tenant, new: NewResource) -> None:
    """Raise NotAllowed unless the resource may be registered.

    Its identifier is none of our own addresses: a token for it is none for us (RFC 9068 section 4).
    """
    require_short(URL_CHARACTERS, new.identifier)
    require_url("a resource's identifier", new.identifier, loopback_http=tenant.sandbox)
    if "?" in new.identifier:
        raise NotAllowed("a resource's identifier has no query (RFC 8707 section 2)")
    if (new.identifier + "/").startswith(tenant.issuer + "/"):
        raise NotAllowed("a resource's identifier is no address of this provider")
    if not new.name_ja:
        raise NotAllowed("a resource needs a name in Japanese, for residents")
    require_short(NAME_CHARACTERS, new.name_ja, new.name_en)
    _require_scopes(new.scopes)
    if new.signing_alg not in tenant.signing_algs:
        raise NotAllowed(f"a resource's algorithm is one of {', '.join(tenant.signing_algs)}")
    for caller in (new.owner, *new.callers):
        if caller.sector_id != new.owner.sector_id:
            raise NotAllowed(f"{caller.service_id} is of another sector: it knows residents by other numbers")
        if new.signing_alg not in caller.policy.signing_algs:
            allowed = ", ".join(caller.policy.signing_algs)
            raise NotAllowed(f"{caller.service_id} has the profile {caller.profile}: its tokens take {allowed}")


def _require_scopes(scopes: Sequence[str]) -> None:
    if len(set(scopes)) != len(scopes) or len(scopes) > MAX_SCOPES or len(" ".join(scopes)) > _SCOPE_CHARACTERS:
        raise NotAllowed(f"a resource has at most {MAX_SCOPES} scopes, each once, short together")
    if not all(_SCOPE.fullmatch(scope) for scope in scopes):
        raise NotAllowed("a scope has 1 to 64 printable characters of ASCII, no blank, quote or backslash")
    if set(scopes) & set(SCOPES):
        raise NotAllowed(f"these scopes are the provider's own: {', '.join(SCOPES)}")
