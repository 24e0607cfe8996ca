"""Sources that answer for real, with keys of a test hierarchy, or fail as they are told."""

import secrets
from dataclasses import dataclass, field
from datetime import datetime

import pytest
from components.hierarchy import NOW, Hierarchy, found_hierarchy
from components.status import ocsp_answer, revocation_list
from cryptography import x509
from cryptography.x509 import ocsp

from connectors.errors import Unreachable
from idp.revocation.breaker import Breaker
from idp.revocation.by_crl import ByCrl
from idp.revocation.by_ocsp import ByOcsp


@pytest.fixture(scope="session")
def hierarchy():
    """Authorities and a card's key."""
    return found_hierarchy()


@dataclass
class Responder:
    """An OcspSource: answers with `answer`'s deviations, or does not answer while `down`."""

    hierarchy: Hierarchy
    answer: dict = field(default_factory=dict)
    down: bool = False
    asked: int = 0

    def ask(self, request):
        """See OcspSource."""
        self.asked += 1
        if self.down:
            raise Unreachable("down")
        nonce = ocsp.load_der_ocsp_request(request).extensions.get_extension_for_class(x509.OCSPNonce).value.nonce
        return ocsp_answer(self.hierarchy, **{"nonce": nonce, **self.answer})


@dataclass
class Repository:
    """A CrlSource: hands out one list, or does not answer while `down`."""

    hierarchy: Hierarchy
    contents: dict = field(default_factory=dict)
    down: bool = False
    fetched: int = 0

    def fetch(self, _kind, _key_id):
        """See CrlSource."""
        self.fetched += 1
        if self.down:
            raise Unreachable("down")
        return revocation_list(self.hierarchy.user, **self.contents)


@dataclass
class Clock:
    """Wall clock and seconds, moved together."""

    now: datetime = NOW

    def __call__(self):
        return self.now

    def seconds(self):
        """As a monotonic clock tells them."""
        return self.now.timestamp()


@pytest.fixture
def clock():
    """The time of the hierarchy."""
    return Clock()


@pytest.fixture
def responder(hierarchy):
    """An OCSP responder that says good."""
    return Responder(hierarchy)


@pytest.fixture
def repository(hierarchy):
    """A repository with an empty fresh list."""
    return Repository(hierarchy)


@pytest.fixture
def by_ocsp(responder, clock):
    """The method over the responder."""
    return ByOcsp(responder, breaker=Breaker(clock.seconds), now=clock, token_bytes=secrets.token_bytes)


@pytest.fixture
def by_crl(repository, clock):
    """The method over the repository."""
    return ByCrl(repository, now=clock)
