"""What only a key server can meet: sealing, lost tokens, policies, restarts, the audit file."""

import base64
import json
import secrets
import time
from concurrent.futures import ThreadPoolExecutor

import hvac.exceptions
import pytest
from components.custody import VaultCustody
from components.openbao import OpenBao

from connectors.errors import Refused, Unreachable
from connectors.vault import AppRole, Token, VaultKeys


@pytest.fixture
def tenant():
    """A tenant id that nobody has used."""
    return f"town-{secrets.token_hex(6)}"


@pytest.fixture
def keys(openbao, tenant):
    """Keys of the tenant, used under the role for use and made under the role for administration."""
    opened = VaultCustody(openbao).open()
    opened.create(tenant)
    return opened


@pytest.fixture
def user(openbao):
    """OpenBao as seen by whoever stole the provider's token."""
    return logged_in(openbao, openbao.use)


@pytest.fixture
def administrator(openbao):
    """OpenBao as seen by whoever stole the administrator's token."""
    return logged_in(openbao, openbao.admin)


def logged_in(openbao, role):
    anonymous = openbao.client("")
    answer = anonymous.auth.approle.login(*role, use_token=False)
    return openbao.client(answer["auth"]["client_token"])


def asks(keys, tenant):
    """Every call that a login or a start of the service makes, and those of the command line."""
    wrapped = b"vault:v1:" + base64.b64encode(bytes(40))
    return (
        keys.ping,
        lambda: keys.hmac_sha256(tenant, 1, b"m"),
        lambda: keys.latest_version(tenant),
        lambda: keys.wrap(tenant, "label", b"data key"),
        lambda: keys.unwrap(tenant, "label", wrapped),
        lambda: keys.create(tenant),
        lambda: keys.rotate(tenant),
    )


def test_sealed_is_unreachable_within_a_second_and_mends_itself(openbao, keys, tenant):
    """Sealed, every call says so at once; unsealed, the same object answers as before."""
    before = keys.hmac_sha256(tenant, 1, b"m")
    openbao.seal()
    try:
        for ask in asks(keys, tenant):
            started = time.monotonic()
            with pytest.raises(Unreachable):
                ask()
            assert time.monotonic() - started < 1
    finally:
        openbao.unseal()
    assert keys.ping() is None
    assert keys.hmac_sha256(tenant, 1, b"m") == before


def test_a_revoked_token_is_replaced(openbao, keys, tenant):
    """When its tokens are revoked, an AppRole logs in again and nobody notices."""
    before = keys.hmac_sha256(tenant, 1, b"m")
    openbao.revoke_tokens()
    assert keys.hmac_sha256(tenant, 1, b"m") == before
    openbao.revoke_tokens()
    with ThreadPoolExecutor(20) as pool:
        assert set(pool.map(lambda _: keys.hmac_sha256(tenant, 1, b"m"), range(20))) == {before}
    openbao.revoke_tokens()
    assert keys.ping() is None


def test_a_token_that_ended_is_replaced(openbao, tenant):
    """A token's time to live runs out in the middle of the day without a failed login."""
    brief = openbao.role("idp-use", "idp-admin", ttl="1s")
    keys = VaultKeys(
        openbao.address, AppRole(*brief), ca_file=str(openbao.ca_file), token_bytes=secrets.token_bytes
    )
    assert keys.create(tenant) == 1
    time.sleep(1.2)
    assert keys.latest_version(tenant) == 1


def test_a_wrong_secret_is_refused_and_not_repeated(openbao, tenant):
    """Credentials that Vault does not know: Refused for a call, not ready for `ping`, no secret in the text."""
    keys = VaultKeys(
        openbao.address,
        AppRole(openbao.use.role_id, "wrong-secret"),
        ca_file=str(openbao.ca_file),
        token_bytes=secrets.token_bytes,
    )
    with pytest.raises(Refused) as refused:
        keys.hmac_sha256(tenant, 1, b"m")
    assert "wrong-secret" not in f"{refused.value}{refused.value.__cause__}"
    with pytest.raises(Unreachable):
        keys.ping()


def test_a_token_kept_alive_by_others_serves(openbao, keys, tenant, user):
    """With a ready token, such as Vault Agent's, no login is made; once revoked it stays refused."""
    bearer = VaultKeys(
        openbao.address, Token(user.token), ca_file=str(openbao.ca_file), token_bytes=secrets.token_bytes
    )
    assert bearer.hmac_sha256(tenant, 1, b"m") == keys.hmac_sha256(tenant, 1, b"m")
    openbao.revoke_tokens()
    with pytest.raises(Refused):
        bearer.hmac_sha256(tenant, 1, b"m")


def test_another_authority_is_unreachable(openbao, tenant):
    """A server whose certificate our authority did not sign gets no credentials."""
    keys = VaultKeys(openbao.address, AppRole(*openbao.use), token_bytes=secrets.token_bytes)
    with pytest.raises(Unreachable):
        keys.hmac_sha256(tenant, 1, b"m")


def test_the_role_for_use_makes_no_keys(openbao, tenant):
    """A provider with its own role alone can neither create nor rotate, nor make a key by encrypting."""
    keys = VaultKeys(
        openbao.address, AppRole(*openbao.use), ca_file=str(openbao.ca_file), token_bytes=secrets.token_bytes
    )
    for ask in (keys.create, keys.rotate, lambda it: keys.wrap(it, "label", b"data key")):
        with pytest.raises(Refused):
            ask(tenant)
    assert openbao.root.read(f"transit/keys/ppid-{tenant}") is None
    assert openbao.root.read(f"transit/keys/data-{tenant}") is None


def test_the_role_for_administration_uses_no_key(openbao, keys, tenant):
    """Whoever makes keys can neither derive nor unwrap."""
    wrapped = keys.wrap(tenant, "label", b"data key")
    alone = VaultKeys(
        openbao.address, AppRole(*openbao.admin), ca_file=str(openbao.ca_file), token_bytes=secrets.token_bytes
    )
    assert alone.create(tenant) == 1
    for ask in (
        lambda: alone.hmac_sha256(tenant, 1, b"m"),
        lambda: alone.wrap(tenant, "label", b"data key"),
        lambda: alone.unwrap(tenant, "label", wrapped),
    ):
        with pytest.raises(Refused):
            ask()


@pytest.mark.parametrize("who", ["user", "administrator"])
@pytest.mark.parametrize("kind", ["hmac-key", "encryption-key"])
def test_no_key_comes_out(request, keys, tenant, who, kind):
    """Neither role may export or back up a key."""
    client, name = request.getfixturevalue(who), ("ppid" if kind == "hmac-key" else "data") + f"-{tenant}"
    for path in (f"transit/export/{kind}/{name}", f"transit/backup/{name}"):
        with pytest.raises(hvac.exceptions.Forbidden):
            client.read(path)


def test_no_key_comes_out_even_for_root(openbao, keys, tenant):
    """The keys themselves are not exportable: the policies are the second lock, not the only one."""
    for kind, name in (("hmac-key", f"ppid-{tenant}"), ("encryption-key", f"data-{tenant}")):
        with pytest.raises(hvac.exceptions.InvalidRequest, match="not exportable"):
            openbao.root.read(f"transit/export/{kind}/{name}")
        described = openbao.root.read(f"transit/keys/{name}")["data"]
        assert not any(described[may] for may in ("exportable", "allow_plaintext_backup", "deletion_allowed"))


@pytest.mark.parametrize(
    ("step", "body"),
    [
        ("", {"type": "hmac", "key_size": "32", "exportable": True}),
        ("", {"type": "hmac", "key_size": "16"}),
        ("", {"type": "aes256-gcm96"}),
        ("", {"allow_plaintext_backup": True}),
        ("/config", {"exportable": True}),
        ("/config", {"deletion_allowed": True}),
        ("/config", {"allow_plaintext_backup": True}),
        ("/config", {"min_decryption_version": 2}),
        ("/config", {"min_encryption_version": 2}),
        ("/config", {"auto_rotate_period": "1h"}),
        ("/trim", {"min_available_version": 2}),
    ],
    ids=str,
)
def test_the_role_for_administration_cannot_weaken_a_key(administrator, keys, tenant, step, body):
    """Nothing that lets a key out, deletes it or cuts off an old version may be asked for."""
    keys.rotate(tenant)
    for name in (f"ppid-{tenant}", f"ppid-{tenant}-new"):
        with pytest.raises(hvac.exceptions.Forbidden):
            administrator.write_data(f"transit/keys/{name}{step}", data=body)


@pytest.mark.parametrize("who", ["user", "administrator"])
def test_no_role_deletes_a_key(request, keys, tenant, who):
    """Deletion, soft deletion included, is for nobody."""
    client = request.getfixturevalue(who)
    for path in (f"transit/keys/ppid-{tenant}", f"transit/keys/ppid-{tenant}/soft-delete"):
        with pytest.raises(hvac.exceptions.Forbidden):
            client.delete(path)
    assert len(keys.hmac_sha256(tenant, 1, b"m")) == 32


@pytest.mark.parametrize("who", ["user", "administrator"])
@pytest.mark.parametrize(
    "path", ["sys/policies/acl/idp-use", "auth/approle/role", "sys/mounts", "transit/keys?list=true", "sys/auth"]
)
def test_no_role_looks_elsewhere(request, who, path):
    """Both roles see their keys and nothing else of the server, not even which tenants there are."""
    with pytest.raises(hvac.exceptions.Forbidden):
        request.getfixturevalue(who).read(path)


def test_an_exportable_key_of_that_name_is_refused(openbao, tenant):
    """A key that somebody prepared beforehand so that it can be taken out is not adopted."""
    openbao.root.write_data(
        f"transit/keys/ppid-{tenant}", data={"type": "hmac", "key_size": 32, "exportable": True}
    )
    with pytest.raises(Refused):
        VaultCustody(openbao).open().create(tenant)


def test_a_key_of_another_type_is_refused(openbao, tenant):
    """A name taken by a key of another type is not taken for ours."""
    openbao.root.write_data(f"transit/keys/ppid-{tenant}", data={"type": "aes256-gcm96"})
    with pytest.raises(Refused):
        VaultCustody(openbao).open().create(tenant)


def test_the_audit_file_holds_no_plaintext(openbao, keys, tenant):
    """Every use is in the audit file, what was used and what came of it is not."""
    message, data_key = b"message-" + secrets.token_bytes(24), secrets.token_bytes(32)
    tag = keys.hmac_sha256(tenant, 1, message)
    keys.unwrap(tenant, "label", keys.wrap(tenant, "label", data_key))
    lines = openbao.audit.read_text().splitlines()
    paths = [json.loads(line)["request"]["path"] for line in lines]
    assert {f"transit/hmac/ppid-{tenant}/sha2-256", f"transit/decrypt/data-{tenant}"} <= set(paths)
    for secret in (
        message,
        data_key,
        tag,
        *(word.encode() for word in (openbao.use.secret_id, openbao.root.token)),
    ):
        for form in (secret, base64.b64encode(secret), secret.hex().encode()):
            assert form.decode("latin-1") not in "\n".join(lines)


def test_the_audit_file_holds_nothing_of_batches_and_ceremonies(openbao, tenant):
    """A key that was brought, and inputs and results in bulk, are in it as keyed hashes alone."""
    custody, key = VaultCustody(openbao), secrets.token_bytes(32)
    custody.ceremony().create(tenant, ppid_key=False)
    custody.ceremony().bring(tenant, key, 1)
    messages = [b"message-" + secrets.token_bytes(24) for _ in range(20)]
    tags = custody.open().hmac_sha256_many(tenant, 1, messages)
    audit = openbao.audit.read_text()
    assert f"transit/keys/ppid-{tenant}/import" in audit
    assert f"transit/hmac/ppid-{tenant}/sha2-256" in audit
    for secret in (key, *messages, *tags):
        for form in (secret, base64.b64encode(secret), secret.hex().encode()):
            assert form.decode("latin-1") not in audit


def test_what_a_rotation_answered_outlives_a_crash(tmp_path, tenant):
    """On disk, each version that `rotate` has named gives the same values after a power cut and unsealing."""
    with OpenBao(tmp_path, storage="raft") as server:
        keys = VaultCustody(server).open()
        keys.create(tenant)
        versions = [1, *(keys.rotate(tenant) for _ in range(3))]
        before = [keys.hmac_sha256(tenant, version, b"m") for version in versions]
        wrapped = keys.wrap(tenant, "label", b"data key")
        server.kill()
        with pytest.raises(Unreachable):
            keys.hmac_sha256(tenant, 1, b"m")
        server.start()
        assert [keys.hmac_sha256(tenant, version, b"m") for version in versions] == before
        assert keys.unwrap(tenant, "label", wrapped) == b"data key"
