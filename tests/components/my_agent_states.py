"""Every state of the resident's own page about agents, with the context that each is given."""

from collections.abc import Iterator, Mapping

from idp.agents.representation import Basis, EndedBy
from idp.my.agents import Month, Shown
from idp.my.web import PAGES
from idp.my.when import When

State = tuple[str, str, Mapping[str, object]]

ROOT = "/t/aoba/my"
FORM = "00112233445566778899aabbccddeeff"
SINCE, UNTIL = When(2026, 11, 26), When(2027, 5, 27)
LIBRARY = "青葉市立図書館 予約サービス"


def _within() -> dict[str, object]:
    links = [(name, ROOT if name == "home" else f"{ROOT}/{name}") for name in PAGES]
    return {"my": {"at": "agents", "links": links, "closes": "14:35", "sign_out_url": f"{ROOT}/sign-out"}}


def _one(basis: Basis, **changes: object) -> Shown:
    members: dict[str, object] = {
        "label": "",
        "basis": str(basis),
        "services": [],
        "once": False,
        "offered": False,
        "since": SINCE,
        "until": UNTIL,
        "months": [],
        "mark": None,
        "ended_by": None,
    }
    return Shown(**{**members, **changes})  # type: ignore[arg-type]


def my_agent_states() -> Iterator[State]:
    """Every page in every state."""
    used = [Month(year=2026, month=11, counted=[(LIBRARY, 3), ("子育て", 1)])]
    mine = [
        _one(Basis.MANDATE, label="長男", services=[LIBRARY, "子育て"], months=used, mark=FORM),
        _one(Basis.MANDATE, label="妹", services=[LIBRARY], once=True, offered=True, mark=FORM[::-1]),
        _one(Basis.PARENT),
    ]
    theirs = [_one(basis, mark=f"{FORM}{turn}") for turn, basis in enumerate(Basis)]
    over = [_one(Basis.MANDATE, label="父", services=[LIBRARY], ended_by=str(by)) for by in EndedBy]
    context = {
        **_within(),
        "done": "",
        "mine": mine,
        "theirs": theirs,
        "over": over,
        "offer_url": f"{ROOT}/agents/offer",
        "accept_url": f"{ROOT}/agents/accept",
        "action_url": f"{ROOT}/agents",
        "form": FORM,
    }
    yield "my agents", "my/agents.html", context
    nobody = {"mine": [], "theirs": [], "over": [], "offer_url": None}
    for done in ("accepted", "ended", "gone"):
        yield f"my agents, {done}", "my/agents.html", {**context, **nobody, "done": done}
    offer = {
        **_within(),
        "services": [("library", LIBRARY), ("childcare", "子育て")],
        "terms": [(1, SINCE), (6, UNTIL)],
        "label_characters": 20,
        "action_url": f"{ROOT}/agents/offer",
        "form": FORM,
    }
    for problem in ("", "wrong", "often", "many"):
        yield f"my agents offer, {problem}".rstrip(", "), "my/agents_offer.html", {**offer, "problem": problem}
    made = {"code": "7K3Q-9F0M-2ABC", "list_url": f"{ROOT}/agents"}
    yield "my agents code", "my/agents_code.html", {**_within(), **made}
    accept = {**_within(), "action_url": f"{ROOT}/agents/accept", "form": FORM}
    for problem in ("", "wrong", "self", "often"):
        yield f"my agents accept, {problem}".rstrip(", "), "my/agents_accept.html", {**accept, "problem": problem}
    terms = {
        **_within(),
        "services": [LIBRARY, "子育て"],
        "once": False,
        "until": UNTIL,
        "code": "7K3Q-9F0M-2ABC",
        "label_characters": 20,
        "action_url": f"{ROOT}/agents/accepted",
        "form": FORM,
    }
    yield "my agents terms", "my/agents_terms.html", {**terms, "problem": ""}
    yield "my agents terms, no label", "my/agents_terms.html", {**terms, "problem": "label", "once": True}
