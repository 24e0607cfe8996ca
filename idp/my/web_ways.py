"""What a person signs in with beside their certificates: the ID with its password, and passkeys.

Made and changed only in a session in which a certificate itself has signed within the last minutes: neither a
passkey nor a password makes another one.
"""

from dataclasses import dataclass

from flask import Flask, Response, request

from idp.jpki.profile import Device
from idp.login import named_again
from idp.my import when
from idp.my.resident import Resident
from idp.my.web import Frame
from idp.passkeys.ceremony import CeremonyFailed
from idp.passkeys.passkeys import MOST, Passkeys
from idp.passwords import rules
from idp.passwords.accounts import Accounts
from idp.passwords.rules import Fault
from idp.registration import NotAllowed
from idp.tenants.sign_in_methods import PASSKEY, PASSWORD
from idp.tenants.tenancy import Tenant
from idp.web.web import current_language, see_other

SET, BIND, REMOVE = "password", "passkey", "passkey-remove"


@dataclass(frozen=True, slots=True, kw_only=True)
class WaysPages:
    """The routes."""

    frame: Frame
    accounts: Accounts
    passkeys: Passkeys

    def mount(self, app: Flask) -> None:
        """Add the routes."""
        add, frame = app.add_url_rule, self.frame
        add("/my/ways", "my_ways", lambda: frame.shown(self._all), methods=["GET"])
        add(
            "/my/ways/password",
            "my_password",
            lambda: frame.shown(self._ask_password, fresh=True),
            methods=["GET"],
        )
        add(
            "/my/ways/password", "my_password_set",
            lambda: frame.done(SET, self._set_password, fresh=True), methods=["POST"],
        )  # fmt: skip
        add("/my/ways/passkey", "my_passkey", lambda: frame.shown(self._ask_passkey, fresh=True), methods=["GET"])
        add(
            "/my/ways/passkey", "my_passkey_bound",
            lambda: frame.done(BIND, self._bind, fresh=True), methods=["POST"],
        )  # fmt: skip
        add("/my/ways/remove", "my_passkey_removed", lambda: frame.done(REMOVE, self._remove), methods=["POST"])

    def _all(self, resident: Resident, done: str = "") -> Response:
        tenant = resident.tenant
        account = self.accounts.of_person(tenant, resident.handle)
        found = self.passkeys.of_person(tenant, resident.handle)
        return self.frame.page(
            "ways",
            resident,
            at="ways",
            done=done,
            passwords=_offers(tenant, PASSWORD),
            offers_passkeys=_offers(tenant, PASSKEY),
            sign_in_id=account[0] if account else None,
            passkeys=[
                (tenant.keys.passkey_index(one.credential_id).hex(), when.on(one.bound_on)) for one in found
            ],
            more=len(found) < MOST,
            password_url=tenant.url("/my/ways/password"),
            passkey_url=tenant.url("/my/ways/passkey"),
            remove_url=tenant.url("/my/ways/remove"),
            form=resident.form(REMOVE),
        )

    def _ask_password(self, resident: Resident, fault: Fault | None = None) -> Response:
        tenant = resident.tenant
        if not _offers(tenant, PASSWORD):
            return self.frame.pages.error("not_found", 404)
        account = self.accounts.of_person(tenant, resident.handle)
        response = self.frame.page(
            "ways_password",
            resident,
            at="ways",
            sign_in_id=account[0] if account else None,
            fault=fault,
            action_url=tenant.url("/my/ways/password"),
            form=resident.form(SET),
        )
        response.status_code = 400 if fault else 200
        return response

    def _set_password(self, resident: Resident) -> Response:
        tenant, device = resident.tenant, _device(resident)
        new, again = request.form.getlist("new"), request.form.getlist("again")
        if device is None or not _offers(tenant, PASSWORD) or len(new) != 1 or len(again) != 1:
            return self.frame.pages.error("bad_request", 400)
        account = self.accounts.of_person(tenant, resident.handle)
        fault = rules.fault_of(new[0], again[0], sign_in_id=account[0] if account else "")
        if fault is not None:
            return self._ask_password(resident, fault)
        self.accounts.set_by_card(tenant, resident.handle, device, new[0])
        return self._all(resident, done="password")

    def _ask_passkey(self, resident: Resident, *, failed: bool = False) -> Response:
        tenant = resident.tenant
        if not _offers(tenant, PASSKEY):
            return self.frame.pages.error("not_found", 404)
        try:
            options = self.passkeys.offer(
                tenant, resident.handle, resident.session.digest, name=tenant.name(current_language())
            )
        except NotAllowed:
            return see_other(tenant.url("/my/ways"))
        response = self.frame.page(
            "ways_passkey",
            resident,
            at="ways",
            options=options,
            failed=failed,
            action_url=tenant.url("/my/ways/passkey"),
            form=resident.form(BIND),
        )
        response.status_code = 403 if failed else 200
        return response

    def _bind(self, resident: Resident) -> Response:
        tenant, device, given = resident.tenant, _device(resident), request.form.getlist("answer")
        if device is None or not _offers(tenant, PASSKEY) or len(given) != 1:
            return self.frame.pages.error("bad_request", 400)
        try:
            self.passkeys.bind(tenant, resident.handle, resident.session.digest, device, given[0])
        except (CeremonyFailed, NotAllowed):
            return self._ask_passkey(resident, failed=True)
        return self._all(resident, done="passkey")

    def _remove(self, resident: Resident) -> Response:
        given = request.form.getlist("passkey")
        try:
            index = bytes.fromhex(given[0]) if len(given) == 1 else b""
        except ValueError:
            index = b""
        removed = self.passkeys.remove(resident.tenant, resident.handle, index)
        return self._all(resident, done="removed" if removed else "")


def _offers(tenant: Tenant, method: str) -> bool:
    return method in tenant.settings.methods


def _device(resident: Resident) -> Device | None:
    """Of the certificate that has signed in here, None where something that is bound by one has."""
    name = resident.session.proof.certificate
    if name is None:
        return None
    named = named_again.opened(resident.tenant, name)
    return named_again.device(named) if named_again.signed_in(named) else None
