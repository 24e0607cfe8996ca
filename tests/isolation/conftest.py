"""One town for the whole folder: its tests leave nothing behind that another reads."""

import pytest
from components.town import town


@pytest.fixture(scope="package")
def neighbours(tmp_path_factory, founded_world):
    """The municipalities aoba and wakaba on one server."""
    with town(tmp_path_factory.mktemp("neighbours"), founded_world) as made:
        yield made
