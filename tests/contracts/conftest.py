"""Real servers behind the contract suites, one of each for the whole run."""

import pytest
from components.openbao import OpenBao
from components.redis import Redis


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory):
    """A running Redis."""
    with Redis(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture(scope="session")
def openbao(tmp_path_factory):
    """A running, unsealed OpenBao. A test that seals it unseals it again."""
    with OpenBao(tmp_path_factory.mktemp("openbao")) as server:
        yield server
