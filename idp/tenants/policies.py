"""Changing what a municipality or one of its services demands of revocation evidence, and the tenant's settings.

Each act is one transaction with its audit entry; running servers follow within seconds.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any

from idp.custody.ring import LONGEST_KEPT_DAYS, LONGEST_KEY_DAYS, SHORTEST_KEPT_DAYS
from idp.oversight.audit import Action, Auditor
from idp.registration import NotAllowed, require_page, require_policy
from idp.services.registrations import Members, rewrite
from idp.store import tenants
from idp.store.engine import Store
from idp.tenants.certificate_hosts import require_host, require_hosts_fit
from idp.tenants.directory import Directory
from idp.tenants.offices import merged_offices
from idp.tenants.sign_in_methods import TENANT_METHODS
from idp.tenants.tenancy import Client, Tenant
from idp.tenants.tenant_settings import (
    LEAST_GRACE_DAYS,
    LEAST_RELEASED_SECONDS,
    LONGEST_SIGN_IN_MONTHS,
    MOST_GRACE_DAYS,
    MOST_RELEASED_SECONDS,
    OWN_PAGES,
    TenantSettings,
    write_settings,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policies:
    """The acts, over the store."""

    store: Store
    directory: Directory
    auditor: Auditor
    now: Callable[[], datetime]

    def change_tenant(
        self,
        tenant: Tenant,
        *,
        revocation: Mapping[str, object],
        public_body: bool | None = None,
        methods: Sequence[str] | None = None,
        offices: Mapping[str, Mapping[str, str]] | None = None,
        card_host: str | None = None,
        mtls_host: str | None = None,
        single_sign_on_everywhere: bool | None = None,
        signing_key_days: int | None = None,
        signing_key_kept_days: int | None = None,
        disable_grace_days: int | None = None,
        self_registration: bool | None = None,
        own_pages: Mapping[str, str] | None = None,
        released_seconds: int | None = None,
        municipalities: Mapping[str, str] | None = None,
        sign_in_months: int | None = None,
    ) -> TenantSettings:
        """Put the given members into the tenant's settings; a revocation member that is None is taken out.

        `methods`: all that are switched on from now on. `offices`: members of an office by language, where an
        empty text takes the member out. `card_host`, `mtls_host`: its origin, empty for none. Raises NotAllowed
        for a policy or a method that is none, leave that is too long, an office that cannot be shown, hosts that
        are none or do not fit, and days that no signing key may live. Days: 0 for what holds in the installation.
        `own_pages`: https URLs by name (`tenant_settings.OWN_PAGES`), empty to take one out. `released_seconds`:
        0 to store nothing. `municipalities`: the whole table from now on.
        """
        _require_days(signing_key_days, range(1, LONGEST_KEY_DAYS + 1))
        _require_days(signing_key_kept_days, range(SHORTEST_KEPT_DAYS, LONGEST_KEPT_DAYS + 1))
        if not set(methods or ()) <= set(TENANT_METHODS):
            raise NotAllowed(f"methods are {', '.join(TENANT_METHODS)}")
        grace = tenant.settings.disable_grace_days if disable_grace_days is None else disable_grace_days
        if not LEAST_GRACE_DAYS <= grace <= MOST_GRACE_DAYS:
            raise NotAllowed(f"a grace before accounts end has {LEAST_GRACE_DAYS} to {MOST_GRACE_DAYS} days")
        if released_seconds and not LEAST_RELEASED_SECONDS <= released_seconds <= MOST_RELEASED_SECONDS:
            raise NotAllowed(f"seconds are {LEAST_RELEASED_SECONDS} to {MOST_RELEASED_SECONDS}, or 0")
        months = tenant.settings.sign_in_months if sign_in_months is None else sign_in_months
        if not 0 <= months <= LONGEST_SIGN_IN_MONTHS:
            raise NotAllowed(f"sign-ins are kept for 0 to {LONGEST_SIGN_IN_MONTHS} months")
        for url in (own_pages or {}).values():
            require_page(url)
        merged = {**tenant.settings.revocation, **revocation}
        stated = {name: value for name, value in merged.items() if value is not None}
        require_policy(stated, {}, now=self.now())
        everywhere = single_sign_on_everywhere
        settings = replace(
            tenant.settings,
            revocation=MappingProxyType(stated),
            public_body=tenant.settings.public_body if public_body is None else public_body,
            methods=tenant.settings.methods if methods is None else tuple(sorted(set(methods))),
            offices=merged_offices(tenant.settings.offices, offices or {}),
            card_host=tenant.settings.card_host if card_host is None else require_host(tenant, card_host),
            mtls_host=tenant.settings.mtls_host if mtls_host is None else require_host(tenant, mtls_host),
            single_sign_on_everywhere=tenant.settings.single_sign_on_everywhere
            if everywhere is None
            else everywhere,
            signing_key_days=tenant.settings.signing_key_days if signing_key_days is None else signing_key_days,
            signing_key_kept_days=tenant.settings.signing_key_kept_days
            if signing_key_kept_days is None
            else signing_key_kept_days,
            disable_grace_days=grace,
            sign_in_months=months,
            self_registration=tenant.settings.self_registration
            if self_registration is None
            else self_registration,
            **_stated(own_pages, released_seconds=released_seconds, municipalities=municipalities),
        )
        require_hosts_fit(tenant, settings)
        with self.store.for_tenant(tenant.tenant_id).write() as tx:
            tenants.set_settings(tx, write_settings(settings))
            tenants.touch(tx)
            self.auditor.record(
                tx,
                tenant.keys,
                Action.TENANT_CHANGED,
                "done",
                revocation=stated,
                public_body=settings.public_body,
                methods=list(settings.methods),
                offices={language: sorted(said) for language, said in (offices or {}).items()},
                card_host=settings.card_host,
                mtls_host=settings.mtls_host,
                single_sign_on_everywhere=settings.single_sign_on_everywhere,
                signing_key_days=settings.signing_key_days,
                signing_key_kept_days=settings.signing_key_kept_days,
                disable_grace_days=grace,
                sign_in_months=months,
                self_registration=settings.self_registration,
                released_seconds=settings.released_seconds,
                municipalities=len(settings.municipalities),
                **{name: getattr(settings, name) for name in OWN_PAGES},
            )
        self.directory.refresh()
        return settings

    def change_service(self, tenant: Tenant, client: Client, *, revocation: Mapping[str, object]) -> None:
        """Put the given members into the service's own policy; None goes back to the default for that member.

        Raises NotAllowed for a policy that is none, and for leave that is too long.
        """

        def state(stored: Members) -> Members:
            stated = {**stored.get("revocation", {}), **revocation}
            require_policy(tenant.settings.revocation, stated, now=self.now())
            return {**stored, "revocation": stated}

        with self.store.for_tenant(tenant.tenant_id).write() as tx:
            rewrite(tx, self.auditor, tenant, client.client_id, state, revocation=dict(revocation))
        self.directory.refresh()


def _stated(own_pages: Mapping[str, str] | None, **members: object) -> dict[str, Any]:
    """Members of the settings that shall be otherwise, by name."""
    return {**(own_pages or {}), **{name: value for name, value in members.items() if value is not None}}


def _require_days(days: int | None, allowed: range) -> None:
    if days and days not in allowed:
        raise NotAllowed(f"days are {allowed.start} to {allowed.stop - 1}, or 0")
