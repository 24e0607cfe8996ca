"""What several files of the login share."""

import pytest
from components.card_host import card_host_town


@pytest.fixture(scope="package")
def host(tmp_path_factory, founded_world):
    """A town with a card host for all: each test begins logins of its own, and leaves the setting as it was."""
    with card_host_town(tmp_path_factory.mktemp("card-host"), founded_world) as made:
        yield made
