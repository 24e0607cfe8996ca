"""`idp worker`: what is due, done from a shell; jobs that were given up; receivers of events at registration."""

import secrets

import pytest
from components.events import SUB
from components.jobs import jobs, leave, raises, stored

from idp.cli import serving
from idp.store import schema
from idp.worker.job import Abandon


def test_beside_a_server_on_sqlite_it_is_refused(aoba, idp):
    """One process serves an embedded store, and does what is due itself: exit 1 and a sentence."""
    with serving.lock(aoba.folder / "idp.db.lock"):
        refused = idp("worker", "--once", "--json")
    assert (refused.code, refused.error) == (
        1,
        "a server runs on this SQLite database and does what is due itself",
    )


def test_what_was_given_up_is_listed_without_what_it_says_and_tried_again(aoba, idp):
    """By its id or all at once; an unknown id is exit 1, a malformed one exit 2."""
    job_id = leave(aoba, "sorting", {"sub": SUB})
    jobs(aoba, {"sorting": raises(Abandon("never"))}).do_one()
    listed = idp("worker", "dead", "list", "--tenant", "aoba", "--json")
    (row,) = listed.json
    assert (row["id"], row["kind"], row["attempts"], row["problem"]) == (job_id.hex(), "sorting", 1, "never")
    assert SUB not in listed.out
    assert "never" in idp("worker", "dead", "list", "--tenant", "aoba").out
    assert idp("worker", "dead", "list", "--tenant", "wakaba", "--json").json == []
    unknown = secrets.token_hex(16)
    assert idp("worker", "dead", "retry", unknown, "--tenant", "aoba").code == 1
    assert idp("worker", "dead", "retry", "no-hex", "--tenant", "aoba").code == 2
    assert idp("worker", "dead", "retry", row["id"], "--tenant", "wakaba").code == 1
    assert idp("worker", "dead", "retry", row["id"], "--tenant", "aoba").code == 0
    assert stored(aoba, job_id).state == "waiting"
    assert idp("worker", "dead", "retry", "all", "--tenant", "aoba", "--json").json["retried"] == 0


def test_a_receivers_secret_is_read_from_a_file_and_never_shown(aoba, idp, tmp_path):
    """`show` says that there is one."""
    file = tmp_path / "bearer"
    file.write_text("s3cret.b34rer\n")
    created = idp(
        *_create("notes"), "--event-endpoint", "https://notes.example/events", "--event-bearer-file", file
    )
    assert created.code == 0, created.err
    shown = idp("service", "show", "notes", "--tenant", "aoba", "--json")
    assert (shown.json["event_endpoint"], shown.json["event_bearer"]) == ("https://notes.example/events", True)
    assert "s3cret" not in created.out + created.err + shown.out
    assert idp("service", "show", "library", "--tenant", "aoba", "--json").json["event_endpoint"] is None


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://notes.example/events",
        "https://user@notes.example/events",
        "https://notes.example/events#here",
        "https:///events",
        "ftp://notes.example/events",
        "https://notes.example/" + "a" * 255,
        "https://notes.example/\u202eevents",
        "",
    ],
)
def test_an_endpoint_that_cannot_be_one_is_refused(idp, endpoint):
    """Exit 1 and a sentence that repeats nothing; no service is registered."""
    refused = idp(*_create("odd"), "--event-endpoint", endpoint)
    assert refused.code == 1
    assert refused.err.strip()
    assert "notes.example" not in refused.err
    assert idp("service", "show", "odd", "--tenant", "aoba").code == 1


@pytest.mark.parametrize("bearer", [b"", b"two words", b"line\nbreak", "秘密".encode(), b"x" * 1025])
def test_a_bearer_that_is_no_token_is_refused(idp, tmp_path, bearer):
    """It would not fit into a header (RFC 6750 section 2.1)."""
    file = tmp_path / "bearer"
    file.write_bytes(bearer)
    words = ("--event-endpoint", "https://notes.example/events", "--event-bearer-file", file)
    assert idp(*_create("odd"), *words).code in (1, 2)
    assert idp("service", "show", "odd", "--tenant", "aoba").code == 1


def test_a_bearer_without_endpoint_is_refused(idp, tmp_path):
    """It would be sent nowhere; nor is a file that is not there."""
    file = tmp_path / "bearer"
    file.write_text("token")
    assert idp(*_create("odd"), "--event-bearer-file", file).code == 1
    missing = ("--event-endpoint", "https://notes.example/e", "--event-bearer-file", tmp_path / "missing")
    assert idp(*_create("odd"), *missing).code == 2


def _create(service_id):
    redirect = ("--redirect-uri", "https://notes.example/cb")
    return ("service", "create", service_id, "--tenant", "aoba", "--name-ja", "メモ", *redirect)


def test_a_receiver_is_changed_and_taken_away(aoba, idp, tmp_path):
    """From the next refresh on; the old token goes with the old endpoint, and the audit trail tells."""
    file = tmp_path / "bearer"
    file.write_text("s3cret.b34rer")
    words = ("service", "events", "library", "--tenant", "aoba", "--json")
    assert idp(*words).json == {"event_endpoint": None, "event_bearer": False}
    changed = idp(*words, "--endpoint", "https://notes.example/e", "--bearer-file", file)
    assert changed.json == {"event_endpoint": "https://notes.example/e", "event_bearer": True}
    assert idp(*words, "--endpoint", "https://notes.example/f").json["event_bearer"] is False
    assert idp(*words, "--bearer-file", file).code == 1
    assert idp(*words, "--endpoint", "http://notes.example/f").code == 1
    assert idp(*words, "--endpoint", "https://notes.example/f", "--nowhere").code == 2
    assert idp(*words).json["event_endpoint"] == "https://notes.example/f"
    assert idp(*words, "--nowhere").json == {"event_endpoint": None, "event_bearer": False}
    assert idp("service", "show", "library", "--tenant", "aoba", "--json").json["redirect_uris"]
    with aoba.product.store.for_tenant("aoba").read() as tx:
        entries = schema.audit_entry.select().where(schema.audit_entry.c.action == "service.changed")
        bodies = [row.body for row in tx.connection.execute(entries).all()]
    assert len(bodies) == 3
    assert "s3cret" not in "".join(bodies)
