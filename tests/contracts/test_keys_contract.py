"""The contract of key custody, kept by the encrypted key file and by a real OpenBao alike."""

import hashlib
import hmac
import json
import secrets
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

import ppid
from connectors.errors import Refused, Unreachable

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "ppid.json").read_bytes())
NOT_TENANT_IDS = ["", "Aoba", "a/b", "../x", "a b", "a\n", "青葉", "a" * 65, "a?x=1", "a%2fb", "\ud83d"]


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


@pytest.fixture(scope="module")
def vector_keys(custody_of_its_own):
    """A custody in which every tenant of the vectors has the vectors' keys: towns elsewhere bear their names."""
    custody = custody_of_its_own
    versions = [bytes.fromhex(key) for _, key in sorted(VECTORS["keys"].items())]
    for tenant_id in {vector["tenant_id"] for vector in VECTORS["vectors"]}:
        custody.put(tenant_id, *versions)
    return custody.open()


def test_creating_is_idempotent(keys, tenant):
    """Creating again changes no key and answers the version there is."""
    before = keys.hmac_sha256(tenant, 1, b"m")
    wrapped = keys.wrap(tenant, "label", b"data key")
    assert keys.create(tenant) == 1
    assert keys.hmac_sha256(tenant, 1, b"m") == before
    assert keys.unwrap(tenant, "label", wrapped) == b"data key"


def test_creating_after_a_rotation_answers_the_latest_version(keys, tenant):
    """Creating never takes a version back."""
    keys.rotate(tenant)
    assert keys.create(tenant) == 2
    assert keys.latest_version(tenant) == 2


def test_parallel_creation_makes_one_key(custody, tenant):
    """Many who create one tenant at once all get the same key."""
    opened = [custody.open() for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(lambda keys: keys.create(tenant), opened)) == {1}
        assert len(set(pool.map(lambda keys: keys.hmac_sha256(tenant, 1, b"m"), opened))) == 1


def test_a_rotation_keeps_every_earlier_value(keys, tenant):
    """Each version answers for ever what it answered at first; versions differ."""
    values = [keys.hmac_sha256(tenant, 1, b"m")]
    for version in (2, 3):
        assert keys.rotate(tenant) == version
        assert keys.latest_version(tenant) == version
        values.append(keys.hmac_sha256(tenant, version, b"m"))
    assert len(set(values)) == 3
    assert [keys.hmac_sha256(tenant, version, b"m") for version in (1, 2, 3)] == values


def test_what_was_wrapped_before_a_rotation_opens_after_it(keys, tenant):
    """Rotating the PPID key leaves wrapped data keys as they are."""
    wrapped = keys.wrap(tenant, "label", b"data key")
    keys.rotate(tenant)
    assert keys.unwrap(tenant, "label", wrapped) == b"data key"


def test_parallel_rotations_each_add_one(keys, tenant):
    """Eight rotations at once give eight versions, each told to one caller."""
    with ThreadPoolExecutor(8) as pool:
        versions = sorted(pool.map(lambda _: keys.rotate(tenant), range(8)))
    assert versions == list(range(2, 10))
    assert len({keys.hmac_sha256(tenant, version, b"m") for version in range(1, 10)}) == 9


def test_two_instances_see_each_others_rotation(custody, keys, tenant):
    """A version made by one process serves the other at once."""
    other = custody.open()
    assert other.latest_version(tenant) == 1
    keys.rotate(tenant)
    assert other.hmac_sha256(tenant, 2, b"m") == keys.hmac_sha256(tenant, 2, b"m")
    assert other.rotate(tenant) == 3
    assert keys.latest_version(tenant) == 3


def test_two_instances_see_each_others_tenants(custody, tenant):
    """A tenant made by one process is served by another that was open before."""
    early, maker = custody.open(), custody.open()
    maker.create(tenant)
    assert early.hmac_sha256(tenant, 1, b"m") == maker.hmac_sha256(tenant, 1, b"m")
    assert early.unwrap(tenant, "label", maker.wrap(tenant, "label", b"data key")) == b"data key"


@pytest.mark.parametrize("size", [0, 1, 63, 64, 65, 4096])
def test_hmac_is_hmac_sha256(custody, tenant, size):
    """Under keys that we know, the answer is what Python's own HMAC computes (RFC 2104)."""
    versions = [secrets.token_bytes(32) for _ in range(3)]
    custody.put(tenant, *versions)
    keys, message = custody.open(), secrets.token_bytes(size)
    expected = [hmac.new(key, message, hashlib.sha256).digest() for key in versions]
    assert [keys.hmac_sha256(tenant, version, message) for version in (1, 2, 3)] == expected


@pytest.mark.parametrize("vector", VECTORS["vectors"], ids=[vector["name"] for vector in VECTORS["vectors"]])
def test_ppids_are_those_of_the_vectors(vector_keys, vector):
    """The derivation gives each published PPID when the custody holds the published key."""
    derived = ppid.derive(
        vector_keys,
        tenant_id=vector["tenant_id"],
        sector_id=vector["sector_id"],
        handle=bytes.fromhex(vector["handle"]),
        key_version=vector["key_version"],
        generation=vector["generation"],
    )
    assert derived == vector["ppid"]


def test_a_key_from_outside_can_be_rotated(custody, tenant):
    """A tenant whose first key was brought gets its next version like any other."""
    custody.put(tenant, bytes(32))
    keys = custody.open()
    assert keys.create(tenant) == 1
    assert keys.rotate(tenant) == 2
    assert keys.hmac_sha256(tenant, 1, b"m") == hmac.digest(bytes(32), b"m", "sha256")


def test_tenants_have_keys_of_their_own(keys, tenant):
    """No two tenants share a PPID key."""
    keys.create(f"{tenant}-2")
    assert keys.hmac_sha256(tenant, 1, b"m") != keys.hmac_sha256(f"{tenant}-2", 1, b"m")


def test_an_unknown_tenant_is_refused(custody, tenant):
    """Without keys a tenant gets no answer of any kind, and none come into being by asking."""
    keys = custody.open()
    for _ in range(2):
        for ask in (
            lambda: keys.latest_version(tenant),
            lambda: keys.rotate(tenant),
            lambda: keys.hmac_sha256(tenant, 1, b"m"),
            lambda: keys.wrap(tenant, "label", b"data key"),
            lambda: keys.unwrap(tenant, "label", b"vault:v1:AAAA"),
        ):
            with pytest.raises(Refused):
                ask()


@pytest.mark.parametrize("version", [-1, 0, 2, 2**31, 2**70])
def test_an_unknown_version_is_refused(keys, tenant, version):
    """Only a version that was made answers; none stands for the latest."""
    with pytest.raises(Refused):
        keys.hmac_sha256(tenant, version, b"m")


@pytest.mark.parametrize("tenant_id", NOT_TENANT_IDS)
def test_what_is_no_tenant_id_is_refused(custody, tenant_id):
    """Names that could lead elsewhere in a path or a file are refused in every method."""
    keys = custody.open()
    for ask in (
        lambda: keys.create(tenant_id),
        lambda: keys.rotate(tenant_id),
        lambda: keys.latest_version(tenant_id),
        lambda: keys.hmac_sha256(tenant_id, 1, b"m"),
        lambda: keys.wrap(tenant_id, "label", b"data key"),
        lambda: keys.unwrap(tenant_id, "label", b"vault:v1:AAAA"),
    ):
        with pytest.raises(Refused):
            ask()


@pytest.mark.parametrize("plaintext", [b"", b"k", bytes(32), bytes(range(256)) * 256], ids=len)
def test_unwrap_undoes_wrap(custody, keys, tenant, plaintext):
    """Anything up to 64 KiB comes back as it was, in another process too, and is not to be seen when wrapped."""
    wrapped = keys.wrap(tenant, "index", plaintext)
    assert custody.open().unwrap(tenant, "index", wrapped) == plaintext
    assert len(plaintext) < 2 or plaintext not in wrapped


def test_wrapping_twice_gives_different_bytes(keys, tenant):
    """Wrapped bytes do not tell that two plaintexts are equal."""
    assert keys.wrap(tenant, "index", b"data key") != keys.wrap(tenant, "index", b"data key")


def test_too_much_to_wrap_is_refused(keys, tenant):
    """One byte more than 64 KiB is not wrapped."""
    with pytest.raises(Refused):
        keys.wrap(tenant, "index", bytes(64 * 1024 + 1))


def test_wrapped_bytes_are_bound_to_tenant_and_label(keys, tenant):
    """What was wrapped for one tenant and label opens for no other tenant and no other label."""
    keys.create(f"{tenant}-2")
    wrapped = keys.wrap(tenant, "index", b"data key")
    for other_tenant, other_label in (
        (f"{tenant}-2", "index"),
        (tenant, "seal"),
        (tenant, ""),
        (tenant, "index "),
    ):
        with pytest.raises(Refused):
            keys.unwrap(other_tenant, other_label, wrapped)


def test_tenant_and_label_do_not_run_together(keys, tenant):
    """A boundary moved between tenant id and label is another binding."""
    keys.create(f"{tenant}a")
    with pytest.raises(Refused):
        keys.unwrap(tenant, "ab", keys.wrap(f"{tenant}a", "b", b"data key"))


def test_an_altered_byte_is_refused(keys, tenant):
    """Each altered position of wrapped bytes is noticed."""
    wrapped = keys.wrap(tenant, "index", b"data key")
    for position in range(len(wrapped)):
        altered = bytearray(wrapped)
        altered[position] ^= 1
        with pytest.raises(Refused):
            keys.unwrap(tenant, "index", bytes(altered))


@pytest.mark.parametrize(
    "garbage",
    [b"", b"\x01", b"\xff" * 40, bytes(100), b"vault:v1:", b"vault:v9:AAAA", b"vault:v1:AAAA\n", b"x" * 200_000],
    ids=range(8),
)
def test_garbage_is_refused(keys, tenant, garbage):
    """Bytes that no custody ever wrapped are refused, however long."""
    with pytest.raises(Refused):
        keys.unwrap(tenant, "index", garbage)


def test_a_cut_off_end_is_refused(keys, tenant):
    """Wrapped bytes open whole or not at all."""
    wrapped = keys.wrap(tenant, "index", b"data key")
    for length in range(len(wrapped)):
        with pytest.raises(Refused):
            keys.unwrap(tenant, "index", wrapped[:length])


def test_ping_returns_when_the_custody_answers(keys):
    """A custody in order is ready."""
    assert keys.ping() is None


def test_fifty_parallel_hmacs_are_each_right(custody, tenant):
    """Under fifty callers at once every answer belongs to its question; who hears none in time asks again."""
    key = secrets.token_bytes(32)
    custody.put(tenant, key)
    keys, messages = custody.open(), [f"message {n}".encode() for n in range(50)]

    def answer(message):
        with suppress(Unreachable):  # the time for a pair is short, and this machine may have other work
            return keys.hmac_sha256(tenant, 1, message)
        return answer(message)

    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(answer, messages))
    assert answers == [hmac.digest(key, message, "sha256") for message in messages]
