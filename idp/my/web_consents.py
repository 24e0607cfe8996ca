"""R15: what a service may receive, item by item, and taking it back at once; the number itself stays."""

from collections.abc import Callable
from dataclasses import dataclass

from flask import Flask, Response, request

from idp.consent_signing.statement import Purpose
from idp.consents import given
from idp.consents.given import Given
from idp.consents.withdrawal import NothingToWithdraw, Withdrawal
from idp.my import when
from idp.my.resident import Resident
from idp.my.web import Frame
from idp.store import signed_statements
from idp.store.engine import Store
from idp.tenants.tenancy import Tenant
from idp.web.web import current_language

ALL, LATEST = "all", "latest"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentsPages:
    """The routes. Taking back needs no new proof: it shall be as easy as giving."""

    frame: Frame
    store: Store
    withdrawal: Withdrawal

    def mount(self, app: Flask) -> None:
        """Add the routes."""
        app.add_url_rule("/my/services/<service_id>/consent", "my_consent", self.show, methods=["GET"])
        app.add_url_rule("/my/services/<service_id>/consent", "my_withdrawn", self.take_back, methods=["POST"])

    def show(self, service_id: str) -> Response:
        """What it may receive."""
        return self.frame.shown(lambda resident: self._at(resident, service_id, self._page))

    def take_back(self, service_id: str) -> Response:
        """Take one item back, or all of them."""

        def act(resident: Resident) -> Response:
            return self._at(resident, service_id, self._taken_back)

        return self.frame.done(withdrawing(service_id), act)

    def _at(self, resident: Resident, service_id: str, show: Callable[[Resident, Given], Response]) -> Response:
        found = self._given(resident, service_id)
        return self.frame.pages.error("not_found", 404) if found is None else show(resident, found)

    def _given(self, resident: Resident, service_id: str) -> Given | None:
        tenant, client = resident.tenant, resident.tenant.service(service_id)
        if client is None:
            return None
        with self.store.for_tenant(tenant.tenant_id).read() as tx:
            return given.at(tx, tenant, client, resident.handle)

    def _page(self, resident: Resident, found: Given, taken: str = "") -> Response:
        tenant, client, language = resident.tenant, found.client, current_language()
        return self.frame.page(
            "consent",
            resident,
            at="home",
            taken=taken,
            service_name=client.name(language),
            since=when.on(found.since),
            items=[(item, found.is_by_law(item)) for item in found.items],
            declined=list(found.declined),
            withdrawn=found.withdrawn,
            latest_until=self._latest_until(tenant, found),
            action_url=tenant.url(f"/my/services/{client.service_id}/consent"),
            form=resident.form(withdrawing(client.service_id)),
            back_url=tenant.url(f"/my/services/{client.service_id}"),
        )

    def _latest_until(self, tenant: Tenant, found: Given) -> when.When | None:
        """Until when J-LIS tells the service what changes, None where it does not."""
        asked = (found.pair.pair_id, found.client.client_id, Purpose.LATEST_INFORMATION)
        with self.store.for_tenant(tenant.tenant_id).read() as tx:
            rows = signed_statements.of_pair(tx, *asked)
        return when.on(max(row.proof_ends for row in rows)) if rows else None

    def _taken_back(self, resident: Resident, found: Given) -> Response:
        tenant, client, named = resident.tenant, found.client, request.form.getlist("withdraw")
        if len(named) != 1:
            return self.frame.pages.error("bad_request", 400)
        try:
            with self.store.for_tenant(tenant.tenant_id).write() as tx:
                if named == [ALL]:
                    self.withdrawal.everything(tx, tenant, client, resident.handle)
                elif named == [LATEST]:
                    self.withdrawal.updates(tx, tenant, client, resident.handle)
                else:
                    self.withdrawal.item(tx, tenant, client, resident.handle, named[0])
        except NothingToWithdraw:
            return self.frame.pages.error("bad_request", 400)
        left = self._given(resident, client.service_id)
        taken = named[0] if named[0] in (ALL, LATEST) else "item"
        return self._page(resident, left, taken) if left else self.frame.pages.error("not_found", 404)


def withdrawing(service_id: str) -> str:
    """What a form does that takes consent back."""
    return f"withdraw {service_id}"
