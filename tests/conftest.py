"""Fixtures that many folders share."""

import pytest
import structlog
from components.scale import FULL  # before anything is started
from components.town import found_world, town
from hypothesis import settings

# Hypothesis' own profile for CI: no deadline for an example, and the same ones each time in `make test`, so that
# no change is refused for what another one brought. `make prove` draws new ones.
settings.register_profile("tests", settings.get_profile("ci"), derandomize=not FULL)
settings.load_profile("tests")


@pytest.fixture(autouse=True)
def _open_log():
    """A command that ran in this process logs to a stream that its test has closed since: nobody else shall."""
    file = getattr(structlog.get_config()["logger_factory"], "_file", None)
    if file is not None and file.closed:
        structlog.reset_defaults()


@pytest.fixture(scope="session")
def founded_world(tmp_path_factory):
    """A sandbox world, founded once; towns copy it."""
    return found_world(tmp_path_factory.mktemp("world") / "founded")


@pytest.fixture
def aoba(tmp_path, founded_world):
    """A fresh town for one test that changes it."""
    with town(tmp_path, founded_world) as made:
        yield made


@pytest.fixture(scope="module")
def shared_town(tmp_path_factory, founded_world):
    """A town that a module's tests share, none of which disturbs the others."""
    with town(tmp_path_factory.mktemp("town"), founded_world) as made:
        yield made
