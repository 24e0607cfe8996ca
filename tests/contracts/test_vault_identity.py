"""Who the product is to Vault: renewed tokens, secret ids that arrive wrapped, policies that end at one tenant."""

import json
import secrets
import time

import hvac.exceptions
import pytest
from components.custody import VaultCustody

from connectors.errors import Refused, Unreachable
from connectors.vault import AppRole, VaultKeys, WrappedSecretId, WrappedSecretSpent


@pytest.fixture
def tenant():
    """A tenant id that nobody has used."""
    return f"town-{secrets.token_hex(6)}"


@pytest.fixture
def custody(openbao, tenant):
    """The server's custody, in which the tenant has keys."""
    opened = VaultCustody(openbao)
    opened.open().create(tenant)
    return opened


def paths_asked(openbao, since):
    """What was asked of the server since the audit file had that many lines."""
    lines = [json.loads(line) for line in openbao.audit.read_text().splitlines()[since:]]
    return [line["request"]["path"] for line in lines if line["type"] == "request"]


def kept_for(keys, seconds):
    """Keep the custody's lease alive for so long, as the background does."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        keys.keep()
        time.sleep(0.05)


def test_a_token_is_renewed_before_it_ends(openbao, custody, tenant):
    """Kept for longer than it was lent, the token of one login still serves."""
    keys = custody.under(openbao.role("idp-use", ttl="6s"))
    before, since = keys.hmac_sha256(tenant, 1, b"m"), len(openbao.audit.read_text().splitlines())
    kept_for(keys, 6.5)  # between 4 s and 6 s it must have a turn, on a machine that halts for a moment too
    assert keys.hmac_sha256(tenant, 1, b"m") == before
    asked = paths_asked(openbao, since)
    assert "auth/token/renew-self" in asked
    assert "auth/approle/login" not in asked


def test_a_token_at_its_greatest_age_is_replaced_beside_the_requests(openbao, custody, tenant):
    """Where renewal gives no more, a login is made before the end: no resident's request waits for it."""
    keys = custody.under(openbao.role("idp-use", ttl="2s", greatest="3s"))
    before = keys.hmac_sha256(tenant, 1, b"m")
    kept_for(keys, 3.2)
    since = len(openbao.audit.read_text().splitlines())
    assert keys.hmac_sha256(tenant, 1, b"m") == before
    assert paths_asked(openbao, since) == [f"transit/hmac/ppid-{tenant}/sha2-256"]


def test_keeping_waits_out_a_sealed_server(openbao, custody, tenant):
    """While the server is sealed keeping says so; afterwards it goes on."""
    keys = custody.under(openbao.role("idp-use", ttl="1s"))
    before = keys.hmac_sha256(tenant, 1, b"m")
    openbao.seal()
    try:
        with pytest.raises(Unreachable):
            kept_for(keys, 2.0)
    finally:
        openbao.unseal()
    keys.keep()
    assert keys.hmac_sha256(tenant, 1, b"m") == before


@pytest.fixture
def delivered(openbao, tmp_path):
    """A secret id as an orchestrator delivers it, wrapped for a minute; and its role id."""
    role_id, wrapping_token = openbao.wrapped_role("idp-use")
    wrapped = tmp_path / "wrapped"
    wrapped.touch(0o600)
    wrapped.write_text(wrapping_token + "\n")
    return WrappedSecretId(wrapped, tmp_path / "secret-id"), role_id


def keys_of(openbao, secret_id, role_id):
    """What a process has that is started with these."""
    return VaultKeys(
        openbao.address,
        AppRole(role_id, secret_id),
        ca_file=str(openbao.ca_file),
        token_bytes=secrets.token_bytes,
    )


def test_a_wrapped_secret_id_is_unwrapped_once_for_all_processes(openbao, custody, tenant, delivered):
    """The first process unwraps it, the token's file is gone then, and the others read what it kept."""
    secret_id, role_id = delivered
    processes = [keys_of(openbao, secret_id, role_id) for _ in range(3)]
    assert len({keys.hmac_sha256(tenant, 1, b"m") for keys in processes}) == 1
    assert not secret_id.wrapped.exists()
    assert secret_id.kept.stat().st_mode & 0o777 == 0o600


def test_a_thief_who_comes_second_gets_nothing(openbao, custody, tenant, delivered):
    """The token that wraps the secret opens it once: a copy of it is worthless after us."""
    secret_id, role_id = delivered
    stolen = secret_id.wrapped.read_text().strip()
    keys_of(openbao, secret_id, role_id).ping()
    with pytest.raises(hvac.exceptions.InvalidRequest, match="wrapping token is not valid"):
        openbao.client(stolen).sys.unwrap()


def test_a_thief_who_came_first_is_noticed_and_named(openbao, custody, tenant, delivered):
    """Our unwrapping fails, the sentence says what that means, and no secret is kept."""
    secret_id, role_id = delivered
    openbao.client(secret_id.wrapped.read_text().strip()).sys.unwrap()
    keys = keys_of(openbao, secret_id, role_id)
    with pytest.raises(WrappedSecretSpent, match="unwrapped before us"):
        keys.hmac_sha256(tenant, 1, b"m")
    with pytest.raises(Unreachable, match="somebody else holds it"):
        keys.ping()
    assert not secret_id.kept.exists()


def test_a_forged_wrapping_is_not_unwrapped(openbao, custody, tenant, delivered):
    """A token that wraps something else than a secret id is refused before it is opened."""
    secret_id, role_id = delivered
    wrapped = openbao.root.adapter.post(
        "/v1/sys/wrapping/wrap", json={"secret_id": "the thief's"}, headers={"X-Vault-Wrap-TTL": "60s"}
    )
    secret_id.wrapped.write_text(wrapped["wrap_info"]["token"])
    with pytest.raises(Refused, match="does not hold"):
        keys_of(openbao, secret_id, role_id).hmac_sha256(tenant, 1, b"m")
    assert openbao.client(secret_id.wrapped.read_text()).sys.unwrap()["data"]["secret_id"] == "the thief's"


def test_a_new_wrapped_secret_id_needs_no_restart(openbao, custody, tenant, delivered):
    """Once the old secret is destroyed, a new one that arrives is taken by the running process."""
    secret_id, role_id = delivered
    keys = keys_of(openbao, secret_id, role_id)
    before = keys.hmac_sha256(tenant, 1, b"m")
    openbao.destroy_secret_id(role_id, secret_id.kept.read_text())
    openbao.revoke_tokens()
    with pytest.raises(Refused):
        keys.hmac_sha256(tenant, 1, b"m")
    secret_id.wrapped.touch(0o600)
    secret_id.wrapped.write_text(openbao.wrapped_secret_id(role_id))
    assert keys.hmac_sha256(tenant, 1, b"m") == before


@pytest.fixture
def neighbour(custody, tenant):
    """Another tenant with keys, whose id begins with the first one's."""
    custody.open().create(f"{tenant}-2")
    return f"{tenant}-2"


def test_one_tenants_identity_uses_no_other_tenants_keys(openbao, custody, tenant, neighbour):
    """Under the policy of one tenant its keys serve, and a neighbour's do not, whatever is asked."""
    wrapped = custody.open().wrap(neighbour, "label", b"data key")
    mine = custody.under(openbao.tenant_role(tenant, "use"))
    mine.ping()
    assert mine.unwrap(tenant, "label", mine.wrap(tenant, "label", b"data key")) == b"data key"
    assert (mine.latest_version(tenant), mine.wrapping_version(tenant)) == (1, 1)
    assert mine.hmac_sha256_many(tenant, 1, [b"m"]) == [mine.hmac_sha256(tenant, 1, b"m")]
    for ask in (
        lambda: mine.hmac_sha256(neighbour, 1, b"m"),
        lambda: mine.hmac_sha256_many(neighbour, 1, [b"m"]),
        lambda: mine.wrap(neighbour, "label", b"k"),
        lambda: mine.unwrap(neighbour, "label", wrapped),
        lambda: mine.latest_version(neighbour),
        lambda: mine.wrapping_version(neighbour),
        lambda: mine.rotate(tenant),
        lambda: mine.rotate_wrapping(tenant),
        lambda: mine.bring(tenant, bytes(32), 2),
    ):
        with pytest.raises(Refused):
            ask()


def test_one_tenants_administrator_makes_no_other_tenants_keys(openbao, tenant):
    """Creation and rotation end at the tenant, and give no use."""
    custody = VaultCustody(openbao)
    mine = custody.under(openbao.tenant_role(tenant, "admin"))
    assert (mine.create(tenant), mine.rotate(tenant), mine.rotate_wrapping(tenant)) == (1, 2, 2)
    for ask in (
        lambda: mine.create(f"{tenant}-2"),
        lambda: mine.hmac_sha256(tenant, 1, b"m"),
        lambda: mine.wrap(tenant, "label", b"k"),
    ):
        with pytest.raises(Refused):
            ask()


def test_one_tenants_ceremony_brings_no_other_tenants_key(openbao, tenant):
    """The ceremony's role brings the tenant's key and can neither use nor rotate it."""
    custody = VaultCustody(openbao)
    custody.open().create(f"{tenant}-2", ppid_key=False)
    mine = custody.under(openbao.tenant_role(tenant, "ceremony"))
    assert mine.create(tenant, ppid_key=False) == 0
    mine.bring(tenant, bytes(32), 1)
    for ask in (
        lambda: mine.bring(f"{tenant}-2", bytes(32), 1),
        lambda: mine.hmac_sha256(tenant, 1, b"m"),
        lambda: mine.rotate(tenant),
    ):
        with pytest.raises(Refused):
            ask()
    key = openbao.root.read(f"transit/keys/ppid-{tenant}")["data"]
    assert not any(
        key[may]
        for may in ("exportable", "allow_plaintext_backup", "deletion_allowed", "imported_key_allow_rotation")
    )


def test_a_brought_key_gets_its_next_version_from_a_ceremony_alone(openbao, tenant):
    """Not even whoever may rotate keys makes a version of it that no share would give back."""
    custody = VaultCustody(openbao)
    ceremony = custody.ceremony()
    ceremony.create(tenant, ppid_key=False)
    ceremony.bring(tenant, bytes(32), 1)
    with pytest.raises(Refused, match="ceremony"):
        custody.open().rotate(tenant)
    custody.open().create(f"{tenant}-2")
    with pytest.raises(Refused, match="made inside Vault"):
        ceremony.bring(f"{tenant}-2", bytes(32), 2)
