"""Certificates all revoked, on both databases: sessions end, services hear after a grace, nothing is lost."""

import json

import pytest
from components.jobs import jobs, pass_time
from components.residents import sub_of
from cryptography import x509
from joserfc import jws
from sqlalchemy.exc import ProgrammingError

from idp.events.outbox import open_payload
from idp.people.departing import BACK, DAY_SECONDS, KIND
from idp.store import schema
from idp.store.engine import DatabaseUnavailable
from idp.tenants.tenant_settings import DISABLE_GRACE_DAYS

GRACE = DISABLE_GRACE_DAYS * DAY_SECONDS


class Registry:
    """A town whose dead and lost are looked for."""

    def __init__(self, made):
        self.town = made
        for service in (made.library, made.school):
            client = self.tenant().clients[service.client_id]
            made.product.event_receivers.change(self.tenant(), client, "http://127.0.0.1:9/events", None)

    def tenant(self, tenant_id="aoba"):
        """As of now."""
        self.town.product.directory.refresh()
        return self.town.product.directory.tenant(tenant_id)

    @property
    def departing(self):
        """The product's own part."""
        return self.town.product.departing

    def happens(self, do, resident="hanako", **more):
        """Something at J-LIS, which the next list tells."""
        self.town.control(do=do, resident=resident, **more)
        self.town.control(do="tick")

    def sweep(self, days=0):
        """The nightly task, after so many days."""
        if days:
            pass_time(self.town, days * DAY_SECONDS)
            self.town.control(do="tick")
        self.departing.sweep()

    def work(self, seconds=0):
        """Do what is due."""
        if seconds:
            pass_time(self.town, seconds)
            self.town.control(do="tick")
        worker = jobs(self.town, {KIND: self.departing, BACK: self.departing})
        while worker.do_one():
            pass

    def waiting(self, kind):
        """How many jobs of a kind there are."""
        return self.rows(schema.outbox, schema.outbox.c.kind == kind)

    def rows(self, table, *wanted, tenant_id="aoba"):
        """How many rows of a tenant's there are."""
        with self.town.product.store.for_tenant(tenant_id).read() as tx:
            return len(tx.connection.execute(table.select().where(table.c.tenant_id == tenant_id, *wanted)).all())

    def told(self, tenant_id="aoba"):
        """Events that wait for their moment: (service, name, sub, moment)."""
        tenant, table = self.tenant(tenant_id), schema.outbox
        wanted = (table.c.tenant_id == tenant_id, table.c.kind == "event")
        with self.town.product.store.for_tenant(tenant_id).read() as tx:
            rows = tx.connection.execute(table.select().where(*wanted)).all()
        found = []
        for row in rows:
            token = open_payload(tenant.keys, row.job_id, row.sealed_payload)["token"]
            claims = json.loads(jws.extract_compact(token.encode()).payload)
            (name,) = claims["events"]
            service = tenant.clients[claims["aud"]].service_id
            found.append((service, name.rpartition("/")[2], claims["sub_id"]["sub"], row.run_at))
        return sorted(found)

    def sessions(self):
        """Logins that are not over."""
        return self.rows(schema.acceptance, schema.acceptance.c.ended_at.is_(None))


@pytest.fixture
def registry(either):
    """A town on one of the two databases."""
    return Registry(either)


def test_the_dead_are_told_to_every_service_once_and_keep_their_numbers(registry):
    """Sessions at once, the event after the grace at a moment of each service's own, tombs nowhere."""
    made = registry.town
    library, family = sub_of(made, made.library, "hanako"), sub_of(made, made.school, "hanako")
    sub_of(made, made.library, "yoko")
    registry.happens("die")
    registry.sweep()
    registry.sweep()
    assert (registry.sessions(), registry.waiting(KIND)) == (1, 1)
    registry.work(GRACE - DAY_SECONDS)
    assert registry.told() == []
    registry.work(2 * DAY_SECONDS)
    registry.sweep()
    registry.work()
    events = [(service, name, sub) for service, name, sub, _ in registry.told()]
    assert events == [("library", "account-disabled", library), ("school", "account-disabled", family)]
    assert len({moment for _, _, _, moment in registry.told()}) == 2
    assert registry.rows(schema.pair, schema.pair.c.state == "live") == 3
    assert registry.waiting(KIND) == 0


def test_who_lost_everything_and_comes_back_is_who_they_were(registry):
    """A new card after the services were told: the same number, and `account-enabled` after the other event."""
    made = registry.town
    library = sub_of(made, made.library, "hanako")
    registry.happens("lose")
    registry.sweep()
    registry.work(GRACE + DAY_SECONDS)
    registry.happens("renew")
    assert sub_of(made, made.library, "hanako") == library
    registry.work(2 * DAY_SECONDS)
    names = [(name, moment) for _, name, _, moment in registry.told()]
    (disabled,) = [moment for name, moment in names if name == "account-disabled"]
    (enabled,) = [moment for name, moment in names if name == "account-enabled"]
    assert disabled <= enabled
    registry.sweep()
    assert registry.waiting(KIND) == 0


def test_who_comes_back_within_the_grace_was_never_gone(registry):
    """No service hears anything."""
    made = registry.town
    library = sub_of(made, made.library, "hanako")
    registry.happens("lose")
    registry.sweep()
    registry.happens("renew")
    assert sub_of(made, made.library, "hanako") == library
    registry.work(GRACE + DAY_SECONDS)
    assert (registry.told(), registry.waiting(BACK)) == ([], 0)


def test_a_renewed_card_that_was_never_used_here_keeps_the_account(registry):
    """The old certificate is over, J-LIS links a new one: sessions end, nobody is told."""
    made = registry.town
    sub_of(made, made.library, "hanako")
    registry.happens("renew")
    registry.sweep()
    assert registry.sessions() == 0
    registry.work(GRACE + DAY_SECONDS)
    assert registry.told() == []
    registry.sweep()  # asked again a grace later: the new one may be revoked without ever having signed here
    registry.happens("die")
    registry.work(GRACE + DAY_SECONDS)
    assert [name for _, name, _, _ in registry.told()] == ["account-disabled"]


def test_who_moved_or_has_another_good_certificate_is_there(registry):
    """A move ends signature certificates only; a phone goes on when the card is lost."""
    made = registry.town
    sub_of(made, made.library, "hanako")
    sub_of(made, made.library, "midori")
    sub_of(made, made.library, "midori", "phone")
    before = registry.sessions()
    registry.happens("move")
    registry.happens("revoke", "midori", certificate="auth")
    registry.sweep()
    assert (registry.sessions(), registry.waiting(KIND)) == (before, 0)


def test_while_jlis_is_silent_nobody_is_told_and_nothing_is_lost(registry):
    """The question waits; once it is answered the event goes out."""
    made = registry.town
    sub_of(made, made.library, "hanako")
    registry.happens("die")
    registry.sweep()
    made.control(do="lineage", mode="down")
    registry.work(GRACE + 1)
    assert (registry.told(), registry.waiting(KIND)) == ([], 1)
    made.control(do="lineage", mode="up")
    registry.work(DAY_SECONDS)
    assert len(registry.told()) == 1


def test_what_is_cut_off_in_the_middle_is_done_once(registry):
    """Without outbox, and without ledger: nothing of the step was written, and the next attempt does all of it."""
    made = registry.town
    sub_of(made, made.library, "hanako")
    registry.happens("die")
    made.change("ALTER TABLE outbox RENAME TO elsewhere")
    with pytest.raises((DatabaseUnavailable, ProgrammingError)):
        registry.sweep()
    made.change("ALTER TABLE elsewhere RENAME TO outbox")
    assert (registry.sessions(), registry.waiting(KIND)) == (1, 0)
    registry.sweep()
    made.change("ALTER TABLE ledger RENAME TO elsewhere")
    registry.work(GRACE + 1)
    made.change("ALTER TABLE elsewhere RENAME TO ledger")
    assert (registry.told(), registry.waiting(KIND)) == ([], 1)
    registry.work(DAY_SECONDS)
    assert len(registry.told()) == 1


def test_one_tenants_dead_are_not_anothers(registry):
    """Known to both: each ends its own sessions and tells its own services, under its own numbers."""
    made = registry.town
    ours, theirs = sub_of(made, made.library, "hanako"), sub_of(made, made.parking, "hanako")
    client = registry.tenant("wakaba").clients[made.parking.client_id]
    made.product.event_receivers.change(registry.tenant("wakaba"), client, "http://127.0.0.1:9/events", None)
    made.product.policies.change_tenant(registry.tenant("wakaba"), revocation={}, disable_grace_days=3)
    registry.happens("die")
    registry.sweep()
    registry.work(4 * DAY_SECONDS)
    assert (registry.told(), [sub for _, _, sub, _ in registry.told("wakaba")]) == ([], [theirs])
    registry.work(GRACE)
    assert [sub for _, _, sub, _ in registry.told()] == [ours]


def test_a_dump_tells_no_serial_number(registry):
    """The name of a certificate stands sealed: neither the bytes nor the digits of its serial are there."""
    made = registry.town
    sub_of(made, made.library, "hanako")
    with made.product.store.for_tenant("aoba").read() as tx:
        (row,) = tx.connection.execute(schema.certificate.select()).all()
    assert row.sealed_name is not None
    certificate = x509.load_pem_x509_certificate(made.resident("hanako").auth_certificate.read_bytes())
    serial = certificate.serial_number
    forms = (f"{serial:x}".encode(), str(serial).encode(), serial.to_bytes(-(-serial.bit_length() // 8), "big"))
    stored = b"".join(value for value in row if isinstance(value, bytes))
    assert not any(form in stored for form in forms if len(form) > 2)
