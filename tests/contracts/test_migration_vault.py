"""A compromised key version replaced with the keys in a real OpenBao, sealed in the middle."""

import pytest
from components.jobs import pass_time
from components.migrating import Kit, settle_people
from components.town import town

from idp.continuity.sweep import KNOWN_SECONDS
from idp.store import schema

OLD = schema.pair.c.key_version == 1
PEOPLE = 1200


@pytest.fixture
def kit(tmp_path, founded_world, openbao):
    """A town whose keys are in OpenBao, used and made under one identity."""
    role = openbao.role("idp-use", "idp-admin")
    environment = {
        "IDP_VAULT_ADDRESS": openbao.address,
        "IDP_VAULT_CA_FILE": str(openbao.ca_file),
        "IDP_VAULT_ROLE_ID_FILE": write(tmp_path / "role", role.role_id),
        "IDP_VAULT_SECRET_ID_FILE": write(tmp_path / "secret", role.secret_id),
    }
    with town(tmp_path, founded_world, environment=environment, keyfile=False) as made:
        yield Kit(made)


def write(path, text):
    """A secret's file."""
    path.write_text(text + "\n")
    path.chmod(0o600)
    return str(path)


def test_new_numbers_come_from_the_new_version_in_vault(kit, openbao):
    """While it is sealed nothing is half done and known residents sign in; unsealed, the job goes on by itself."""
    made = kit.town
    (old,) = kit.numbers(made.library)
    settle_people(kit, made.library, PEOPLE)
    assert kit.rotate() == 2
    migration = kit.start(kit.compromise(made.library.sector_id))
    pass_time(made, 2 * KNOWN_SECONDS)
    worker = kit.worker()
    openbao.seal()
    try:
        worker.do_one()
        assert kit.count(schema.moved_grant) == 0
        assert kit.numbers(made.library) == [old]
    finally:
        openbao.unseal()
    pass_time(made, 10 * KNOWN_SECONDS)
    kit.work()
    assert kit.state(migration) == "open"
    live = (schema.pair.c.state == "live", schema.pair.c.sector_id == made.library.sector_id)
    assert (kit.count(schema.pair, *live), kit.count(schema.pair, *live, OLD)) == (PEOPLE + 1, 0)
    claims, _ = kit.sign_in(made.library)
    assert (claims["previous_sub"], claims["sub"] == old) == (old, False)
