"""One hierarchy for all tests of the judgements: nothing changes it."""

import pytest
from components.hierarchy import found_hierarchy


@pytest.fixture(scope="session")
def hierarchy():
    """Authorities, a card's key and a stranger's."""
    return found_hierarchy()
