"""A folder of indexes and a clock."""

import io

import pytest
from components.hierarchy import found_hierarchy
from components.revocation_lists import NOW, issuer

from idp.store.crl_index.catalogue import Catalogue


class Lists:
    """A catalogue with the first generation as its trust."""

    def __init__(self, directory, *, max_bytes=1 << 24):
        self.catalogue = Catalogue(directory, max_bytes=max_bytes)
        self.anchors = [issuer().anchor]
        self.now = NOW

    def load(self, der: bytes, **more):
        """Load a list at `now`."""
        return self.catalogue.load(io.BytesIO(der), self.anchors, now=lambda: self.now, **more)

    def index(self, point=None):
        """The one index that covers the point."""
        (found,) = self.catalogue.covering(self.anchors[0], point)
        return found


@pytest.fixture(scope="session")
def hierarchy():
    """Authorities of the profile, with their keys."""
    return found_hierarchy()


@pytest.fixture
def lists(tmp_path):
    """An empty folder."""
    return Lists(tmp_path / "crl")
