"""A counter terminal with its key, a provider that knows it, and a sample resident's card with its face."""

import shutil
from pathlib import Path

import pytest
from components.counter_provider import CounterProvider

from connectors.card.counter import key as keys
from connectors.sandbox.card.in_process import InProcessCard
from connectors.sandbox.world import World


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    """The terminal's key."""
    file = tmp_path / "terminal.key"
    keys.create(file)
    return file


@pytest.fixture
def provider(key_file: Path):
    """A provider with one login waiting, at which the terminal is enrolled."""
    waiting = CounterProvider(terminal=keys.load("mado-2", key_file))
    stop = waiting.serve()
    yield waiting
    stop()


@pytest.fixture
def hanako(tmp_path: Path, founded_world: Path):
    """Hanako, whose card nobody else uses."""
    shutil.copytree(founded_world, tmp_path / "world")
    return next(r for r in World.open(tmp_path / "world").residents() if r.id == "hanako")


@pytest.fixture
def card(hanako) -> InProcessCard:
    """Her card."""
    return InProcessCard.load(hanako.card)
