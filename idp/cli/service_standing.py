"""`idp service disable|enable|approve`: whether residents may sign in to a service."""

from typing import Annotated

import typer

from idp.cli.context import build, service_of, tenant_of
from idp.cli.options import AsJson, Data, TenantId
from idp.cli.output import errors_as_exit_codes, show
from idp.cli.service_rows import describe


def disable(service_id: str, tenant: TenantId, data: Data = None, as_json: AsJson = False) -> None:
    """Let nobody sign in to it: its tokens end at once, its sessions are told, and a page says so to residents."""
    with errors_as_exit_codes(as_json=as_json):
        product = build(data)
        of = tenant_of(product, tenant)
        product.service_acts.standing.disable(of, service_of(of, service_id))
        show(describe(service_of(tenant_of(product, tenant), service_id)), as_json=as_json)


def enable(service_id: str, tenant: TenantId, data: Data = None, as_json: AsJson = False) -> None:
    """Let residents sign in to a disabled service again; what it held before stays over."""
    with errors_as_exit_codes(as_json=as_json):
        product = build(data)
        of = tenant_of(product, tenant)
        product.service_acts.standing.enable(of, service_of(of, service_id))
        show(describe(service_of(tenant_of(product, tenant), service_id)), as_json=as_json)


def approve(
    service_id: str,
    tenant: TenantId,
    sector_purpose: Annotated[str, typer.Option(help="Why the number is shared, where it joins a sector.")] = "",
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Agree to a service that registered itself: pages say no longer that nobody has looked at it."""
    with errors_as_exit_codes(as_json=as_json):
        product = build(data)
        of = tenant_of(product, tenant)
        client = service_of(of, service_id)
        product.service_acts.standing.approve(of, client, sector_purpose=sector_purpose)
        show(describe(service_of(tenant_of(product, tenant), service_id)), as_json=as_json)
