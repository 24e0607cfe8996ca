"""What will end is told in the log, once for each object, louder the nearer; by the worker's daily task."""

from datetime import timedelta

import pytest
from components.officers import found_city
from components.tiers import Authority, sha256
from cryptography.hazmat.primitives.serialization import Encoding
from structlog.testing import capture_logs

from idp import compose
from idp.settings import read_settings

DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def city(shared_town):
    """A sandbox city: an authority that ends in twenty days, another in three, a list that is over."""
    made = found_city(shared_town, sandbox=True)
    now = shared_town.clock().replace(microsecond=0)
    root = Authority("Root", now)
    root.root(life=(now - 999 * DAY, now + 20 * DAY))
    below = root.certify(Authority("Below", now), life=(now - 999 * DAY, now + 3 * DAY))
    made.trust.changes.add(made.tenant, "lgpki", "anchor", root.der)
    made.trust.changes.add(made.tenant, "lgpki", "intermediate", below)
    made.trust.lists.load(made.tenant, "lgpki", root.crl(age=2 * DAY))
    made.root, made.below = root, below
    return made


def told(city, act):
    """The lines about one city that an act logged."""
    with capture_logs() as lines:
        act()
    return [line for line in lines if line["event"] == "trust.expiring" and line["tenant"] == city.tenant_id]


def test_each_end_is_told_by_its_nearness(city):
    """Over and within a week: error; before: warning. A fingerprint names it, and nothing names a person."""
    lines = told(city, city.trust.inventory.tell)
    assert [(line["kind"], line["nearness"], line["log_level"], line["days"]) for line in lines] == [
        ("list", "over", "error", -2),
        ("intermediate", "urgent", "error", 2),
        ("anchor", "warning", "warning", 19),
    ]
    told_always = {"event", "log_level"}
    assert {frozenset(set(line) - told_always) for line in lines} == {
        frozenset({"kind", "tenant", "purpose", "name", "ends_at", "days", "nearness"})
    }
    assert lines[2]["name"] == sha256(city.root.der).replace(":", "").lower()


def test_the_worker_tells_it_daily(city):
    """The task is among the worker's; two workers at once do not both tell."""
    (task,) = [task for task in city.town.product.worker._recurrences.tasks if task.name == "trust-expiring"]
    assert task.one_at_a_time
    assert len(told(city, task.run)) == 3
    now = city.town.clock()
    assert all(0.8 * DAY <= task.next_moment(now, share) - now <= 1.2 * DAY for share in (0.0, 0.99))


def test_readyz_has_the_numbers_alone(city):
    """Counted over all tenants; the sandbox's own hierarchy ends nowhere near."""
    summary = city.trust.inventory.summary()
    assert {near: summary[near] for near in ("over", "urgent", "warning")} == {
        "over": 1,
        "urgent": 1,
        "warning": 1,
    }


def test_certificates_that_the_settings_name_are_told_too(shared_town, tmp_path):
    """A validation authority's ends like any other."""
    now = shared_town.clock().replace(microsecond=0)
    authority = Authority("VA", now).root(life=(now - 99 * DAY, now + 2 * DAY))
    file = tmp_path / "signer.pem"
    file.write_bytes(authority.certificate.public_bytes(Encoding.PEM))
    va = {"IDP_VA_URL": "http://va.example", "IDP_VA_CERTIFICATE_FILE": str(file)}
    named = compose.named_certificates(read_settings(shared_town.environment | va))
    assert [(use, certificate.not_valid_after_utc) for use, certificate in named] == [
        ("validation authority", now + 2 * DAY)
    ]


def test_our_own_front_ends_too(aoba):
    """Other systems trust its responder by hand: they must hear of its end in time."""
    tenant = aoba.product.directory.tenant("aoba")
    aoba.product.fronts.open(tenant, tenant.clients[aoba.library.client_id])
    (front,) = [one for one in aoba.product.trust.inventory.all() if one.purpose == "our OCSP front"]
    assert (front.tenant, front.ends_at > aoba.clock() + 1000 * DAY) == ("aoba", True)
