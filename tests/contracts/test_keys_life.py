"""The contract of key custody, its later years: wrapping keys rotate, keys are brought, many are asked at once."""

import hmac
import secrets

import pytest

from connectors.errors import Refused


@pytest.fixture
def tenant():
    """A tenant id that nobody has used."""
    return f"town-{secrets.token_hex(6)}"


@pytest.fixture
def keys(custody, tenant):
    """An open custody in which the tenant has keys."""
    opened = custody.open()
    opened.create(tenant)
    return opened


@pytest.fixture
def waiting(custody, tenant):
    """A custody opened for a ceremony, in which the tenant waits for its PPID key."""
    opened = custody.ceremony()
    assert opened.create(tenant, ppid_key=False) == 0
    return opened


def test_a_rotated_wrapping_key_opens_what_was_wrapped_before(custody, keys, tenant):
    """New bytes name the new version, old ones open for every process, and none of them moves a PPID."""
    value, earlier = keys.hmac_sha256(tenant, 1, b"m"), custody.open()
    first = earlier.wrap(tenant, "label", b"data key")
    assert (keys.wrapping_version(tenant), keys.wrapped_under(first)) == (1, 1)
    assert keys.rotate_wrapping(tenant) == 2
    second = keys.wrap(tenant, "label", b"data key")
    assert (keys.wrapping_version(tenant), keys.wrapped_under(second)) == (2, 2)
    for opened in (keys, earlier, custody.open()):
        assert opened.unwrap(tenant, "label", first) == opened.unwrap(tenant, "label", second) == b"data key"
    assert earlier.wrapped_under(earlier.wrap(tenant, "label", b"data key")) == 2
    assert keys.latest_version(tenant) == 1
    assert keys.hmac_sha256(tenant, 1, b"m") == value


def test_wrapping_keys_of_unknown_tenants_are_refused(custody, tenant):
    """Neither rotated nor described."""
    keys = custody.open()
    for ask in (keys.rotate_wrapping, keys.wrapping_version):
        with pytest.raises(Refused):
            ask(tenant)


@pytest.mark.parametrize("garbage", [b"", b"\x02", b"\x03" * 60, b"vault:v0:AAAA", b"vault:v1:", b"\xff" * 90])
def test_garbage_names_no_wrapping_version(keys, garbage):
    """Only bytes that a custody wrapped tell under which version."""
    with pytest.raises(Refused):
        keys.wrapped_under(garbage)


def test_many_are_answered_as_one_by_one(custody, tenant):
    """In order, under the version asked for, also over several batches and for none at all."""
    versions = [secrets.token_bytes(32) for _ in range(2)]
    custody.put(tenant, *versions)
    keys, messages = custody.open(), [f"message {n}".encode() for n in range(1203)]
    expected = [hmac.digest(versions[0], message, "sha256") for message in messages]
    assert keys.hmac_sha256_many(tenant, 1, messages) == expected
    assert keys.hmac_sha256_many(tenant, 2, messages[:1]) == [keys.hmac_sha256(tenant, 2, messages[0])]
    assert keys.hmac_sha256_many(tenant, 1, []) == []


@pytest.mark.parametrize("version", [-1, 0, 2, 2**31])
def test_many_under_an_unknown_version_are_refused(keys, tenant, version):
    """Not one of them is answered."""
    with pytest.raises(Refused):
        keys.hmac_sha256_many(tenant, version, [b"m"])


def test_a_key_is_brought_version_by_version(custody, waiting, tenant):
    """Each answers as it does outside; none can be left out, put in twice, or be of another length."""
    brought = [secrets.token_bytes(32) for _ in range(3)]
    for wrong in (0, 2, -1):
        with pytest.raises(Refused):
            waiting.bring(tenant, brought[0], wrong)
    for version, key in enumerate(brought, start=1):
        waiting.bring(tenant, key, version)
        with pytest.raises(Refused):
            waiting.bring(tenant, key, version)
    for wrong in (b"", bytes(31), bytes(33)):
        with pytest.raises(Refused):
            waiting.bring(tenant, wrong, 4)
    served = custody.open()
    assert served.latest_version(tenant) == served.create(tenant) == 3
    for version, key in enumerate(brought, start=1):
        assert served.hmac_sha256(tenant, version, b"m") == hmac.digest(key, b"m", "sha256")


def test_a_tenant_that_waits_for_its_key_can_wrap_already(custody, waiting, tenant):
    """Data keys are kept from the first day; a number cannot be made before the ceremony."""
    served = custody.open()
    assert served.unwrap(tenant, "label", waiting.wrap(tenant, "label", b"data key")) == b"data key"
    for ask in (served.latest_version, served.rotate, lambda it: served.hmac_sha256(it, 1, b"m")):
        with pytest.raises(Refused):
            ask(tenant)
    assert served.create(tenant, ppid_key=False) == 0


def test_nothing_is_brought_for_an_unknown_tenant(custody, tenant):
    """A key without a tenant would be found by nobody."""
    with pytest.raises(Refused):
        custody.ceremony().bring(tenant, bytes(32), 1)


def test_keeping_changes_nothing(keys, tenant):
    """Called at any time, it costs no answer."""
    before = keys.hmac_sha256(tenant, 1, b"m")
    keys.keep()
    assert keys.hmac_sha256(tenant, 1, b"m") == before
