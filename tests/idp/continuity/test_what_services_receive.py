"""The mapping file and the event: each service's own residents, for its own eyes, once everything has moved."""

import json

import pytest
from components.events import read
from components.migrating import Kit, settle_people
from components.peer import Peer, answer
from components.town import town
from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey

from idp.continuity import mapping
from idp.continuity.mapping_key import read_key
from idp.registration import NotAllowed

KEYS = {
    "RSA": RSAKey.generate_key(2048),
    "P-256": ECKey.generate_key("P-256"),
    "P-521": ECKey.generate_key("P-521"),
    "X25519": OKPKey.generate_key("X25519"),
}
RESIDENTS = ("hanako", "ichiro")


@pytest.fixture
def receiver():
    """Where services receive events."""
    with Peer(lambda _: [answer("202 Accepted")]) as peer:
        yield peer


@pytest.fixture
def kit(tmp_path, founded_world):
    """A town whose events are not delayed."""
    with town(tmp_path, founded_world, environment={"IDP_EVENT_DELAY_SECONDS": "0"}) as made:
        yield Kit(made)


def public(key):
    """The key as officers approve it."""
    return read_key(key.as_pem(private=False))


@pytest.mark.parametrize("kind", KEYS)
def test_a_service_opens_its_file_with_its_own_key_only(kit, kind):
    """Old and new number of each resident, line by line; every other key fails."""
    made, key = kit.town, KEYS[kind]
    before = kit.numbers(made.library, RESIDENTS)
    kit.rotate()
    migration = kit.run(kit.compromise(made.library.sector_id, keys={made.library.client_id: public(key)}))
    (line,) = kit.mapping(migration, made.library, key)
    assert (line["line"], line["last"], line["aud"]) == (0, True, made.library.client_id)
    became = dict(line["numbers"])
    assert [became[sub] for sub in before] == kit.numbers(made.library, RESIDENTS)
    (sealed,) = made.product.mapping_files.lines(kit.tenant(), migration, kit.client(made.library))
    for name, other in KEYS.items():
        if name != kind:
            with pytest.raises((JoseError, ValueError)):
                jwe.decrypt_compact(sealed, other, algorithms=["RSA-OAEP-256", "ECDH-ES+A256KW", "A256GCM"])


def test_a_long_file_has_numbered_lines_and_an_end(kit, monkeypatch):
    """Whoever gets a part of it notices."""
    monkeypatch.setattr(mapping, "LINE", 4)
    made, key = kit.town, KEYS["P-256"]
    settle_people(kit, made.library, 10)
    kit.rotate()
    migration = kit.run(kit.compromise(made.library.sector_id, keys={made.library.client_id: public(key)}))
    lines = kit.mapping(migration, made.library, key)
    assert [(line["line"], line["last"], len(line["numbers"])) for line in lines] == [
        (0, False, 4),
        (1, False, 4),
        (2, True, 2),
    ]
    everything = [number for line in lines for pair in line["numbers"] for number in pair]
    assert len(set(everything)) == 20


def test_a_service_without_residents_receives_an_empty_file(kit):
    """One line that says that it is the last."""
    made, key = kit.town, KEYS["P-256"]
    kit.rotate()
    migration = kit.run(kit.compromise(made.library.sector_id, keys={made.library.client_id: public(key)}))
    assert [(line["last"], line["numbers"]) for line in kit.mapping(migration, made.library, key)] == [(True, [])]


def test_two_services_files_have_no_resident_in_common(kit):
    """Put side by side: the same people, and nothing that joins them."""
    made, key = kit.town, KEYS["P-256"]
    for service in (made.library, made.childcare):
        kit.numbers(service, RESIDENTS)
    kit.rotate()
    keys = {made.library.client_id: public(key), made.childcare.client_id: public(key)}
    migration = kit.run(kit.compromise(keys=keys))
    library, childcare = (
        {number for line in kit.mapping(migration, service, key) for pair in line["numbers"] for number in pair}
        for service in (made.library, made.childcare)
    )
    assert (len(library), len(childcare), library & childcare) == (4, 4, set())


def test_no_file_before_everything_has_moved_and_none_without_an_approved_key(kit):
    """A key that no officer saw encrypts nothing; nor does one that was put into the database."""
    made, key = kit.town, KEYS["P-256"]
    kit.numbers(made.library)
    kit.rotate()
    migration = kit.start(kit.compromise(keys={made.library.client_id: public(key)}))
    with pytest.raises(NotAllowed, match="it is moving"):
        kit.mapping(migration, made.library, key)
    kit.work()
    with pytest.raises(NotAllowed, match="no key"):
        kit.mapping(migration, made.childcare, key)
    with made.product.store.for_tenant("aoba").write() as tx:
        stolen = json.dumps(public(KEYS["X25519"]), sort_keys=True, separators=(",", ":"))
        plan = tx.connection.exec_driver_sql("SELECT plan FROM migration").scalar_one()
        known = json.dumps(public(key), sort_keys=True, separators=(",", ":"))
        assert known in plan
        changed = plan.replace(known, stolen).replace("'", "''")
        tx.connection.exec_driver_sql(f"UPDATE migration SET plan = '{changed}'")
    with pytest.raises(NotAllowed, match="not what was approved"):
        kit.mapping(migration, made.library, KEYS["X25519"])


def test_after_the_file_nobody_goes_back(kit):
    """The service has received every new number with it."""
    made, key = kit.town, KEYS["P-256"]
    kit.numbers(made.library, RESIDENTS)
    kit.rotate()
    migration = kit.run(kit.compromise(made.library.sector_id, keys={made.library.client_id: public(key)}))
    kit.mapping(migration, made.library, key)
    after = kit.numbers(made.library, RESIDENTS)
    kit.migrations.abort(kit.tenant(), migration)
    kit.work()
    assert kit.numbers(made.library, RESIDENTS) == after


def test_a_service_with_a_receiver_hears_of_every_resident_once(kit, receiver):
    """New number as subject, old one beside it, under its own issuer; a service without one hears nothing."""
    made = kit.town
    notes = made.register("aoba", "notes", event_endpoint=f"{receiver.origin}/notes")
    before = kit.numbers(notes, RESIDENTS)
    kit.numbers(made.library, RESIDENTS)
    kit.rotate()
    kit.run(kit.compromise())
    claims = [read(made, request.body, notes)[1] for request in receiver.requests]
    told = {}
    for event in claims:
        (said,) = event["events"].values()
        assert said["previous"]["iss"] == event["sub_id"]["iss"] == event["iss"]
        told[said["previous"]["sub"]] = event["sub_id"]["sub"]
    assert len(claims) == len(RESIDENTS)
    assert [told[sub] for sub in before] == kit.numbers(notes, RESIDENTS)


def test_a_window_put_into_the_database_opens_nothing(kit):
    """A registration's window carries a MAC: no service hears old numbers because somebody wrote that it may."""
    made = kit.town
    kit.numbers(made.library)
    kit.rotate()
    kit.run(kit.compromise(window_days=1))
    with made.product.store.for_tenant("aoba").write() as tx:
        where = f"WHERE client_id = '{made.library.client_id}'"
        text = tx.connection.exec_driver_sql(f"SELECT registration FROM client {where}").scalar_one()
        stored = json.loads(text)
        stored["migration"]["ends_at"] += 1
        longer = json.dumps(stored).replace("'", "''")
        tx.connection.exec_driver_sql(f"UPDATE client SET registration = '{longer}' {where}")
        tx.connection.exec_driver_sql("UPDATE tenant SET config_version = config_version + 1")
    kit.tenant()
    assert "previous_sub" not in kit.sign_in(made.library)[0]
