"""Building the product for a command, from `IDP_*` settings or from a demo's folder."""

import os
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from connectors.ports import Keys
from idp import compose
from idp.cli.output import CommandFailed, Exit
from idp.metering.record import MUNICIPALITY, Purpose
from idp.revocation.tally import Asked
from idp.settings import PREFIX, read_settings
from idp.store import migrate
from idp.tenants.tenancy import Client, Tenant

ENVIRONMENT_FILE = "environment"
"""In a demo's folder: the settings of its server, one NAME=value a line."""


def real_now() -> datetime:
    """The real time, UTC."""
    return datetime.now(UTC)


def token_bytes(count: int) -> bytes:
    """Random bytes, for a command that needs no settings."""
    return secrets.token_bytes(count)


def environment(data: Path | None) -> dict[str, str]:
    """The process's environment, or that of the demo in `data`."""
    if data is None:
        return dict(os.environ)
    try:
        lines = (data / ENVIRONMENT_FILE).read_text(encoding="utf-8").splitlines()
    except FileNotFoundError as error:
        raise CommandFailed(f"there is no demo in {data}", Exit.USAGE) from error
    return dict(line.split("=", 1) for line in lines if line)


def build(data: Path | None = None, *, migrated: bool = True) -> compose.Product:
    """The product, with its tenants loaded when the database is migrated.

    Raises CommandFailed when it is not, SettingsRefused, and the store's and key custody's errors.
    """
    values = environment(data)
    if data is None and not any(name.startswith(PREFIX) for name in values):
        raise CommandFailed("no IDP_* settings: give the folder of a demo with --data, or set them", Exit.USAGE)
    settings = read_settings(values)
    product = compose.build(settings, compose.clock(settings, real_now), secrets.token_bytes)
    if migrated:
        if not migrate.is_current(product.store):
            raise CommandFailed("the database is not at this version's schema: run idp migrate", Exit.REFUSED)
        product.directory.refresh()
    return product


def keys_of(data: Path | None = None) -> Keys:
    """The key custody alone, for a command that needs no database. Raises as `build` does."""
    return compose.keys_of(read_settings(environment(data)), secrets.token_bytes)


def tenant_of(product: compose.Product, tenant_id: str) -> Tenant:
    """The tenant of that id. Raises CommandFailed when there is none."""
    tenant = product.directory.tenant(tenant_id)
    if tenant is None:
        raise CommandFailed("there is no active tenant of that id: see idp tenant list", Exit.REFUSED)
    return tenant


def service_of(tenant: Tenant, service_id: str) -> Client:
    """The tenant's service of that id. Raises CommandFailed when there is none."""
    client = tenant.service(service_id)
    if client is None:
        raise CommandFailed("there is no service of that id at the tenant: see idp service list", Exit.REFUSED)
    return client


def meter(product: compose.Product, tenant: Tenant, asked: Sequence[Asked]) -> None:
    """Count what a command asked of J-LIS: it is charged as any other question."""
    with product.store.for_tenant(tenant.tenant_id).write() as tx:
        product.meters.record(tx, MUNICIPALITY, Purpose.OPERATOR, asked)
