"""The page for those who connect a service, at {issuer}/developer: where things are, and what errors mean."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from flask import Flask, Response

from idp.developer import errors
from idp.developer.errors import Explained
from idp.verification.api import PREFIX as API
from idp.web.web import PageWriter, current_language, current_tenant


@dataclass(frozen=True, slots=True, kw_only=True)
class DeveloperPage:
    """The page; its words are read once."""

    pages: PageWriter
    catalogue: Mapping[str, tuple[Explained, ...]] = field(default_factory=errors.load)

    def mount(self, app: Flask) -> None:
        """Add the route."""
        app.add_url_rule(errors.PATH, "developer", self.page, methods=["GET"])

    def page(self) -> Response:
        """In English for whoever reads that, else in Japanese: it is for technicians."""
        language = "en" if current_language() == "en" else "ja"
        issuer = current_tenant().issuer
        configuration = f"{issuer}/.well-known/openid-configuration"
        return self.pages.page(
            "developer.html",
            written_in=language,
            issuer=issuer,
            configuration=configuration,
            api=f"{issuer}{API}/openapi.json",
            errors=self.catalogue[language],
        )
