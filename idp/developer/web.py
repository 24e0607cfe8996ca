"""Pages for those who connect a service: {issuer}/developer (where things are, what errors mean) and its terms."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from flask import Flask, Response

from idp.developer import errors
from idp.developer.errors import Explained
from idp.verification.api import PREFIX as API
from idp.web.web import PageWriter, current_language, current_tenant


@dataclass(frozen=True, slots=True, kw_only=True)
class DeveloperPage:
    """The pages; words of errors are read once."""

    pages: PageWriter
    catalogue: Mapping[str, tuple[Explained, ...]] = field(default_factory=errors.load)

    def mount(self, app: Flask) -> None:
        """Add the routes."""
        app.add_url_rule(errors.PATH, "developer", self.page, methods=["GET"])
        app.add_url_rule(errors.TERMS_PATH, "developer_terms", self.terms, methods=["GET"])

    def page(self) -> Response:
        """In English for whoever reads that, else in Japanese: it is for technicians."""
        language, tenant = _language(), current_tenant()
        issuer = tenant.issuer
        configuration = f"{issuer}/.well-known/openid-configuration"
        return self.pages.page(
            "developer.html",
            written_in=language,
            issuer=issuer,
            configuration=configuration,
            api=f"{issuer}{API}/openapi.json",
            terms=tenant.settings.tos_uri or tenant.url(errors.TERMS_PATH),
            errors=self.catalogue[language],
        )

    def terms(self) -> Response:
        """What every service keeps to, where the municipality says nothing else."""
        return self.pages.page("terms.html", written_in=_language())


def _language() -> str:
    return "en" if current_language() == "en" else "ja"
