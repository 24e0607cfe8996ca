"""What commands print for people, and what they say where something else is in the way."""

import socket
from importlib.metadata import version

import pytest

from idp.cli import ports
from idp.cli.output import CommandFailed, show


def test_a_record_is_printed_without_a_programs_notation(look):
    """Records within records as words, and nothing where nothing is."""
    shown = look("service", "show", "library", "--tenant", "aoba").out
    assert "order ocsp_first" in shown
    assert [sign for sign in ("{", "}", "None") if sign in shown] == []


def test_columns_stand_under_each_other(capsys):
    """However long a member's name is. Inner records are told from their neighbours; no rows are `none`."""
    record = {"id": "x", "a_name_that_is_longer_than_the_column_is": {"outer": 1, "inner": {"one": 1, "two": 2}}}
    show(record, as_json=False)
    short, long = capsys.readouterr().out.splitlines()
    assert (short.index("x"), long.partition("outer")[2]) == (long.index("outer"), " 1, inner (one 1, two 2)")
    show([], as_json=False, columns=("id", "name"))
    assert capsys.readouterr().out == "none\n"


def test_nothing_that_is_printed_commands_the_terminal(capsys):
    """Escape sequences, line feeds and turned directions of a row that somebody has altered are seen as such."""
    altered = "login\x1b[2J\x9b31m\n7 \u202eok\ud800"
    show({"event": altered, "name": "青葉　太郎 🙂"}, as_json=False)
    show([{"event": altered}], as_json=False, columns=("event",))
    printed = capsys.readouterr().out
    assert printed.count(r"login\x1b[2J\x9b31m\n7 \u202eok\ud800") == 2
    assert "青葉　太郎 🙂\n" in printed
    assert len(printed.splitlines()) == 4


@pytest.mark.parametrize(
    "words",
    [("demo", "--data", "FILE/demo"), ("exchange", "run", "FILE", "--tenant", "aoba")],
    ids=["demo", "exchange"],
)
def test_a_folder_that_is_none_is_told_in_a_sentence(look, tmp_path, words):
    """Exit 2, and the sentence names it."""
    file = tmp_path / "file"
    file.touch()
    ran = look(*(word.replace("FILE", str(file)) for word in words), "--json")
    assert (ran.code, str(file) in ran.error) == (2, True)


def test_the_version_is_told(look):
    """That of the installed package."""
    told = look("--version")
    assert (told.code, told.out.strip()) == (0, version("ppid-idp"))


def test_a_port_that_is_taken_comes_with_what_to_do(tmp_path):
    """Before anything is made, and nothing is written."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(CommandFailed, match="take another with --port"):
            ports.settle(tmp_path / "ports.json", other.getsockname()[1], 5)
    assert not (tmp_path / "ports.json").exists()
