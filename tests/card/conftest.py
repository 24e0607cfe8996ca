"""Cards in real readers: a resident of a founded sandbox, a private pcscd, one of both for every test."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from components.card_provider import CardProvider
from components.virtual_reader import VirtualReader, virtual_reader


@pytest.fixture
def world(tmp_path: Path, founded_world: Path) -> Path:
    """A sandbox of the test's own: `residents/` and `authorities/` lie in it."""
    return Path(shutil.copytree(founded_world, tmp_path / "world"))


@pytest.fixture
def insert(tmp_path: Path, world: Path) -> Iterator[Callable[..., VirtualReader]]:
    """`insert(resident, *options, tripwire=True)`: that resident's card (or `midori-phone`) in a reader."""
    with ExitStack() as readers:

        def inserted(resident: str = "hanako", *options: str, tripwire: bool = True) -> VirtualReader:
            card = world / "residents" / f"{resident}.card.json"
            folder = tmp_path / f"reader-{resident}"
            authorities = world / "authorities"
            reader = virtual_reader(folder, card, *options, authorities=authorities, tripwire=tripwire)
            return readers.enter_context(reader)

        yield inserted


@pytest.fixture(params=["contact", "type-b"])
def reader(request: pytest.FixtureRequest, insert: Callable[..., VirtualReader]) -> VirtualReader:
    """Hanako's card, once as OpenSC knows it by its answer to reset, once as it must be asked by name."""
    return insert("hanako", "--atr", request.param)


@pytest.fixture
def provider() -> Iterator[CardProvider]:
    """A provider with one login waiting."""
    waiting = CardProvider()
    stop = waiting.serve()
    yield waiting
    stop()
