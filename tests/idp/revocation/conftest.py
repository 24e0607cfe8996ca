"""Sources that answer for real, with keys of a test hierarchy, or fail as they are told."""

import io
import secrets
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from components.hierarchy import DAY, NOW, Hierarchy, found_hierarchy
from components.list_machine import Machine
from components.list_sources import Published
from components.status import ocsp_answer, revocation_list
from cryptography import x509
from cryptography.x509 import ocsp

from connectors.errors import Unreachable
from idp.jpki.front_certificate import front_certificate
from idp.jpki.revocation import Method
from idp.jpki.va import ValidationAuthority
from idp.revocation.breaker import Breaker
from idp.revocation.by_crl import ByCrl
from idp.revocation.by_ocsp import ByOcsp
from idp.revocation.due import Scope
from idp.revocation.refresh import ListRefresh
from idp.store.crl_index.catalogue import Catalogue
from idp.store.crl_index.lists import IndexedLists


@pytest.fixture(scope="session")
def hierarchy():
    """Authorities and a card's key."""
    return found_hierarchy()


@dataclass
class Responder:
    """An OcspSource: answers with `answer`'s deviations, or does not answer while `down`. `own`: who signs."""

    hierarchy: Hierarchy
    answer: dict = field(default_factory=dict)
    down: bool = False
    asked: int = 0
    own: dict = field(default_factory=dict)

    def ask(self, request):
        """See OcspSource."""
        self.asked += 1
        if self.down:
            raise Unreachable("down")
        nonce = ocsp.load_der_ocsp_request(request).extensions.get_extension_for_class(x509.OCSPNonce).value.nonce
        return ocsp_answer(self.hierarchy, **{"nonce": nonce, **self.own, **self.answer})


@dataclass
class Repository:
    """A CrlSource: hands out one list, or does not answer while `down`."""

    hierarchy: Hierarchy
    contents: dict = field(default_factory=dict)
    down: bool = False
    fetched: int = 0

    @contextmanager
    def open(self, _kind, _key_id, _point):
        """See CrlSource."""
        self.fetched += 1
        if self.down:
            raise Unreachable("down")
        yield io.BytesIO(revocation_list(self.hierarchy.user, **self.contents))


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


@pytest.fixture(scope="session")
def va_certificate(hierarchy):
    """The certificate of a validation authority, whose key is the stranger's."""
    lifetime = {"not_before": NOW - DAY, "not_after": NOW + DAY}
    return front_certificate(hierarchy.stranger_key, "Validation Authority", serial=1, **lifetime)


@pytest.fixture
def authority(hierarchy, va_certificate):
    """A validation authority that says good."""
    return Responder(hierarchy, own={"signer": va_certificate, "signing_key": hierarchy.stranger_key})


@pytest.fixture
def by_va(authority, va_certificate, clock):
    """The method over the validation authority."""
    trusted = ValidationAuthority(va_certificate, va_certificate.public_key())
    return ByOcsp(
        authority,
        breaker=Breaker(clock.seconds),
        now=clock,
        token_bytes=secrets.token_bytes,
        method=Method.VA,
        judge=trusted.judge,
    )


@pytest.fixture
def repository(hierarchy):
    """A repository with an empty fresh list."""
    return Repository(hierarchy)


@pytest.fixture
def by_ocsp(responder, clock):
    """The method over the responder."""
    return ByOcsp(responder, breaker=Breaker(clock.seconds), now=clock, token_bytes=secrets.token_bytes)


@pytest.fixture
def catalogue(tmp_path):
    """An empty folder of indexes."""
    return Catalogue(tmp_path / "lists", max_bytes=1 << 20)


@pytest.fixture
def refresh(repository, catalogue, clock):
    """The way from the repository into the folder, taken at every question."""
    return ListRefresh(repository, catalogue, every=timedelta(0), now=clock, monotonic=clock.seconds)


@pytest.fixture
def by_crl(catalogue, refresh, clock):
    """The method over the repository."""
    lists = IndexedLists(catalogue, clock)
    return ByCrl(lists, refresh, scope=Scope.WHOLE, monotonic=time.monotonic)


@pytest.fixture
def machine(tmp_path):
    """An empty folder of indexes and an empty repository on the web."""
    (tmp_path / "delivered").mkdir()
    with Published(tmp_path / "delivered") as published:
        yield Machine(tmp_path / "indexes", published)
