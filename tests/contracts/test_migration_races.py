"""Logins while numbers change and change back: a service that follows the rule never loses a resident."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from components.jobs import pass_time
from components.migrating import Kit, handle_of, step_of
from components.town import town

from idp.continuity import back, rekey
from idp.continuity.sweep import KNOWN_SECONDS
from idp.store import schema

PEOPLE, DOORS = 24, 4
LIVE = schema.pair.c.state == "live"


@pytest.fixture(params=["sqlite", "postgresql"])
def kit(request, tmp_path, founded_world, monkeypatch):
    """A town on one of the two databases, whose parts are small."""
    for part in (rekey, back):
        monkeypatch.setattr(part, "PART", 3)
    if request.param == "sqlite":
        with town(tmp_path, founded_world) as made:
            yield Kit(made)
        return
    database = request.getfixturevalue("postgres").database()
    with town(tmp_path, founded_world, environment=database.environment, owner_url=database.owner_url) as made:
        yield Kit(made)


class Service:
    """What a service does at every login: the same or the previous number, or a resident is lost."""

    def __init__(self, kit, service):
        self.kit, self.service, self.known, self.over = kit, service, {}, threading.Event()

    def come(self, person):
        """One login, by whatever this server knows of the configuration."""
        directory = self.kit.town.product.directory
        tenant = directory.tenant(self.service.tenant_id)
        pair = step_of(self.kit).ensure(tenant, tenant.clients[self.service.client_id], handle_of(person))
        stored = self.known.setdefault(person, pair.ppid)
        previous = pair.previous.sub if pair.previous else None
        assert stored in (pair.ppid, previous), "a resident is lost"
        self.known[person] = pair.ppid

    def keep_coming(self, people):
        """Log these residents in again and again, until it is over; how often."""
        logins = 0
        while not self.over.is_set():
            for person in people:
                self.come(person)
                logins += 1
        return logins


@pytest.mark.parametrize("reason", ["compromise", "sector"])
def test_logins_while_numbers_change_and_change_back(kit, reason):
    """Some are told in time and stay, the others go back; each has one number at every moment."""
    made = kit.town
    service = Service(kit, made.library)
    for person in range(PEOPLE):
        service.come(person)
    kit.rotate()
    plan = kit.compromise(made.library.sector_id) if reason == "compromise" else kit.sector(made.library, "family")
    migration = kit.start(plan)
    half = range(0, PEOPLE, 2)
    with ThreadPoolExecutor(DOORS) as pool:
        doors = [pool.submit(service.keep_coming, half[door::DOORS]) for door in range(DOORS)]
        try:
            pass_time(made, 2 * KNOWN_SECONDS)
            worker = kit.worker()
            while worker.do_one():
                pass
            kit.migrations.abort(kit.tenant(), migration)
            pass_time(made, 2 * KNOWN_SECONDS)
            while worker.do_one():
                pass
        finally:
            service.over.set()
        assert min(door.result() for door in doors) > 0
    assert kit.state(migration) == "aborted"
    grants = kit.count(schema.grant, schema.grant.c.client_id == made.library.client_id)
    assert (grants, kit.count(schema.pair, LIVE)) == (PEOPLE, PEOPLE)
    (progress,) = kit.migrations.status(kit.tenant(), migration)[1]
    assert 0 < progress.moved == progress.told < PEOPLE
    for person in range(PEOPLE):
        service.come(person)
