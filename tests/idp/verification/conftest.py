"""A town whose services may verify, and the calls that a service makes."""

import pytest
from components.verifier import VERIFIES, Verifier


@pytest.fixture(scope="module")
def verifier(shared_town):
    """The library of a town that a module's tests share, with its access to the API."""
    return Verifier(shared_town, shared_town.register("aoba", "verifier", **VERIFIES))


@pytest.fixture
def fresh(aoba):
    """The same in a town of one test's own."""
    return Verifier(aoba, aoba.register("aoba", "verifier", **VERIFIES))
