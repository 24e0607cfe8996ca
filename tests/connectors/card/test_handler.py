"""What makes `jpki-login:` addresses open the card program, on each system."""

import configparser
import os
import plistlib
import shlex
import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner

from connectors.card.handler import (
    DesktopHandler,
    HandlerUnavailable,
    desktop_entry,
    property_list,
    registry_script,
)
from connectors.card.main import app

PROGRAM = "/opt/ppid idp/100%/idp-card"


def test_the_desktop_entry_takes_one_address_and_no_option() -> None:
    """The program in quotes, the address behind `--`, no terminal."""
    parser = configparser.RawConfigParser(delimiters="=")
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(desktop_entry(PROGRAM))
    entry = parser["Desktop Entry"]
    assert shlex.split(entry["Exec"].replace("%%", "%")) == [PROGRAM, "login", "--window", "--", "%u"]
    assert (entry["MimeType"], entry["Terminal"]) == ("x-scheme-handler/jpki-login;", "false")


def test_the_registry_script_quotes_the_program() -> None:
    """For the current user only; backslashes and quotation marks as the registry's format wants them."""
    script = registry_script("C:\\Program Files\\idp-card.exe")
    lines = script.split("\r\n")
    assert lines[0] == "Windows Registry Editor Version 5.00"
    assert '@="\\"C:\\\\Program Files\\\\idp-card.exe\\" login --window -- \\"%1\\""' in lines
    assert {line.split("\\")[0] for line in lines if line.startswith("[")} == {"[HKEY_CURRENT_USER"}


def test_the_property_list_names_the_scheme() -> None:
    """As macOS reads it."""
    (kind,) = plistlib.loads(property_list().encode())["CFBundleURLTypes"]
    assert kind["CFBundleURLSchemes"] == ["jpki-login"]


@pytest.mark.parametrize("system", ["linux", "windows", "macos"])
def test_each_text_can_be_shown(system: str) -> None:
    """For whoever puts it in place elsewhere."""
    shown = CliRunner().invoke(app, ["handler", "show", "--system", system])
    assert (shown.exit_code, "jpki-login" in shown.stdout) == (0, True)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A person without a desktop so far."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


def test_installing_makes_it_the_systems_choice(home: Path) -> None:
    """xdg-mime itself then names our entry; removing takes it away, twice without harm."""
    assert CliRunner().invoke(app, ["handler", "install"]).exit_code == 0
    asked = ["xdg-mime", "query", "default", "x-scheme-handler/jpki-login"]
    told = subprocess.run(asked, capture_output=True, text=True, env=dict(os.environ), timeout=20)
    assert told.stdout.strip() == "idp-card.desktop"
    entry = home / "data/applications/idp-card.desktop"
    assert "login --window -- %u" in entry.read_text()
    for _ in range(2):
        assert CliRunner().invoke(app, ["handler", "remove"]).exit_code == 0
        assert not entry.exists()


def test_only_this_very_program_counts_as_installed(tmp_path: Path) -> None:
    """An entry of an earlier place is not ours."""
    ours = DesktopHandler(data_home=tmp_path, program="/new/idp-card")
    assert not ours.installed
    ours.entry.parent.mkdir()
    ours.entry.write_text(desktop_entry("/old/idp-card"))
    assert not ours.installed
    for dev in (False, True):
        ours.entry.write_text(desktop_entry("/new/idp-card", dev=dev))
        assert ours.installed


def test_a_missing_desktop_is_told(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without xdg-mime nothing is written, and the sentence names the package."""
    monkeypatch.setenv("PATH", str(home))
    done = CliRunner().invoke(app, ["handler", "install"])
    assert (done.exit_code, "xdg-utils" in done.stderr, (home / "data").exists()) == (1, True, False)


def test_an_entry_that_cannot_be_removed_is_told(tmp_path: Path) -> None:
    """A typed error instead of a stack trace."""
    ours = DesktopHandler(data_home=tmp_path, program="/idp-card")
    ours.entry.mkdir(parents=True)
    with pytest.raises(HandlerUnavailable):
        ours.remove()
