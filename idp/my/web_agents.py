"""R21: who may act for me, for whom may I act, and ending it; a mandate offered and taken up.

Giving one and taking one up need a proof of the last minutes, by the certificate itself; ending one needs none.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Flask, Response, request

from idp.agents import mandates
from idp.agents.mandates import MONTHS, MandateRefused, Mandates, Wish
from idp.my import when
from idp.my.agents import MyAgents
from idp.my.resident import Resident
from idp.my.web import Frame
from idp.store.engine import Store
from idp.tenants.tenancy import Tenant
from idp.web.web import current_language

END, OFFER, LOOK, ACCEPT = "agent-end", "agent-offer", "agent-look", "agent-accept"
ONCE = "once"


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentsPages:
    """The routes."""

    frame: Frame
    store: Store
    mine: MyAgents
    mandates: Mandates
    now: Callable[[], datetime]

    def mount(self, app: Flask) -> None:
        """Add the routes."""
        add, frame = app.add_url_rule, self.frame
        add("/my/agents", "my_agents", lambda: frame.shown(self._list), methods=["GET"])
        add("/my/agents", "my_agent_ended", lambda: frame.done(END, self._end), methods=["POST"])
        for path, name, show, what, act in (
            ("offer", "my_agent_offer", self._ask_offer, OFFER, self._offer),
            ("accept", "my_agent_code", self._ask_code, LOOK, self._look),
        ):
            add(f"/my/agents/{path}", name, _shown(frame, show), methods=["GET"])
            add(f"/my/agents/{path}", f"{name}_sent", _done(frame, what, act), methods=["POST"])
        add("/my/agents/accepted", "my_agent_accepted", _done(frame, ACCEPT, self._accept), methods=["POST"])

    def _list(self, resident: Resident, done: str = "") -> Response:
        tenant, both = resident.tenant, self.mine.of(resident, current_language())
        return self.frame.page(
            "agents",
            resident,
            at="agents",
            done=done,
            mine=both.mine,
            theirs=both.theirs,
            over=both.over,
            offer_url=tenant.url("/my/agents/offer") if mandates.offered_at(tenant) else None,
            accept_url=tenant.url("/my/agents/accept"),
            action_url=tenant.url("/my/agents"),
            form=resident.form(END),
        )

    def _end(self, resident: Resident) -> Response:
        marks = request.form.getlist("end")
        if len(marks) != 1:
            return self.frame.pages.error("bad_request", 400)
        return self._list(resident, "ended" if self.mine.end(resident, marks[0]) else "gone")

    def _ask_offer(self, resident: Resident, problem: str = "") -> Response:
        tenant, language, now = resident.tenant, current_language(), self.now()
        offered = [(client.service_id, client.name(language)) for client in mandates.offered_at(tenant)]
        if not offered:
            return self.frame.pages.error("not_found", 404)
        return self._form(
            "agents_offer",
            resident,
            problem,
            services=offered,
            terms=[(months, when.on(mandates.last_day(months, now))) for months in MONTHS],
            label_characters=mandates.LABEL_CHARACTERS,
            action_url=tenant.url("/my/agents/offer"),
            form=resident.form(OFFER),
        )

    def _offer(self, resident: Resident) -> Response:
        tenant, sent = resident.tenant, request.form
        wish = Wish(
            services=sent.getlist("service"),
            months=int(months) if (months := sent.get("months", "")) in map(str, MONTHS) else 0,
            once=sent.getlist("times") == [ONCE],
            label=sent.get("label", ""),
        )
        try:
            with self.store.for_tenant(tenant.tenant_id).write() as tx:
                code = self.mandates.offer(tx, tenant, resident.handle, wish)
        except MandateRefused as refused:
            return self._ask_offer(resident, refused.why)
        return self.frame.page("agents_code", resident, at="agents", code=code, list_url=tenant.url("/my/agents"))

    def _ask_code(self, resident: Resident, problem: str = "") -> Response:
        tenant = resident.tenant
        return self._form(
            "agents_accept",
            resident,
            problem,
            action_url=tenant.url("/my/agents/accept"),
            form=resident.form(LOOK),
        )

    def _look(self, resident: Resident, problem: str = "") -> Response:
        tenant, code = resident.tenant, request.form.get("code", "")
        try:
            with self.store.for_tenant(tenant.tenant_id).read() as tx:
                offered = self.mandates.look(tx, tenant, resident.handle, code).body
        except MandateRefused as refused:
            return self._ask_code(resident, refused.why)
        return self._form(
            "agents_terms",
            resident,
            problem,
            services=[_name(tenant, service_id) for service_id in offered.services],
            once=offered.once,
            until=when.on(offered.until),
            code=code,
            label_characters=mandates.LABEL_CHARACTERS,
            action_url=tenant.url("/my/agents/accepted"),
            form=resident.form(ACCEPT),
        )

    def _accept(self, resident: Resident) -> Response:
        tenant, sent = resident.tenant, request.form
        try:
            with self.store.for_tenant(tenant.tenant_id).write() as tx:
                self.mandates.accept(tx, tenant, resident.handle, sent.get("code", ""), sent.get("label", ""))
        except MandateRefused as refused:
            if refused.why == "label":
                return self._look(resident, refused.why)
            return self._ask_code(resident, refused.why)
        return self._list(resident, "accepted")

    def _form(self, template: str, resident: Resident, problem: str, **context: Any) -> Response:
        """A page to be filled in; where there is a problem, once more with what it was."""
        response = self.frame.page(template, resident, at="agents", problem=problem, **context)
        response.status_code = 400 if problem else 200
        return response


def _shown(frame: Frame, show: Callable[[Resident], Response]) -> Callable[[], Response]:
    return lambda: frame.shown(show, fresh=True)


def _done(frame: Frame, what: str, act: Callable[[Resident], Response]) -> Callable[[], Response]:
    return lambda: frame.done(what, act, fresh=True)


def _name(tenant: Tenant, service_id: str) -> str:
    client = tenant.service(service_id)
    return client.name(current_language()) if client else service_id
