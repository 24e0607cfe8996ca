"""A user number on the two screens: for the staff alone, until the next person."""

import re

import pytest
from components.counter_desk import HERE, STAFF, Counter
from components.number_provider import NumberProvider

from connectors.card.counter import key as keys
from connectors.card.counter.desk import FORGET_SECONDS
from connectors.card.counter.keyboard import KeyboardUnusable
from connectors.card.counter.number_desk import NumberDesk, Stage
from connectors.card.counter.number_options import KeyAfter, NumberOptions, NumberUse
from connectors.card.counter.screens.number_texts import NUMBER_STAGES
from connectors.card.counter.typist import OWN_TITLE


@pytest.fixture
def provider(key_file):
    """A provider with one login waiting, at which the terminal is enrolled."""
    waiting = NumberProvider(terminal=keys.load("mado-2", key_file))
    stop = waiting.serve()
    yield waiting
    stop()


@pytest.fixture
def counter(provider, hanako):
    """A desk that shows numbers; what it does beside is done at once."""
    made = Counter(provider, hanako.card)
    made.desk.numbers = NumberDesk(
        typist=None, monotonic=lambda: 0.0, pause=lambda _: None, spawn=lambda act: act()
    )
    return made


def tap(counter):
    """A whole login at the terminal."""
    counter.staff("login", link=counter.link, mode="pin")
    counter.resident("agree")
    return counter.resident("present", secret="1234")


def test_the_staff_see_a_number_and_the_resident_does_not(counter, provider):
    """With a button that copies it; it is gone with the next person."""
    provider.number = "CANARY-1"
    assert "CANARY-1" not in tap(counter).text
    page = counter.staff().text
    assert 'readonly value="CANARY-1"' in page
    assert 'src="/copy.js"' in page
    assert counter.browser.get("/copy.js", base_url=HERE).mimetype == "text/javascript"
    counter.staff("clear")
    assert "CANARY-1" not in counter.staff().text
    assert counter.desk.numbers.view() is None


def test_a_number_is_linked_on_the_staffs_screen(counter, provider):
    """A wrong one is told in Japanese with its code; a new one takes its tick."""
    tap(counter)
    turn = re.search(r'name="turn" value="([^"]+)"[^<]*<label for="typed"', counter.staff().text)[1]
    refused = counter.staff("number", turn=turn, number="77").text
    assert "名簿にない番号です" in refused
    assert "user_number_not_listed" in refused
    assert 'value="77"' in counter.staff("number", turn=turn, number="77", new="yes").text
    assert provider.number == "77"
    assert "77" not in counter.resident().text


def test_a_number_is_forgotten_with_its_errand(counter, provider):
    """After a while nobody at this desk knows it."""
    provider.number = "CANARY-1"
    tap(counter)
    counter.seconds += FORGET_SECONDS + 1
    assert "CANARY-1" not in counter.staff().text
    assert counter.desk.numbers.view() is None


def test_the_screens_follow_the_number(counter, provider):
    """The word by which a page knows that it is to be shown anew, changes with it and never holds it."""
    provider.number = "CANARY-1"
    tap(counter)
    state = counter.browser.get(f"/staff/{STAFF}/state", base_url=HERE).text
    assert state.split()[-1] == Stage.SHOWN
    assert "CANARY" not in state


def test_a_desk_without_numbers_has_none(provider, hanako):
    """Nothing is asked of the provider, and the buttons do nothing."""
    plain = Counter(provider, hanako.card)
    provider.number = "CANARY-1"
    tap(plain)
    assert provider.requests == []
    for action in ("number", "number/again"):
        assert "CANARY-1" not in plain.staff(action, turn="turn-0", number="1").text


def test_both_screens_are_known_by_their_titles(counter):
    """So that nothing is ever typed into them."""
    for page in (counter.staff().text, counter.resident().text):
        assert OWN_TITLE in re.search(r"<title>(.*?)</title>", page, re.S)[1]
    tap(counter)
    for page in (counter.staff().text, counter.resident().text):
        assert OWN_TITLE in re.search(r"<title>(.*?)</title>", page, re.S)[1]


def test_every_stage_has_its_words():
    """On the staff's screen."""
    assert NUMBER_STAGES.keys() == set(Stage)


def test_what_the_program_is_told(tmp_path, monkeypatch):
    """Nothing, showing, typing by a program of one's own, and what cannot be."""
    assert NumberOptions(use=None).desk() is None
    assert NumberOptions(use=NumberUse.SHOW).desk().typist is None
    typed = NumberOptions(use=NumberUse.TYPE, key=KeyAfter.NONE, program=tmp_path / "types", prefix="!").desk()
    assert (typed.typist.key, typed.typist.prefix) == (None, "!")
    monkeypatch.setenv("PATH", str(tmp_path))
    for options in ({"prefix": "１"}, {"prefix": "\n"}, {}):
        with pytest.raises(KeyboardUnusable):
            NumberOptions(use=NumberUse.TYPE, **options).desk()
