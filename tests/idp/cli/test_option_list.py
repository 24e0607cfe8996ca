"""What is created and changed takes its options from one list."""

from dataclasses import dataclass
from typing import Annotated

import pytest
import typer
from typer.main import get_command
from typer.testing import CliRunner

from idp.cli.main import app
from idp.cli.option_list import options_of


@dataclass(frozen=True, kw_only=True)
class Listed:
    """Two options."""

    colour: Annotated[str | None, typer.Option(help="Which one.")] = None
    size: Annotated[list[int] | None, typer.Option()] = None


made = typer.Typer()
seen = []


@made.command()
@options_of("listed", Listed)
def paint(what: str, colour: Annotated[str, typer.Option()], listed: Listed, coats: int = 1) -> None:
    """Paint something."""
    seen.append((what, colour, listed, coats))


def test_a_command_is_handed_the_list_as_one_value():
    """Its own options stand beside it, and one that it declares itself is in the list too."""
    words = ["wall", "--colour", "blue", "--size", "3", "--size", "4", "--coats", "2"]
    assert CliRunner().invoke(made, words).exit_code == 0
    assert seen == [("wall", "blue", Listed(colour="blue", size=[3, 4]), 2)]


def test_an_option_that_a_command_declares_stands_as_it_does_there():
    """Required, though the list has it as one that may be left out."""
    assert CliRunner().invoke(made, ["wall"]).exit_code == 2
    assert "Which one." not in CliRunner().invoke(made, ["--help"]).output


def flags(noun, verb):
    """The options of a command."""
    command = get_command(app).commands[noun].commands[verb]
    return {flag for one in command.params for flag in one.opts if one.param_type_name == "option"}


@pytest.mark.parametrize("noun", ["service", "procedure"])
def test_whatever_can_be_changed_can_be_said_at_once(noun):
    """Nothing has to be created first and changed then."""
    assert flags(noun, "change") <= flags(noun, "create")
    assert len(flags(noun, "change")) > 8
