"""Multi-tier stores of a city, emptied before each test, changed by its two officers where it has to be."""

from dataclasses import replace

import pytest
from components.officers import found_city
from components.tiers import (
    OUR_POLICY,
    found_bridge,
    sha256,
)

from idp.jpki.path.reasons import PathRefusal
from idp.trust.purposes import PURPOSES


@pytest.fixture(scope="module")
def sandbox(shared_town):
    """A city where everything is loaded at once; what it trusts is forgotten before each test."""
    return found_city(shared_town, sandbox=True)


@pytest.fixture(scope="module")
def city(shared_town):
    """A municipality with two officers."""
    return found_city(shared_town)


@pytest.fixture
def store(sandbox):
    """Stores in which nothing is configured: load, state, lists, judge."""
    return configured(sandbox)


@pytest.fixture
def guarded(city):
    """The same where two officers decide."""
    return configured(city)


def configured(city):
    """The city's stores, emptied."""
    for table in ("trust_list", "trust_certificate", "trust_store"):
        city.sql(f"DELETE FROM {table} WHERE tenant_id = TENANT")
    return Configured(city, city.town.clock().replace(microsecond=0))


class Configured:
    """One city's stores, changed by its two officers where it has to be."""

    def __init__(self, city, now):
        self.city, self.now = city, now

    def load(self, purpose, der, role="anchor"):
        """Load a certificate."""
        proposal = self.city.trust.changes.add(self.city.tenant, purpose, role, der)
        if proposal is not None:
            self.city.approve(proposal, confirmation=sha256(der))

    def state(self, purpose, **changes):
        """State a policy that differs from the default in this."""
        policy = replace(PURPOSES[purpose].default, **{"user_policies": (OUR_POLICY,), **changes})
        proposal = self.city.trust.changes.state(self.city.tenant, purpose, policy)
        if proposal is not None:
            self.city.approve(proposal)

    def lists(self, purpose, *lists):
        """Load lists."""
        for der in lists:
            self.city.trust.lists.load(self.city.tenant, purpose, der)

    def judge(self, purpose, *chain, at=None):
        """The verdict."""
        return self.city.trust.stores.validate(self.city.tenant, purpose, chain, at or self.now)

    def reason(self, purpose, *chain, at=None):
        """Why it is refused."""
        with pytest.raises(PathRefusal) as refusal:
            self.judge(purpose, *chain, at=at)
        return refusal.value.reason


@pytest.fixture
def lgpki(store):
    """A bridge's shape, all of it loaded, with fresh lists."""
    made = found_bridge(store.now)
    store.load("lgpki", made.root.der)
    store.load("lgpki", made.cross, "intermediate")
    store.load("lgpki", made.onward, "intermediate")
    store.state("lgpki")
    store.lists("lgpki", *made.lists)
    store.made = made
    return store
