"""Transfer code and 利用者コード: made, changed and given up by the person themselves."""

from dataclasses import dataclass

from flask import Flask, Response, request

from idp.my.resident import Resident
from idp.my.web import Frame
from idp.people.resident_codes import ResidentCodes
from idp.people.transfer import LIFE, TransferCodes
from idp.registration import NotAllowed
from idp.store.engine import Store

TRANSFER, CHOSEN = "transfer", "resident"


@dataclass(frozen=True, slots=True, kw_only=True)
class CodesPages:
    """The routes. Whoever has a transfer code can become this person: making one needs a fresh proof."""

    frame: Frame
    store: Store
    transfer_codes: TransferCodes
    resident_codes: ResidentCodes

    def mount(self, app: Flask) -> None:
        """Add the routes."""
        add = app.add_url_rule
        add("/my/codes", "my_codes", lambda: self.frame.shown(self._both), methods=["GET"])
        add("/my/codes/transfer", "my_transfer", lambda: self.frame.shown(self._ask, fresh=True), methods=["GET"])
        add(
            "/my/codes/transfer", "my_transfer_made",
            lambda: self.frame.done(TRANSFER, self._transfer, fresh=True), methods=["POST"],
        )  # fmt: skip
        add("/my/codes/resident", "my_chosen", lambda: self.frame.shown(self._choose, fresh=True), methods=["GET"])
        add(
            "/my/codes/resident", "my_code_chosen",
            lambda: self.frame.done(CHOSEN, self._chosen, fresh=True), methods=["POST"],
        )  # fmt: skip

    def _both(self, resident: Resident) -> Response:
        tenant = resident.tenant
        out, has_one = self._standing(resident)
        return self.frame.page(
            "codes",
            resident,
            at="codes",
            transfer_out=out,
            has_one=has_one,
            transfer_url=tenant.url("/my/codes/transfer"),
            resident_url=tenant.url("/my/codes/resident"),
        )

    def _standing(self, resident: Resident) -> tuple[bool, bool]:
        """Whether a transfer code is out, and whether there is a 利用者コード."""
        tenant = resident.tenant
        with self.store.for_tenant(tenant.tenant_id).read() as tx:
            out = self.transfer_codes.is_out(tx, tenant, resident.handle)
            return out, self.resident_codes.has_one(tx, tenant, resident.handle)

    def _ask(self, resident: Resident) -> Response:
        return self.frame.page(
            "transfer",
            resident,
            at="codes",
            transfer_out=self._standing(resident)[0],
            days=LIFE.days,
            action_url=resident.tenant.url("/my/codes/transfer"),
            form=resident.form(TRANSFER),
        )

    def _transfer(self, resident: Resident) -> Response:
        tenant, wish = resident.tenant, request.form.getlist("do")
        if wish not in (["make"], ["cancel"]):
            return self.frame.pages.error("bad_request", 400)
        with self.store.for_tenant(tenant.tenant_id).write() as tx:
            if wish == ["cancel"]:
                self.transfer_codes.cancel(tx, tenant, resident.handle)
                code = None
            else:
                code = self.transfer_codes.make(tx, tenant, resident.handle)
        done = "transfer_made" if code else "transfer_cancelled"
        return self.frame.page("done", resident, at="codes", done=done, service_name="", code=code)

    def _choose(self, resident: Resident, problem: bool = False) -> Response:
        return self.frame.page(
            "resident_code",
            resident,
            at="codes",
            has_one=self._standing(resident)[1],
            problem=problem,
            action_url=resident.tenant.url("/my/codes/resident"),
            form=resident.form(CHOSEN),
        )

    def _chosen(self, resident: Resident) -> Response:
        tenant, wish, typed = resident.tenant, request.form.getlist("do"), request.form.getlist("code")
        if wish not in (["choose"], ["give-up"]) or len(typed) > 1:
            return self.frame.pages.error("bad_request", 400)
        try:
            with self.store.for_tenant(tenant.tenant_id).write() as tx:
                if wish == ["choose"]:
                    self.resident_codes.choose(tx, tenant, resident.handle, "".join(typed))
                else:
                    self.resident_codes.give_up(tx, tenant, resident.handle)
        except NotAllowed:
            return self._choose(resident, problem=True)
        done = "code_chosen" if wish == ["choose"] else "code_given_up"
        return self.frame.page("done", resident, at="codes", done=done, service_name="", code=None)
