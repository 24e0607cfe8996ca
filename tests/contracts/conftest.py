"""Real servers behind the contract suites, one of each for the whole run."""

import pytest
from components.custody import FileCustody, VaultCustody
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


@pytest.fixture(scope="session", params=["keyfile", "openbao"])
def custody(request, tmp_path_factory):
    """Key custody of each kind, opened as often as a test likes."""
    if request.param == "keyfile":
        return FileCustody(tmp_path_factory.mktemp("keyfile") / "keys")
    return VaultCustody(request.getfixturevalue("openbao"))
