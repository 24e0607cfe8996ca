"""Signature certificates that are watched, on both databases: every change is told once, whoever notices it."""

import pytest
from components.signatures import SCOPE, events, happens, receiving, status_of, sweep, told
from components.verifier import VERIFIES, Verifier
from cryptography import x509
from sqlalchemy.exc import ProgrammingError

from idp.signature_status.sweep import Swept
from idp.store import schema
from idp.store.engine import DatabaseUnavailable

REVOKED = {"certificate": "signature", "status": "revoked", "reason": "affiliationChanged"}
MOVED = [("library", "basic4-changed", {}), ("library", "certificate-status-changed", REVOKED)]
VALID = {"certificate": "signature", "status": "valid"}


@pytest.fixture
def made(either):
    """A town on one of the two databases, whose library and school want events."""
    receiving(either, either.library, either.school)
    return either


def rows(made, tenant_id="aoba"):
    """The watched ones of a tenant."""
    table = schema.signature_watch
    with made.product.store.for_tenant(tenant_id).read() as tx:
        return tx.connection.execute(table.select().where(table.c.tenant_id == tenant_id)).all()


def test_a_move_is_told_once_to_each_service_at_its_own_moments(made):
    """Two services, two numbers, four moments; a second night and the next logins tell nothing more."""
    for service in (made.library, made.school):
        status_of(made, service)
    status_of(made, made.library, "midori")
    assert sweep(made) == Swept(watched=3, changed=0)
    happens(made, "move")
    assert sweep(made) == Swept(watched=3, changed=2)
    again = [("school", name, data) for _, name, data in MOVED]
    assert events(made) == [*MOVED, *again]
    assert len({sub for _, sub, _ in told(made)}) == 2
    assert len({moment for _, _, moment in told(made)}) == 4
    assert sweep(made, days=1) == Swept(watched=3, changed=0)
    assert status_of(made, made.library)["basic4_changed"] is True
    assert len(events(made)) == 4


def test_what_a_login_notices_first_the_sweep_does_not_tell_again(made):
    """And the other way round for the certificate that follows."""
    status_of(made, made.library)
    happens(made, "move")
    assert status_of(made, made.library)["status"] == "revoked"
    assert events(made) == MOVED
    assert sweep(made).changed == 0
    happens(made, "renew")
    assert status_of(made, made.library)["status"] == "valid"
    assert events(made) == sorted([*MOVED, ("library", "certificate-status-changed", VALID)], key=str)
    assert sweep(made).changed == 0


def test_a_move_that_nobody_saw_is_told_after_the_new_certificate(made):
    """Moved and renewed between two nights: the claim says valid, the event that the Basic 4 changed."""
    status_of(made, made.library)
    happens(made, "move")
    happens(made, "renew")
    assert status_of(made, made.library)["basic4_changed"] is False
    assert events(made) == []
    assert sweep(made).changed == 1
    assert events(made) == [("library", "basic4-changed", {})]
    assert sweep(made).changed == 0


def test_whoever_does_not_ask_or_was_not_allowed_is_told_nothing(made):
    """Without the scope in the consent or in the registration, and without a receiver; a status is no event."""
    made.sign_in(made.library)
    status_of(made, made.childcare)
    happens(made, "move", "midori")
    status_of(made, made.library, "midori")
    happens(made, "move")
    assert sweep(made) == Swept(watched=2, changed=1)
    assert events(made) == []


def test_a_service_that_was_stopped_hears_nothing_and_leaves_no_row(made):
    """The grant ends, the row goes with the next sweep."""
    sub = made.sign_in(made.library, scope=SCOPE)["sub"]
    tenant = made.product.directory.tenant("aoba")
    client = tenant.clients[made.library.client_id]
    with made.product.store.for_tenant("aoba").write() as tx:
        handle = made.product.people.references.to_person(tx, tenant, client, sub)
        owner = made.product.people.references.read(tx, tenant, handle).body
        made.product.people.ending.run(tx, tenant, client, owner)
    happens(made, "move")
    assert sweep(made) == Swept(watched=0, changed=0)
    assert rows(made) == []
    assert [name for _, name, _ in events(made)] == ["consent-withdrawn"]


def test_a_sweep_that_is_cut_off_tells_nothing_by_halves(made):
    """Without an outbox nothing is kept either; the next night does all of it."""
    status_of(made, made.library)
    happens(made, "move")
    made.change("ALTER TABLE outbox RENAME TO elsewhere")
    with pytest.raises((DatabaseUnavailable, ProgrammingError)):
        sweep(made)
    made.change("ALTER TABLE elsewhere RENAME TO outbox")
    assert events(made) == []
    assert sweep(made).changed == 1
    assert events(made) == MOVED


def test_the_api_answers_as_of_now_and_a_change_that_it_finds_is_told(made):
    """/residents/status for whoever agreed; for others unknown, and nobody is asked."""
    service = made.register("aoba", "desk", **VERIFIES)
    receiving(made, service)
    desk = Verifier(made, service)
    agreed, plain = (made.sign_in(service, "hanako", scope=SCOPE)["sub"], made.sign_in(service, "midori")["sub"])

    def status(sub):
        answer = desk.post("/residents/status", {"sub": sub}).json
        assert answer["state"] == "active"
        return answer["signature_certificate"]

    assert (status(agreed)["status"], status(agreed)["basic4_changed"]) == ("valid", False)
    assert status(plain)["status"] == "unknown"
    happens(made, "move")
    assert (status(agreed)["status"], status(agreed)["basic4_changed"]) == ("revoked", True)
    assert [name for _, name, _ in events(made)] == ["basic4-changed", "certificate-status-changed"]
    assert sweep(made).changed == 0
    assert desk.authenticate("hanako").json["signature_certificate"]["basic4_changed"] is True


def test_a_dump_tells_neither_the_certificate_nor_how_it_stands(made):
    """Neither bytes nor digits of the serial are there, and every record is as long as another."""
    status_of(made, made.library)
    status_of(made, made.library, "yoko")  # who has none
    happens(made, "move", "midori")
    status_of(made, made.library, "midori")
    stored = rows(made)
    assert len({len(row.sealed_record) for row in stored}) == 1
    file = made.resident("hanako").auth_certificate.with_name("hanako-sign.pem")
    serial = x509.load_pem_x509_certificate(file.read_bytes()).serial_number
    forms = (f"{serial:x}".encode(), str(serial).encode(), serial.to_bytes(-(-serial.bit_length() // 8), "big"))
    everything = b"".join(row.sealed_record for row in stored)
    assert not any(form in everything for form in forms)
