"""The key file: who may open it, what is noticed, what survives. The port's contract is in tests/contracts."""

import base64
import json
import multiprocessing
import secrets
import stat

import pytest
from components.custody import FileCustody
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from connectors.errors import ConnectorError, Garbled, Refused, Unreachable
from connectors.keyfile import KeyFile, read_unlock_key
from connectors.keyfile.ring import decode


@pytest.fixture
def custody(tmp_path):
    """A key file with one tenant, `aoba`."""
    made = FileCustody(tmp_path / "keys")
    made.open().create("aoba")
    return made


def opened_by_hand(path, unlock_key):
    """What the file holds, by its published format and nothing of the product."""
    envelope = json.loads(path.read_bytes())
    salt, nonce, ciphertext = (base64.b64decode(envelope[name]) for name in ("salt", "nonce", "ciphertext"))
    key = HKDF(SHA256(), 32, salt, b"idp-keyfile/1").derive(unlock_key)
    return json.loads(AESGCM(key).decrypt(nonce, ciphertext, b"idp-keyfile/1"))


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_the_file_is_of_the_published_format(custody):
    """Whoever has file and unlock key can read the keys without this product."""
    custody.open().rotate("aoba")
    ring = opened_by_hand(custody.path, custody.unlock_key)
    assert list(ring) == ["aoba"]
    assert list(ring["aoba"]["ppid"]) == ["1", "2"]
    keys = [*ring["aoba"]["ppid"].values(), *ring["aoba"]["wrapping"].values()]
    assert len({base64.b64decode(key) for key in keys}) == 3
    assert {len(base64.b64decode(key)) for key in keys} == {32}


def test_no_key_is_readable_in_the_file(custody):
    """Neither keys nor tenants are to be seen in the file's bytes."""
    ring, file = opened_by_hand(custody.path, custody.unlock_key), custody.path.read_bytes()
    for text in ("aoba", ring["aoba"]["wrapping"]["1"], ring["aoba"]["ppid"]["1"]):
        assert text.encode() not in file


def test_every_writing_has_its_own_salt_and_nonce(custody):
    """No encryption key meets two nonces, no nonce two contents."""
    before = json.loads(custody.path.read_bytes())
    custody.open().rotate("aoba")
    after = json.loads(custody.path.read_bytes())
    assert all(before[name] != after[name] for name in ("salt", "nonce", "ciphertext"))


def test_the_file_is_private_and_stays_so(custody):
    """Mode 0600 from the first byte and after each change; no other file holds keys."""
    assert mode(custody.path) == 0o600
    custody.open().rotate("aoba")
    assert {path.name: (mode(path), path.stat().st_size > 0) for path in custody.path.parent.iterdir()} == {
        "keys": (0o600, True),
        "keys.lock": (0o600, False),
    }


@pytest.mark.parametrize("permissions", [0o640, 0o604, 0o660, 0o666, 0o644, 0o601])
def test_a_file_open_to_others_is_refused(custody, permissions):
    """A file that anyone else may touch is not opened."""
    custody.path.chmod(permissions)
    with pytest.raises(Refused, match="0600"):
        custody.open()


def test_a_link_is_refused(custody, tmp_path):
    """A symbolic link in the file's place is not followed, neither to read nor to make a new file."""
    link = tmp_path / "link"
    link.symlink_to(custody.path)
    with pytest.raises(ConnectorError):
        KeyFile.open(link, custody.unlock_key, secrets.token_bytes)
    with pytest.raises(Refused):
        KeyFile.new(link, custody.unlock_key, secrets.token_bytes)


def test_an_existing_file_is_never_overwritten(custody):
    """Making a new file where one is would lose keys."""
    before = custody.path.read_bytes()
    with pytest.raises(Refused):
        KeyFile.new(custody.path, custody.unlock_key, secrets.token_bytes)
    assert custody.path.read_bytes() == before


@pytest.mark.parametrize("unlock_key", [bytes(32), b"", bytes(31), bytes(33)], ids=len)
def test_a_wrong_unlock_key_is_refused(custody, unlock_key):
    """Another key, or something that is none, opens nothing and changes nothing."""
    before = custody.path.read_bytes()
    with pytest.raises(Refused):
        KeyFile.open(custody.path, unlock_key, secrets.token_bytes)
    with pytest.raises(Refused):
        KeyFile(custody.path, unlock_key, secrets.token_bytes).create("midori")
    assert custody.path.read_bytes() == before


@pytest.mark.parametrize("name", ["salt", "nonce", "ciphertext"])
def test_an_altered_bit_is_refused(custody, name):
    """A bit changed in any part of the envelope is noticed."""
    envelope = json.loads(custody.path.read_bytes())
    part = bytearray(base64.b64decode(envelope[name]))
    for position in (0, len(part) // 2, len(part) - 1):
        altered = bytearray(part)
        altered[position] ^= 1
        text = json.dumps({**envelope, name: base64.b64encode(altered).decode()})
        custody.path.write_text(text)
        with pytest.raises(Refused):
            custody.open()


GARBAGE = {
    "empty": b"",
    "not JSON": b"\x00\xff",
    "a list": b"[]",
    "deep": b"[" * 100_000,
    "no fields": b"{}",
    "another format": b'{"format": "idp-keyfile/2", "salt": "", "nonce": "", "ciphertext": ""}',
    "empty parts": b'{"format": "idp-keyfile/1", "salt": "", "nonce": "", "ciphertext": ""}',
    "numbers": b'{"format": "idp-keyfile/1", "salt": 1, "nonce": 2, "ciphertext": 3}',
    "not base64": b'{"format": "idp-keyfile/1", "salt": "!", "nonce": "!", "ciphertext": "!"}',
}


@pytest.mark.parametrize("garbage", GARBAGE.values(), ids=GARBAGE)
def test_what_is_no_key_file_is_garbled(custody, garbage):
    """Bytes of another form are told from a wrong unlock key."""
    custody.path.write_bytes(garbage)
    with pytest.raises(Garbled):
        custody.open()


KEY = base64.b64encode(bytes(32)).decode()
RINGS = {
    "not JSON": "x",
    "a list": "[]",
    "no tenant id": json.dumps({"Aoba/": {"ppid": {"1": KEY}, "wrapping": KEY}}),
    "no wrapping version": json.dumps({"aoba": {"ppid": {"1": KEY}, "wrapping": {}}}),
    "a gap": json.dumps({"aoba": {"ppid": {"1": KEY, "3": KEY}, "wrapping": KEY}}),
    "from zero": json.dumps({"aoba": {"ppid": {"0": KEY, "1": KEY}, "wrapping": KEY}}),
    "no wrapping key": json.dumps({"aoba": {"ppid": {"1": KEY}}}),
    "a short key": json.dumps({"aoba": {"ppid": {"1": "AAAA"}, "wrapping": KEY}}),
    "a number": json.dumps({"aoba": {"ppid": {"1": 5}, "wrapping": KEY}}),
}


@pytest.mark.parametrize("content", RINGS.values(), ids=RINGS)
def test_what_is_no_ring_is_garbled_and_not_quoted(content):
    """Content that opens but is no ring of keys is garbled; the text of the error holds none of it."""
    with pytest.raises(Garbled) as garbled:
        decode(content.encode())
    assert KEY not in f"{garbled.value!r}"
    assert garbled.value.__suppress_context__


def test_keys_are_not_shown(custody):
    """Printing a ring shows no key."""
    ring = decode(json.dumps({"aoba": {"ppid": {"1": KEY}, "wrapping": KEY}}).encode())
    assert "\\x00" not in repr(ring)


def test_a_key_file_replaced_by_another_is_not_followed(custody):
    """A process that has keys refuses a file in which they are missing or different."""
    keys = custody.open()
    before = keys.hmac_sha256("aoba", 1, b"m")
    custody.rewrite({})
    with pytest.raises(Refused, match="missing"):
        keys.latest_version("aoba")
    with pytest.raises(Unreachable):
        keys.ping()
    with pytest.raises(Refused):
        keys.create("midori")
    custody.put("aoba", bytes(32))
    with pytest.raises(Refused):
        keys.rotate("aoba")
    assert keys.hmac_sha256("aoba", 1, b"m") == before


def test_keys_once_read_serve_without_the_file(custody):
    """Losing the file stops new keys and readiness, not the logins of residents."""
    keys = custody.open()
    before, wrapped = keys.hmac_sha256("aoba", 1, b"m"), keys.wrap("aoba", "label", b"data key")
    custody.path.unlink()
    assert keys.hmac_sha256("aoba", 1, b"m") == before
    assert keys.unwrap("aoba", "label", wrapped) == b"data key"
    with pytest.raises(Unreachable):
        keys.ping()
    with pytest.raises(Refused):
        keys.create("midori")


def test_an_absent_file_is_refused(tmp_path):
    """Nothing is made by opening."""
    with pytest.raises(Refused):
        KeyFile.open(tmp_path / "keys", bytes(32), secrets.token_bytes)
    assert list(tmp_path.iterdir()) == []


def test_a_failed_writing_leaves_the_old_file(custody, tmp_path):
    """When the new file cannot be written, the old one stands and the object keeps its keys."""
    keys, before = custody.open(), custody.path.read_bytes()
    (tmp_path / "keys.new").mkdir()
    with pytest.raises(ConnectorError):
        keys.rotate("aoba")
    (tmp_path / "keys.new").rmdir()
    assert custody.path.read_bytes() == before
    assert keys.rotate("aoba") == 2


def test_what_a_crash_left_behind_does_no_harm(custody, tmp_path):
    """A half-written new file from before is thrown away."""
    (tmp_path / "keys.new").write_bytes(b"half")
    assert custody.open().rotate("aoba") == 2
    assert not (tmp_path / "keys.new").exists()


def make_tenants(path, unlock_key, names):
    """Another process: make these tenants, rotating `aoba` at each."""
    keys = KeyFile.open(path, unlock_key, secrets.token_bytes)
    for name in names:
        keys.create(name)
        keys.rotate("aoba")


def test_processes_at_once_lose_no_key(custody):
    """Four processes that make tenants and rotate at the same time leave every key behind."""
    spawn = multiprocessing.get_context("spawn")
    groups = [[f"town-{group}-{number}" for number in range(5)] for group in range(4)]
    processes = [
        spawn.Process(target=make_tenants, args=(custody.path, custody.unlock_key, group)) for group in groups
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0] * 4
    keys = custody.open()
    assert keys.latest_version("aoba") == 21
    tenants = [name for group in groups for name in group]
    assert len({keys.hmac_sha256(name, 1, b"m") for name in tenants}) == 20


def test_the_unlock_key_comes_from_its_own_private_file(tmp_path):
    """32 bytes in a file of mode 0600 are an unlock key; nothing else is, and none is invented."""
    path = tmp_path / "unlock"
    with pytest.raises(Refused):
        read_unlock_key(path)
    path.write_bytes(bytes(range(32)))
    path.chmod(0o644)
    with pytest.raises(Refused):
        read_unlock_key(path)
    path.chmod(0o600)
    assert read_unlock_key(path) == bytes(range(32))
    for wrong in (b"", bytes(31), bytes(33), b"0" * 64):
        path.write_bytes(wrong)
        with pytest.raises(Refused):
            read_unlock_key(path)
