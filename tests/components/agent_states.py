"""Every state of the pages on which somebody acts for another, with the context that each is given."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date

from idp.agents.acting import Acting
from idp.agents.representation import Basis
from idp.login import attribute_view

State = tuple[str, str, Mapping[str, object]]

FORM = "AAECAwQFBgcICQoLDA0ODw"


def acting(basis: Basis, label: str = "") -> Acting:
    """By what somebody acts."""
    return Acting(
        representation_id=bytes(16),
        principal=bytes(32),
        agent=bytes([1]) * 32,
        basis=basis,
        until=date(2031, 3, 31),
        label=label,
    )


def agent_states(
    card: Mapping[str, object], consent: Mapping[str, object], back: Mapping[str, object]
) -> Iterator[State]:
    """Every page in every state. `card`, `consent`, `back`: contexts of pages on which nobody acts."""
    mother = acting(Basis.MANDATE, "母")
    yield "card, by an agent", "card.html", {**card, "by_agent": True}
    asked = {
        "service_name": card["service_name"],
        "alone": True,
        "my_url": "http://localhost:8000/t/aoba/my/agents",
        "action_url": "http://localhost:8000/t/aoba/login/x/for",
        "transaction": [("form", FORM)],
    }
    once = replace(mother, once=True)
    choices = [(f"{FORM}o", once), *((f"{FORM}{turn}", acting(basis)) for turn, basis in enumerate(Basis))]
    yield "for whom", "for_whom.html", {**asked, "choices": [(FORM, mother), *choices]}
    yield "for whom, an agent alone", "for_whom.html", {**asked, "alone": False, "choices": [(FORM, mother)]}
    yield "for whom, nobody", "for_whom.html", {**asked, "alone": False, "choices": []}
    yield "consent, for somebody", "consent.html", {**consent, "acting": mother, "everywhere": True}
    unread = attribute_view.missing(("name", "address"))
    yield "consent, for a child", "consent.html", {**consent, "acting": acting(Basis.PARENT), "attributes": unread}
    yield "return, for somebody", "return.html", {**back, "acting": mother}
