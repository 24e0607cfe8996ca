"""R14 and R15: the services that hold a number for somebody, each with what it received, and how to stop it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from flask import Flask, Response

from idp.japan import day_in_japan
from idp.my import calendar, holdings, view, when
from idp.my.holdings import Holding
from idp.my.reading import Overview, Reading
from idp.my.resident import Resident
from idp.my.web import Frame
from idp.people.ending import Ending
from idp.registration import NotAllowed
from idp.store.engine import Store
from idp.web.web import current_language, current_tenant, see_other

SHOWN = 20
"""Sign-ins on a service's page; the list of all is a page of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServicesPages:
    """The routes."""

    frame: Frame
    reading: Reading
    store: Store
    ending: Ending
    now: Callable[[], datetime]

    def mount(self, app: Flask) -> None:
        """Add the routes."""
        app.add_url_rule("/", "root", self.root, methods=["GET"])
        app.add_url_rule("/my", "my", self.home, methods=["GET"])
        app.add_url_rule("/my/services/<service_id>", "my_service", self.service, methods=["GET"])
        app.add_url_rule("/my/services/<service_id>/stop", "my_stop", self.ask_to_stop, methods=["GET"])
        app.add_url_rule("/my/services/<service_id>/stop", "my_stopped", self.stop, methods=["POST"])

    def root(self) -> Response:
        """The issuer itself, as somebody types a host's name: on to the resident's own place."""
        return see_other(current_tenant().url("/my"))

    def home(self) -> Response:
        """All of them."""
        return self.frame.shown(self._home)

    def service(self, service_id: str) -> Response:
        """One of them."""
        return self.frame.shown(lambda resident: self._of(resident, service_id, self._service))

    def ask_to_stop(self, service_id: str) -> Response:
        """What it means to stop it."""
        return self.frame.shown(lambda resident: self._of(resident, service_id, self._ask_to_stop), fresh=True)

    def stop(self, service_id: str) -> Response:
        """Stop it."""
        return self.frame.done(
            stopping(service_id), lambda resident: self._stopped(resident, service_id), fresh=True
        )

    def _of(
        self, resident: Resident, service_id: str, show: Callable[[Resident, Overview, Holding], Response]
    ) -> Response:
        overview = self.reading.overview(resident)
        holding = holdings.at(overview.holdings, service_id)
        return self.frame.pages.error("not_found", 404) if holding is None else show(resident, overview, holding)

    def _home(self, resident: Resident) -> Response:
        tenant, language = resident.tenant, current_language()
        overview = self.reading.overview(resident)
        before = [visit for visit in overview.visits if visit.sign_in.login != resident.session.transaction_id]
        at_services = [visit.sign_in for visit in overview.visits if visit.client_id]
        return self.frame.page(
            "home",
            resident,
            at="home",
            services=view.services(overview.holdings, overview.visits, tenant, language),
            last=view.sign_in(before[0], tenant, language) if before else None,
            year=calendar.year_of(at_services, day_in_japan(self.now())),
            kept_months=tenant.settings.sign_in_months,
        )

    def _service(self, resident: Resident, overview: Overview, holding: Holding) -> Response:
        tenant, language, client = resident.tenant, current_language(), holding.client
        made = [visit for visit in overview.visits if visit.client_id == client.client_id]
        return self.frame.page(
            "service",
            resident,
            at="home",
            service_name=client.name(language),
            purpose=client.purpose(language),
            closed=client.state != "active",
            number=holding.number,
            since=when.on(holding.since),
            agreed=when.on(holding.agreed) if holding.agreed else None,
            attributes=holding.attributes,
            sharing=[other.name(language) for other in tenant.sharing(client)],
            user_number=holding.user_number or None,
            lasting=when.at(holding.lasting_until) if holding.lasting_until else None,
            year=calendar.year_of((visit.sign_in for visit in made), day_in_japan(self.now())),
            visits=[view.sign_in(visit, tenant, language) for visit in made[:SHOWN]],
            kept_months=tenant.settings.sign_in_months,
            consent_url=tenant.url(f"/my/services/{client.service_id}/consent") if holding.agreed else None,
            stop_url=tenant.url(f"/my/services/{client.service_id}/stop"),
        )

    def _ask_to_stop(self, resident: Resident, _overview: Overview, holding: Holding) -> Response:
        tenant, client, language = resident.tenant, holding.client, current_language()
        with self.store.for_tenant(tenant.tenant_id).read() as tx:
            last = self.ending.would_end(tx, tenant, client, resident.handle)
        return self.frame.page(
            "stop",
            resident,
            at="home",
            service_name=client.name(language),
            number_ends=last,
            sharing=[other.name(language) for other in tenant.sharing(client)],
            user_number=bool(holding.user_number),
            action_url=tenant.url(f"/my/services/{client.service_id}/stop"),
            form=resident.form(stopping(client.service_id)),
            back_url=tenant.url(f"/my/services/{client.service_id}"),
        )

    def _stopped(self, resident: Resident, service_id: str) -> Response:
        tenant = resident.tenant
        client = tenant.service(service_id)
        if client is None:
            return self.frame.pages.error("not_found", 404)
        try:
            with self.store.for_tenant(tenant.tenant_id).write() as tx:
                self.ending.run(tx, tenant, client, resident.handle)
        except NotAllowed:  # stopped meanwhile, in another tab perhaps
            return self.frame.pages.error("not_found", 404)
        name = client.name(current_language())
        return self.frame.page("done", resident, at="home", done="stopped", service_name=name, code=None)


def stopping(service_id: str) -> str:
    """What a form does that stops a service."""
    return f"stop {service_id}"
