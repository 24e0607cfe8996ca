"""Towns whose rooms are full: something sealed in every kind of row."""

import pytest
from components.sealed_rows import fill


@pytest.fixture
def lived_in(aoba):
    """A town in which somebody has signed in, an event waits, a batch was asked and a key was made."""
    fill(aoba)
    return aoba
