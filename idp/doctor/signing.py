"""What each tenant's ring of keys needs: keys that sign and open, keys that follow, and somebody who turns it."""

from collections.abc import Iterator

from idp.custody.ring import DAY_SECONDS, Ring, RingRule, is_due, key_of
from idp.custody.signing_ring import ring_of
from idp.doctor.finding import Finding, fail, ok, warn
from idp.services.request_encryption import KEY_OF, REQUEST_KEYS
from idp.store.signing_keys import CURRENT, NEXT
from idp.tenants.tenancy import SIGNING_ALGS, Client, Tenant

_ALL = (*SIGNING_ALGS, *REQUEST_KEYS)
_AWAITED_SECONDS = 3600
"""So long a new tenant, or a ring that has just been turned by hand, may wait for the worker."""
_WORKER = "idp worker turns the rings each minute: is one running, and what does its log say of signing-keys?"


def keys(tenant: Tenant) -> Finding:
    """A current one for each algorithm by which the tenant signs for somebody, or is sent encrypted requests."""
    check = f"signing keys of {tenant.tenant_id}"
    current = {key.alg for key in ring_of(tenant) if key.state == CURRENT}
    missing = [alg for alg in _ALL if alg not in current]
    of_services = {alg for client in tenant.clients.values() for alg in _algs(client)}
    needed = of_services | {one.signing_alg for one in tenant.resources.values()} or set(SIGNING_ALGS)
    if lacking := [alg for alg in missing if alg in needed]:
        remedy = "restore the table signing_key from a backup"
        return fail(check, f"no current key for {', '.join(lacking)}", remedy)
    if missing:
        return warn(check, f"no current key for {', '.join(missing)} yet, and no service needs one", _WORKER)
    return ok(check, f"a current key for each of {', '.join(_ALL)}")


def ring(tenant: Tenant, rule: RingRule, now: int) -> Iterator[Finding]:
    """A next key for each current one, and none that is much older than it should become."""
    check, found = f"ring of {tenant.tenant_id}", ring_of(tenant)
    alone = [alg for alg in _waiting(found, now) if key_of(found, alg, NEXT) is None]
    late = [alg for alg in _waiting(found, now) if _is_late(found, alg, rule, now)]
    if alone:
        yield warn(check, f"no next key for {', '.join(alone)}: an emergency would meet services unaware", _WORKER)
    if late:
        days = rule.rotate_seconds // DAY_SECONDS
        yield warn(check, f"older than {days} days and still signing: {', '.join(late)}", _WORKER)
    if not alone and not late:
        yield ok(check, "every key has one that follows, and none is overdue")


def _waiting(found: Ring, now: int) -> Iterator[str]:
    """Algorithms whose current key is there for longer than the worker needs to see it."""
    return (key.alg for key in found if key.state == CURRENT and now >= key.since + _AWAITED_SECONDS)


def _is_late(found: Ring, alg: str, rule: RingRule, now: int) -> bool:
    current = key_of(found, alg, CURRENT)
    return current is not None and is_due(current, now - DAY_SECONDS, rule)


def _algs(client: Client) -> tuple[str, ...]:
    wished = (
        client.id_token_signed_response_alg,
        client.authorization_signed_response_alg,
        client.introspection_alg,
    )
    opening = KEY_OF.get(client.request_object_encryption_alg or "")
    return (*wished, *filter(None, [client.userinfo_signed_response_alg, opening]))
