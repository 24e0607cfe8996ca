"""`idp keys rotate|retire`: the ring of keys that sign tokens and open requests, turned by hand."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from idp.cli.context import build, tenant_of
from idp.cli.options import AsJson, Data, TenantId
from idp.cli.output import CommandFailed, Exit, errors_as_exit_codes, show
from idp.compose import Product
from idp.custody.ring import DAY_SECONDS, JWKS_SECONDS
from idp.custody.signing_ring import Turned, ring_of
from idp.services.request_encryption import REQUEST_KEYS
from idp.store.signing_keys import CURRENT, NEXT
from idp.tenants.tenancy import SIGNING_ALGS, Tenant

_ALGS = (*SIGNING_ALGS, *REQUEST_KEYS)
_GONE = (
    "what it signed is no good hint any more: residents who sign out are asked first",
    f"services that keep the key set believe it for {JWKS_SECONDS} s more: tell them to fetch the set now",
    "events that wait for delivery, and answers kept as evidence, cannot be verified any more",
)
_OPENS_NO_MORE = ("requests encrypted to it are refused: services that have an older key set must fetch it anew",)


def rotate(
    tenant: TenantId,
    alg: Annotated[str | None, typer.Option(help="One algorithm; all of them when left out.")] = None,
    now: Annotated[
        bool, typer.Option("--now", help="Do not wait until every service knows the next key.")
    ] = False,
    compromised: Annotated[
        bool, typer.Option("--compromised", help="The current key is no secret any more: publish it no longer.")
    ] = False,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Let the next keys sign; the current ones stay published until nothing that they signed is presented.

    Those to which requests are encrypted likewise: the next are published, the current ones open for some days.
    With --now --compromised the current ones are taken out at once, and nothing that they signed is believed.
    """
    with errors_as_exit_codes(as_json=as_json):
        if now != compromised:
            raise CommandFailed("--now and --compromised belong together", Exit.USAGE)
        if alg is not None and alg not in _ALGS:
            raise CommandFailed(f"--alg is one of {', '.join(_ALGS)}", Exit.USAGE)
        product = build(data)
        of, ring = tenant_of(product, tenant), product.custody.signing_ring
        algs = tuple(key.alg for key in ring_of(of) if key.state == CURRENT) if alg is None else (alg,)
        turned = ring.compromised(of, algs) if compromised else ring.rotate(of, algs)
        _tell(product, of, turned, as_json=as_json)


def retire(
    tenant: TenantId,
    kid: Annotated[str, typer.Argument(help="A key's id as `list` prints it.")],
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Bring one key to its next state: a current one is retired, a next or a retired one is taken out."""
    with errors_as_exit_codes(as_json=as_json):
        product = build(data)
        of = tenant_of(product, tenant)
        turned = product.custody.signing_ring.retire(of, kid)
        _tell(product, of, turned, as_json=as_json)


def rows(product: Product, tenant: Tenant) -> list[dict[str, Any]]:
    """The ring for `idp keys list`. `since`: when a key came into its state; `age_days`: whole days since then."""
    now = int(product.now().timestamp())
    return [
        {
            "kind": "requests" if key.alg in REQUEST_KEYS else "signing",
            "key": key.kid,
            "use": "enc" if key.alg in REQUEST_KEYS else "sig",
            "alg": key.alg,
            "state": key.state,
            "since": datetime.fromtimestamp(key.since, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "age_days": max(0, now - key.since) // DAY_SECONDS,
            "kept_under": "data seal",
        }
        for key in ring_of(tenant)
    ]


def _tell(product: Product, of: Tenant, turned: Turned, *, as_json: bool) -> None:
    """What was done, and what follows from it for services and residents. `of`: the tenant as it was before."""
    was = {key.kid: key for key in ring_of(of)}
    gone = [was[kid] for kid in turned.removed if kid in was and was[kid].state != NEXT]
    follows = [
        *(_GONE if any(key.alg in SIGNING_ALGS for key in gone) else ()),
        *(_OPENS_NO_MORE if any(key.alg in REQUEST_KEYS for key in gone) else ()),
    ]
    unknown = product.custody.signing_ring.seconds_unknown(of, _signing(turned.activated))
    if unknown > 0:
        follows.append(f"a key signs that services may not know for {unknown} s: logins there may fail so long")
    done = {
        "tenant": of.tenant_id,
        "made": turned.made,
        "activated": turned.activated,
        "retired": turned.retired,
        "removed": turned.removed,
        "follows": follows,
    }
    show(done, as_json=as_json)


def _signing(kids: Iterable[str]) -> Iterator[str]:
    """Those of keys that sign: an id begins with its key's algorithm."""
    opening = tuple(f"{alg.lower()}-" for alg in REQUEST_KEYS)
    return (kid for kid in kids if not kid.startswith(opening))
