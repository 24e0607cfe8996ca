"""The command `idp`, run in this process over a town's settings."""

import json
from dataclasses import dataclass
from typing import Any

import pytest
from components.town import town
from typer.testing import CliRunner

from idp.cli.main import app


@dataclass(frozen=True)
class Ran:
    """What a command did: its exit code and what it printed."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output as one JSON value."""
        return json.loads(self.out)

    @property
    def error(self) -> str:
        """The sentence of a command with --json that failed."""
        return json.loads(self.err)["error"]


def run(environment: dict[str, str], *words: object) -> Ran:
    """`idp WORDS` with exactly these `IDP_*` variables; an exception of ours that escapes fails the test."""
    result = CliRunner(env=environment).invoke(app, [str(word) for word in words])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Ran(result.exit_code, result.stdout, result.stderr)


@pytest.fixture
def idp(aoba, monkeypatch):
    """`idp(*words, **IDP_variables)` over a fresh town."""
    return _over(aoba, monkeypatch)


@pytest.fixture(scope="module")
def quiet_town(tmp_path_factory, founded_world):
    """A town that a module's commands only look at."""
    with town(tmp_path_factory.mktemp("town"), founded_world) as made:
        yield made


@pytest.fixture
def look(quiet_town, monkeypatch):
    """As `idp`, over the town that nobody changes."""
    return _over(quiet_town, monkeypatch)


def _over(made, monkeypatch):
    def command(*words: object, **changes: str | None) -> Ran:
        environment = {**made.environment, **changes}
        return run({name: value for name, value in environment.items() if value is not None}, *words)

    return command
