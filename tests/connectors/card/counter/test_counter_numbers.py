"""The terminal's half of the talk about a user number, and what its desk makes of it."""

import dataclasses
import hashlib
import json

import pytest
from components.card_provider import answer, refusal
from components.number_provider import NumberProvider

from connectors.card import link as links
from connectors.card.agent import Agent, RefusedByServer
from connectors.card.counter import key as keys
from connectors.card.counter.agent import CounterAgent
from connectors.card.counter.keyboard import KeyboardUnusable, Window
from connectors.card.counter.message import Mode
from connectors.card.counter.number_desk import FOLLOW_SECONDS, NumberDesk, Stage
from connectors.card.counter.numbers import Act, NumberAgent, Typed, message
from connectors.card.counter.typist import OWN_TITLE, PATIENCE_SECONDS, Outcome, Typist, ancestors
from connectors.card.protocol import Challenge
from connectors.errors import Garbled
from connectors.http import Outbound

LINKED = "c42444758db7b6d251fdba6202e0785c905966f1fed286bfb6a7a9340966e214"
FETCHED = "a8c7f0c8184aa37d8fe13629777723b41cc1e6ed383bc3354deec837b41da750"
"""The same as in tests/idp/jpki: they bind the two layouts."""
FIELD, OTHER = Window("1", "図書館システム"), Window("2", "メモ")


@pytest.fixture
def provider(key_file):
    """A provider with one login waiting, at which the terminal is enrolled."""
    waiting = NumberProvider(terminal=keys.load("mado-2", key_file))
    stop = waiting.serve()
    yield waiting
    stop()


@pytest.fixture
def talk(provider):
    """The terminal's talk about the number of that login."""
    link = links.parse(provider.link, dev=True)
    agent = CounterAgent(agent=Agent(link, Outbound([link.origin])), terminal=provider.terminal)
    return NumberAgent(agent, agent.challenge(Mode.PIN))


def desk_over(seconds, typist=None, spawn=None):
    """A desk whose clock only its own waiting moves; what it does beside is done at once, or as `spawn` says."""

    def pause(wait):
        seconds[0] += wait

    return NumberDesk(
        typist=typist,
        monotonic=lambda: seconds[0],
        pause=pause,
        spawn=spawn or (lambda act: act()),
    )


@dataclasses.dataclass
class Keys:
    """A keyboard that remembers; `looks`: what has the keyboard, look by look, the last one for good."""

    looks: list
    broken: bool = False
    typed: list = dataclasses.field(default_factory=list)

    def focused(self):
        """The next look."""
        return self.looks.pop(0) if len(self.looks) > 1 else self.looks[0]

    def type(self, text, key):
        """Remember."""
        if self.broken:
            raise KeyboardUnusable("broken")
        self.typed.append((text, key))


def typist_over(keys_, **settings):
    """A typist whose clock only its own waiting moves."""
    seconds = [0.0]
    return Typist(
        keyboard=keys_,
        monotonic=lambda: seconds[0],
        pause=lambda wait: seconds.__setitem__(0, seconds[0] + wait),
        **settings,
    )


def test_the_known_answer():
    """278 bytes, for both acts."""
    nonce = bytes(range(32))
    challenge = Challenge(
        issuer="http://localhost:8000/t/aoba",
        origin="http://localhost:8000",
        transaction="AAECAwQFBgcICQoLDA0ODw",
        nonce=bytes(32),
        expires_at=None,
        channel="counter",
        tenant_name="市",
        service_name="図書館",
        service_purpose="本",
        attributes=(),
        certificate_types=("card",),
        claim=None,
    )
    linked = message(challenge, nonce, "mado-2", Act.LINK, "0012345678", "K7QX-93MT")
    fetched = message(challenge, nonce, "mado-2", Act.FETCH, "", "")
    assert (len(linked), hashlib.sha256(linked).hexdigest()) == (278, LINKED)
    assert hashlib.sha256(fetched).hexdigest() == FETCHED


def test_a_number_is_fetched_and_linked(provider, talk):
    """Each with a nonce of its own; the provider checks both signatures."""
    assert talk.fetch(talk.nonce()) is None
    with pytest.raises(RefusedByServer) as refused:
        talk.link(talk.nonce(), Typed("5"))
    assert refused.value.code == "user_number_not_listed"
    assert talk.link(talk.nonce(), Typed("5", new=True)) == "5"
    assert talk.fetch(talk.nonce()) == "5"
    provider.agreed = False
    assert talk.nonce() is None


@pytest.mark.parametrize(
    ("step", "body"),
    [
        ("challenge", {}),
        ("challenge", {"version": "jpki-counter-number/1", "state": "ready"}),
        ("challenge", {"version": "jpki-counter-number/1", "state": "ready", "nonce": "AAAA"}),
        ("challenge", {"version": "jpki-counter-number/2", "state": "waiting"}),
        ("user-number", {"user_number": 7}),
        ("user-number", {"user_number": ""}),
        ("user-number", {"user_number": "1\n"}),
        ("user-number", {"user_number": "１"}),
        ("user-number", {"user_number": "x" * 65}),
        ("user-number", []),
    ],
    ids=str,
)
def test_garbled_answers(provider, talk, step, body):
    """Nothing is typed that is not a short printable number."""
    nonce = bytes(32)
    provider.instead["POST", step] = answer(body)
    with pytest.raises(Garbled):
        talk.nonce() if step == "challenge" else talk.fetch(nonce)


def test_no_number_stands_in_a_repr():
    """Of what is typed, shown or seen."""
    from connectors.card.counter.number_desk import NumberView

    shown = repr([Typed("CANARY", "CANARY"), NumberView("t", Stage.SHOWN, "CANARY"), Window("1", "CANARY")])
    assert "CANARY" not in shown


def begin(desk, talk):
    """The login is proved."""
    desk.begin("turn", talk.agent, talk.challenge)


def test_the_desk_shows_a_number(provider, talk):
    """After the resident agreed, and until the next person."""
    provider.number = "0012"
    acts = []
    desk = desk_over([0.0], spawn=acts.append)
    begin(desk, talk)
    assert desk.view().stage is Stage.WAITING
    acts.pop()()
    assert (desk.view().stage, desk.view().number) == (Stage.SHOWN, "0012")
    desk.forget()
    assert desk.view() is None


def test_the_desk_waits_for_consent(provider, talk):
    """As long as the provider tells numbers, and not longer; a line that is gone for a while does no harm."""
    provider.agreed = False
    seconds = [0.0]
    desk = desk_over(seconds)
    begin(desk, talk)
    assert (desk.view().stage, desk.view().code) == (Stage.FAILED, "expired")
    assert seconds[0] >= FOLLOW_SECONDS
    provider.instead["POST", "challenge"] = refusal(410, "declined")
    begin(desk, talk)
    assert (desk.view().stage, desk.view().code) == (Stage.FAILED, "declined")
    provider.instead["POST", "challenge"] = answer({})
    begin(desk, talk)
    assert desk.view().code == "expired"


def test_the_next_person_ends_the_waiting(provider, talk):
    """Nothing of the last login is followed any more."""
    provider.number = "0012"
    acts = []
    desk = desk_over([0.0], spawn=acts.append)
    begin(desk, talk)
    desk.forget()
    acts.pop()()
    assert desk.view() is None
    assert provider.requests == []


def test_the_staff_link_what_they_scan(provider, talk):
    """As it comes from a scanner or a Japanese keyboard; what is refused is said, and may be tried again."""
    provider.listed = ("A12-3",)
    desk = desk_over([0.0])
    begin(desk, talk)
    assert desk.view().stage is Stage.UNLINKED
    desk.link("another turn", Typed("A12-3"))
    assert desk.view().stage is Stage.UNLINKED
    desk.link("turn", Typed("99"))
    assert (desk.view().stage, desk.view().code) == (Stage.UNLINKED, "user_number_not_listed")
    desk.link("turn", Typed(" Ａ１２-3\u3000", "Ｋ7QX"))
    assert (desk.view().stage, desk.view().number) == (Stage.SHOWN, "A12-3")
    assert provider.requests[-1]["claim_code"] == "K7QX"
    desk.link("turn", Typed("98", new=True))
    assert desk.view().number == "A12-3"


def test_linking_while_the_line_is_gone(provider, talk):
    """It says so, and may be tried again."""
    desk = desk_over([0.0])
    begin(desk, talk)
    provider.instead["POST", "challenge"] = answer([])
    desk.link("turn", Typed("1", new=True))
    assert (desk.view().stage, desk.view().code) == (Stage.UNLINKED, "unreachable")


@pytest.mark.parametrize(
    ("looks", "broken", "stage"),
    [
        ([FIELD], False, Stage.TYPED),
        ([FIELD, FIELD, OTHER], False, Stage.MOVED),
        ([None], False, Stage.NOT_TYPED),
        ([FIELD], True, Stage.NOT_TYPED),
    ],
)
def test_the_desk_types_a_number(provider, talk, looks, broken, stage):
    """What came of it is seen, and the number with it; it may be typed once more."""
    provider.number = "0012"
    board = Keys(list(looks), broken)
    desk = desk_over([0.0], typist_over(board))
    begin(desk, talk)
    assert (desk.view().stage, desk.view().number) == (stage, "0012")
    board.looks, board.broken = [FIELD], False
    desk.type_again("another turn")
    desk.type_again("turn")
    assert desk.view().stage is Stage.TYPED
    assert board.typed[-1] == ("0012", "enter")


def test_nothing_is_typed_into_our_own_windows():
    """Neither a screen of ours, nor the window that this program was started from, nor any where one is named."""
    own = [Window("1", f"職員用　{OWN_TITLE} - Chromium"), Window("2", "sh", process=7), Window("3", "メモ")]
    for window in own[:2]:
        board = Keys([window])
        assert typist_over(board, own_processes=frozenset({7})).type("1", wanted=lambda: True) is Outcome.NOWHERE
        assert board.typed == []
    board = Keys([own[2]])
    assert typist_over(board, window="図書館").type("1", wanted=lambda: True) is Outcome.NOWHERE
    board = Keys([*own, own[2], FIELD])
    typist = typist_over(board, window="図書館", prefix="!", key=None, own_processes=frozenset({7}))
    assert typist.type("1", wanted=lambda: True) is Outcome.TYPED
    assert board.typed == [("!1", None)]


def test_a_window_counts_from_its_second_look():
    """Whoever is just switching between windows is not typed at; patience ends."""
    hurried = Keys([FIELD, OTHER] * 200)
    seconds = [0.0]
    typist = Typist(
        keyboard=hurried,
        monotonic=lambda: seconds[0],
        pause=lambda wait: seconds.__setitem__(0, seconds[0] + wait),
    )
    assert typist.type("1", wanted=lambda: True) is Outcome.NOWHERE
    assert seconds[0] >= PATIENCE_SECONDS
    assert hurried.typed == []


def test_what_is_not_wanted_any_more_is_not_typed():
    """The next person came meanwhile."""
    board = Keys([FIELD])
    assert typist_over(board).type("1", wanted=lambda: False) is Outcome.NOWHERE
    assert board.typed == []


def test_ancestors_are_read_from_proc(tmp_path):
    """Whatever a process is called; one that is gone ends the list."""
    for process, name, parent in ((30, "a) b (c", 20), (20, "sh", 10), (10, "x", 1)):
        (tmp_path / str(process)).mkdir()
        (tmp_path / str(process) / "stat").write_text(f"{process} ({name}) S {parent} 1 1")
    assert ancestors(30, tmp_path) == {30, 20, 10}
    assert ancestors(99, tmp_path) == {99}
    (tmp_path / "10" / "stat").write_text("garbage")
    assert ancestors(30, tmp_path) == {30, 20, 10}


def test_requests_name_no_number_where_none_is_linked(provider, talk):
    """The body of a fetch."""
    talk.fetch(talk.nonce())
    assert provider.requests[-1].keys() == {"terminal", "nonce", "act", "terminal_signature"}
    assert "user_number" not in json.dumps(provider.requests)
