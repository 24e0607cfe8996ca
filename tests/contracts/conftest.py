"""Real servers behind the contract suites, and a town on either of the two databases."""

import secrets

import pytest
from components.custody import FileCustody, VaultCustody
from components.openbao import OpenBao
from components.postgres import Postgres
from components.redis import Redis
from components.town import town


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


@pytest.fixture(scope="module", params=["keyfile", "openbao"])
def custody_of_its_own(request, tmp_path_factory):
    """Key custody of each kind that no other module has seen."""
    folder = tmp_path_factory.mktemp("own-custody")
    if request.param == "keyfile":
        yield FileCustody(folder / "keys")
        return
    with OpenBao(folder) as server:
        yield VaultCustody(server)


@pytest.fixture(scope="module")
def postgres():
    """A PostgreSQL for each module."""
    with Postgres() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def either(request, tmp_path, founded_world):
    """A town on one of the two databases."""
    if request.param == "sqlite":
        with town(tmp_path, founded_world) as made:
            yield made
        return
    database = request.getfixturevalue("postgres").database()
    environment = database.environment
    with town(tmp_path, founded_world, environment=environment, owner_url=database.owner_url) as made:
        yield made


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def shared_either(request, tmp_path_factory, founded_world):
    """A town on one of the two databases for a whole module, whose tests do not disturb each other."""
    folder = tmp_path_factory.mktemp("town")
    if request.param == "sqlite":
        with town(folder, founded_world) as made:
            yield made
        return
    with Postgres() as server:
        database = server.database()
        environment = {**database.environment, "IDP_CRL_DIRECTORY": str(folder / "lists")}
        with town(folder, founded_world, environment=environment, owner_url=database.owner_url) as made:
            yield made


@pytest.fixture
def kind():
    """A kind of job that no other test uses."""
    return secrets.token_hex(8)
