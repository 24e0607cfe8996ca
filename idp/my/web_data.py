"""R19: everything that is held about somebody, as a file. It exists in the answer alone, and never at a URL."""

import json
from dataclasses import dataclass

from flask import Flask, Response, request

from idp.my.everything import Everything
from idp.my.resident import Resident
from idp.my.web import Frame
from idp.web.web import current_language, tenant_view

FORM = "data"
READABLE, FOR_PROGRAMS = "html", "json"


@dataclass(frozen=True, slots=True, kw_only=True)
class DataPages:
    """The routes. Whoever is at a browser that somebody left is asked for the card first."""

    frame: Frame
    everything: Everything

    def mount(self, app: Flask) -> None:
        """Add the routes."""
        app.add_url_rule("/my/data", "my_data", lambda: self.frame.shown(self._ask, fresh=True), methods=["GET"])
        app.add_url_rule(
            "/my/data", "my_data_file", lambda: self.frame.done(FORM, self._file, fresh=True), methods=["POST"]
        )

    def _ask(self, resident: Resident) -> Response:
        return self.frame.page(
            "data", resident, at="data", action_url=resident.tenant.url("/my/data"), form=resident.form(FORM)
        )

    def _file(self, resident: Resident) -> Response:
        kinds, tenant = request.form.getlist("as"), resident.tenant
        if kinds not in ([READABLE], [FOR_PROGRAMS]):
            return self.frame.pages.error("bad_request", 400)
        body = self.everything.of(resident)
        if kinds == [FOR_PROGRAMS]:
            text = json.dumps(body, ensure_ascii=False, indent=2) + "\n"
            response = Response(text, mimetype="application/json")
        else:
            language = current_language()
            text = self.frame.pages.pages.render(
                "my/data_file.html", language=language, tenant=tenant_view(tenant, language), body=body
            )
            response = Response(text, mimetype="text/html")
        response.headers["Content-Disposition"] = f'attachment; filename="my-data.{kinds[0]}"'
        response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
        return response
