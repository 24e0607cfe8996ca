"""The help pages of every tenant, at {issuer}/help: open to everybody, the same before and during a login."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from flask import Flask, Response

from idp.pages import accessibility, licences
from idp.tenants.tenant_settings import RELEASED_SECONDS
from idp.web.web import PageWriter, current_tenant

TOPICS: Mapping[str, str] = MappingProxyType(
    {
        "help": "",
        "pin": "/pin",
        "no_pin": "/no-pin",
        "accessibility": "/accessibility",
        "privacy": "/privacy",
        "licence": "/licence",
    }
)
"""Name of each page in the texts, and its address under /help."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HelpPages:
    """The pages; what they state of the product is read once."""

    pages: PageWriter
    statement: accessibility.Statement = field(default_factory=accessibility.load)
    components: tuple[licences.Component, ...] = field(default_factory=licences.components)

    def mount(self, app: Flask) -> None:
        """Add the routes."""
        app.add_url_rule("/help", "help", lambda: self.page("help"), methods=["GET"])
        app.add_url_rule("/help/<address>", "help_topic", self.topic, methods=["GET"])

    def topic(self, address: str) -> Response:
        """The page at an address under /help."""
        found = next((name for name, path in TOPICS.items() if path == f"/{address}"), None)
        return self.page(found) if found else self.pages.error("not_found", 404)

    def page(self, topic: str) -> Response:
        """One of `TOPICS`."""
        begin = f"{current_tenant().path}/help"
        return self.pages.page(
            template_of(topic),
            topic=topic,
            topics=[(name, begin + path) for name, path in TOPICS.items()],
            statement=self.statement,
            components=self.components,
            released_seconds=current_tenant().settings.released_seconds,
            usual_minutes=RELEASED_SECONDS // 60,
        )


def template_of(topic: str) -> str:
    """The template of one of `TOPICS`."""
    return f"help{TOPICS[topic] or '/index'}.html"
