"""Typing into a foreign program on an X display: xdotool for real, and a program of the municipality's own."""

import time

import pytest
from components.display import display
from components.foreign_program import foreign_program
from components.virtual_reader import await_condition

from connectors.card.counter.keyboard import KeyboardUnusable, OwnProgram, Xdotool
from connectors.card.counter.typist import OWN_TITLE, Outcome, Typist

NUMBERS = ("0012345678", "A-1 b_2.3/4:5#6+7", "Zz9")


@pytest.fixture(scope="module")
def screen(tmp_path_factory):
    """A display of this module's own."""
    with display(tmp_path_factory.mktemp("display")) as made:
        yield made


@pytest.fixture
def keyboard(screen, monkeypatch):
    """A keyboard on it."""
    monkeypatch.setenv("DISPLAY", screen.name)
    return Xdotool.find()


def typist(keyboard, **settings):
    """A typist who has not much patience."""
    start = time.monotonic()
    return Typist(
        keyboard=keyboard, monotonic=lambda: 30 * (time.monotonic() - start), pause=time.sleep, **settings
    )


@pytest.mark.parametrize("number", NUMBERS)
def test_a_number_is_typed_into_a_foreign_program(screen, keyboard, tmp_path, number):
    """Every character as it is, and Return after it."""
    with foreign_program(screen, tmp_path) as field:
        assert typist(keyboard, window="図書館").type(number, wanted=lambda: True) is Outcome.TYPED
        assert field.await_entry() == number


def test_what_has_the_keyboard_is_known_by_its_title(screen, keyboard, tmp_path):
    """And by nothing where no window has it."""
    assert keyboard.focused() is None or keyboard.focused().title == ""
    with foreign_program(screen, tmp_path, "貸出端末"):
        await_condition(lambda: (found := keyboard.focused()) is not None and found.title == "貸出端末")


def test_nothing_is_typed_into_another_window(screen, keyboard, tmp_path):
    """Neither into one of another title, nor into a screen of our own."""
    for title, settings in ((f"職員用{OWN_TITLE}", {}), ("メモ", {"window": "図書館"})):
        with foreign_program(screen, tmp_path, title) as field:
            assert typist(keyboard, **settings).type("1", wanted=lambda: True) is Outcome.NOWHERE
            screen.press("Return")
            assert field.await_entry() == ""


def test_the_number_is_in_no_arguments(tmp_path):
    """Whoever lists processes sees none: it goes to standard input, with the key's name on a line of its own."""
    program = tmp_path / "types"
    program.write_text('#!/bin/sh\nps -o args= -p $$ > "$0.args"\ncat > "$0.given"\n')
    program.chmod(0o700)
    keyboard = OwnProgram(program)
    assert Typist(keyboard=keyboard, monotonic=time.monotonic, pause=time.sleep, key="tab").type(
        "CANARY", wanted=lambda: True
    ) is Outcome.TYPED  # fmt: skip
    assert (tmp_path / "types.given").read_text() == "CANARY\ntab\n"
    assert "CANARY" not in (tmp_path / "types.args").read_text()


def test_a_keyboard_that_cannot_be_used(tmp_path, monkeypatch):
    """No display, no program, one that fails: a typed refusal that holds no number."""
    monkeypatch.setenv("DISPLAY", ":65535")
    with pytest.raises(KeyboardUnusable):
        Xdotool.find()
    assert Xdotool("xdotool").focused() is None
    for program in (tmp_path / "nowhere", "/bin/false"):
        with pytest.raises(KeyboardUnusable) as refused:
            OwnProgram(program).type("CANARY", None)
        assert "CANARY" not in str(refused.value)
        assert refused.value.__cause__ is None
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(KeyboardUnusable, match="not installed"):
        Xdotool.find()


def test_a_program_that_hangs_is_left_alone(tmp_path, monkeypatch):
    """After a while, as one that fails."""
    monkeypatch.setattr("connectors.card.counter.keyboard.SECONDS", 0.2)
    program = tmp_path / "hangs"
    program.write_text("#!/bin/sh\nexec sleep 60\n")
    program.chmod(0o700)
    with pytest.raises(KeyboardUnusable):
        OwnProgram(program).type("1", None)
