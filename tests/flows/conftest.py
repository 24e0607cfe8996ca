"""One running demo for all flows that do not stop it."""

import pytest
from components.demo import Demo


@pytest.fixture(scope="session")
def demo(tmp_path_factory):
    """A demo in a process of its own."""
    running = Demo(tmp_path_factory.mktemp("demo"))
    running.start()
    yield running
    running.stop()
