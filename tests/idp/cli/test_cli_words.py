"""The words of the command line, and the files that have them."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.main import get_group
from typer.testing import CliRunner

from idp.cli.main import app

CLI = Path(__file__).parents[3] / "idp/cli"


def words():
    """Every first word, and its command."""
    return dict(get_group(app).commands.items())


def test_every_word_has_its_command():
    """Each word of the table loads a command of that name."""
    assert {word: command.name for word, command in words().items()} == {word: word for word in words()}


def test_no_noun_is_forgotten():
    """A file that makes a noun of its own is reached: by a first word, or under one."""
    reached = set()

    def walk(commands):
        for name, command in commands.items():
            reached.add(name)
            walk(getattr(command, "commands", {}))

    walk(words())
    made = {
        keyword.value.value
        for file in CLI.glob("*.py")
        if file.name != "main.py"
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "Typer"
        for keyword in node.keywords
        if keyword.arg == "name"
    }
    assert len(made) > 15
    assert made <= reached


@pytest.mark.parametrize("words", [("tenant", "settings"), ("service", "create"), ("ppid", "migrate", "plan")])
def test_every_option_can_be_read_at_a_terminal(words):
    """Of 80 columns: no option's name is cut off."""
    command = get_group(app)
    for word in words:
        command = command.commands[word]
    names = {name for option in command.params for name in (*option.opts, *option.secondary_opts)}
    told = CliRunner(env={"COLUMNS": "80"}).invoke(app, [*words, "--help"]).stdout
    assert len(names) > 10
    assert {name for name in names if name.startswith("--")} <= set(re.split(r"[\s,/]+", told))


def test_help_offers_what_is_taken_and_nothing_else():
    """Ways that only residents have are not offered to the staff."""
    told = {
        words: CliRunner(env={"COLUMNS": "120"}).invoke(app, [*words, "--help"]).stdout
        for words in (("password", "give"), ("company", "give"), ("agent", "register"))
    }
    assert all("--by <counter|post>" in told[words, "give"] for words in ("password", "company"))
    assert "<parent|guardian|curator|assistant>" in told["agent", "register"]
    assert "<family-register|registration-certificate>" in told["agent", "register"]


def test_the_version_is_told_without_the_product():
    """What needs nothing of the product does not wait for it."""
    script = """
import sys
from idp.cli.main import app
try:
    app(["--version"])
except SystemExit:
    print([name for name in ("flask", "sqlalchemy", "alembic", "numpy") if name in sys.modules])
"""
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines()[-1] == "[]"
