"""What the resident's own pages share: the session's cookie, the door in front of them, their frame."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Response, request

from idp.login import own_pages
from idp.my import when
from idp.my.resident import Resident, Residents
from idp.tenants.tenancy import Tenant
from idp.web.web import PageWriter, cookie_name, current_tenant, see_other

PAGES = ("home", "history", "sessions", "certificate", "codes", "ways", "agents", "data", "leaving")
"""Below `my.nav` of the texts; each leads to its address below /my."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """Shows a page to whoever is signed in, and the door to everybody else."""

    residents: Residents
    pages: PageWriter

    def resident(self) -> Resident | None:
        """Who is signed in, in this browser."""
        tenant = current_tenant()
        return self.residents.of(tenant, request.cookies.get(cookie_name(tenant, own_pages.COOKIE), ""))

    def shown(self, show: Callable[[Resident], Response], *, fresh: bool = False) -> Response:
        """The page for who is signed in. `fresh`: only after a proof of the last minutes."""
        resident = self.resident()
        if resident is None or (fresh and not resident.fresh):
            return self.door(again=resident is not None)
        return show(resident)

    def done(self, what: str, act: Callable[[Resident], Response], *, fresh: bool = False) -> Response:
        """What a form does that names `what`: for whoever's session sent it, or back to its page."""
        resident = self.resident()
        if resident is None or (fresh and not resident.fresh):
            return see_other(current_tenant().url(_path()))
        if len(request.form.getlist("form")) != 1 or not resident.has_sent(what, request.form["form"]):
            return self.pages.error("bad_request", 400)
        return act(resident)

    def door(self, *, again: bool = False) -> Response:
        """The way in; `again`: the card is read once more before something that cannot be undone."""
        tenant = current_tenant()
        return self.pages.page("my/door.html", again=again, to=_path(), action_url=tenant.url("/my/sign-in"))

    def page(self, template: str, resident: Resident, *, at: str, **context: Any) -> Response:
        """One of these pages, below the heading of its part `at` (`PAGES`)."""
        return self.pages.page(
            f"my/{template}.html", my=frame(resident.tenant, at=at, ends_at=resident.ends_at), **context
        )


def frame(tenant: Tenant, *, at: str, ends_at: int) -> dict[str, Any]:
    """What is around every page: where its parts are, and when it closes."""
    root = f"{tenant.path}/my"
    return {
        "at": at,
        "links": [(name, root if name == "home" else f"{root}/{name}") for name in PAGES],
        "closes": when.at(ends_at).time,
        "sign_out_url": f"{root}/sign-out",
    }


def _path() -> str:
    """Of this page below the issuer, as `entering.wanted` takes it."""
    return request.path
