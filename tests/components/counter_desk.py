"""Two browsers at the desk of a counter terminal, over its screens."""

import re
from datetime import UTC, datetime

from werkzeug.test import Client

from connectors.card import link as links
from connectors.card.agent import Agent
from connectors.card.counter import form, typeface
from connectors.card.counter.agent import CounterAgent
from connectors.card.counter.desk import Desk
from connectors.card.counter.genuineness import NotChecked
from connectors.card.counter.screens.application import Screens
from connectors.card.places import FilePlace
from connectors.http import Outbound
from connectors.sandbox.card.in_process import InProcessCard

STAFF, RESIDENT = "staff-secret", "resident-secret"
HERE = "http://localhost:8123/"


class Counter:
    """Two browsers at one desk."""

    def __init__(self, provider, card_file) -> None:
        self.seconds = 0.0
        self._tokens = iter(f"turn-{number}" for number in range(99))
        self.desk = Desk(
            terminal_id="mado-2",
            where="本庁舎1階 市民課2番窓口",
            place=FilePlace(card_file, InProcessCard.load),
            agent_for=lambda link: self._agent(provider, link),
            genuineness=NotChecked(),
            template=form.GENERAL,
            typeface=typeface.find(None),
            now=lambda: datetime(2026, 11, 26, 9, 30, tzinfo=UTC),
            monotonic=lambda: self.seconds,
            token=lambda: next(self._tokens),
        )
        self.screens = Screens(desk=self.desk, staff=STAFF, resident=RESIDENT)
        self.browser = Client(self.screens)
        self.link = provider.link

    def _agent(self, provider, link):
        parsed = links.parse(link, dev=True)
        return CounterAgent(agent=Agent(parsed, Outbound([parsed.origin])), terminal=provider.terminal)

    def staff(self, action="", **form_data):
        """The staff's screen, or one of its buttons."""
        return self._use(f"/staff/{STAFF}", action, form_data)

    def resident(self, action="", **form_data):
        """The resident's screen, or one of its buttons with the turn of the page."""
        if action:
            form_data = {"turn": self.turn(), **form_data}
        return self._use(f"/resident/{RESIDENT}", action, form_data)

    def paper(self, name):
        """What the staff print."""
        return self.browser.get(f"/staff/{STAFF}/{name}.pdf", base_url=HERE)

    def turn(self):
        """The turn that the resident's page names."""
        page = self.browser.get(f"/resident/{RESIDENT}", base_url=HERE).text
        found = re.search(r'name="turn" value="([^"]+)"', page)
        return found[1] if found else "none"

    def _use(self, base, action, form_data):
        options = {"base_url": HERE}
        if not action:
            return self.browser.get(base, **options)
        return self.browser.post(f"{base}/{action}", data=form_data, follow_redirects=True, **options)
