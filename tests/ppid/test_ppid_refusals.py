"""Everything that is not as described is refused by name, before any key is used, and without repeating it."""

from typing import Any

import pytest

import ppid

GOOD: dict[str, Any] = {
    "tenant_id": "aoba",
    "sector_id": "library",
    "handle": bytes(range(32)),
    "key_version": 1,
    "generation": 0,
}
WRONG_TEXTS = ("", "a" * 65, "Aoba", "aoba\n", "\naoba", "a b", "a_b", "a.b", "a\0", "ａoba", "青葉", "٣")
WRONG_IDS = (*WRONG_TEXTS, b"aoba", None, 7, True, ["aoba"])
WRONG_HANDLES = (b"", bytes(31), bytes(33), bytearray(32), memoryview(bytes(32)), "0" * 32, [0] * 32, None, 32)
WRONG_VERSIONS = (0, -1, True, False, 1.0, "1", b"1", None)
WRONG_GENERATIONS = (-1, 2**32, True, False, 0.0, "0", b"\0", None)


class UnusedMac:
    """A Mac that must not be reached."""

    def hmac_sha256(self, tenant_id: str, key_version: int, message: bytes) -> bytes:
        raise AssertionError("asked for a tag of refused input")


def refuse(expected: type[ppid.PpidError], **wrong: object) -> ppid.PpidError:
    with pytest.raises(ppid.PpidError) as refusal:
        ppid.derive(UnusedMac(), **{**GOOD, **wrong})
    assert expected is refusal.type
    return refusal.value


@pytest.mark.parametrize("tenant_id", WRONG_IDS, ids=repr)
def test_a_wrong_tenant_id_is_refused(tenant_id: object) -> None:
    """A tenant id is 1 to 64 characters of a-z, 0-9 and hyphen, and nothing else."""
    refuse(ppid.TenantIdRefused, tenant_id=tenant_id)


@pytest.mark.parametrize("sector_id", WRONG_IDS, ids=repr)
def test_a_wrong_sector_id_is_refused(sector_id: object) -> None:
    """A sector id is 1 to 64 characters of a-z, 0-9 and hyphen, and nothing else."""
    refuse(ppid.SectorIdRefused, sector_id=sector_id)


@pytest.mark.parametrize("handle", WRONG_HANDLES, ids=repr)
def test_a_wrong_handle_is_refused(handle: object) -> None:
    """A handle is exactly 32 immutable bytes."""
    refuse(ppid.HandleRefused, handle=handle)


@pytest.mark.parametrize("key_version", WRONG_VERSIONS, ids=repr)
def test_a_wrong_key_version_is_refused(key_version: object) -> None:
    """A key version is an integer of at least 1; True is none."""
    refuse(ppid.KeyVersionRefused, key_version=key_version)


@pytest.mark.parametrize("generation", WRONG_GENERATIONS, ids=repr)
def test_a_wrong_generation_is_refused(generation: object) -> None:
    """A generation is an integer that fits in four bytes; False is none."""
    refuse(ppid.GenerationRefused, generation=generation)


@pytest.mark.parametrize(
    ("expected", "name", "value"),
    [
        (ppid.TenantIdRefused, "tenant_id", "Secret.1234567"),
        (ppid.SectorIdRefused, "sector_id", "Secret.1234567"),
        (ppid.HandleRefused, "handle", b"Secret 1234567"),
        (ppid.GenerationRefused, "generation", -1234567),
        (ppid.KeyVersionRefused, "key_version", -1234567),
    ],
)
def test_a_refusal_does_not_repeat_the_value(expected: type[ppid.PpidError], name: str, value: object) -> None:
    """The text names the argument and its rule, never what was given."""
    text = str(refuse(expected, **{name: value}))
    assert name in text
    assert "Secret" not in text
    assert "1234567" not in text


@pytest.mark.parametrize("argument", ["tenant_id", "sector_id", "handle", "generation"])
def test_the_message_refuses_what_the_derivation_refuses(argument: str) -> None:
    """The message alone checks its arguments too."""
    arguments = {name: value for name, value in GOOD.items() if name != "key_version"}
    with pytest.raises(ppid.PpidError, match=argument):
        ppid.message(**{**arguments, argument: None})


def test_a_version_that_the_mac_does_not_know_is_refused() -> None:
    """LocalMac answers under exactly the version asked for, or not at all."""
    with pytest.raises(ppid.KeyVersionRefused):
        ppid.derive(ppid.LocalMac({1: bytes(32), 3: bytes(32)}), **{**GOOD, "key_version": 2})


@pytest.mark.parametrize("key", [b"", bytes(31), bytes(33), bytearray(32), "0" * 32, None], ids=repr)
def test_a_wrong_key_is_refused(key: object) -> None:
    """A key is exactly 32 immutable bytes."""
    keys: Any = {1: bytes(32), 2: key}
    with pytest.raises(ppid.KeyRefused):
        ppid.LocalMac(keys)


@pytest.mark.parametrize("version", WRONG_VERSIONS, ids=repr)
def test_a_wrong_version_among_the_keys_is_refused(version: object) -> None:
    """LocalMac takes no key under a version that no derivation could name."""
    keys: Any = {version: bytes(32)}
    with pytest.raises(ppid.KeyVersionRefused):
        ppid.LocalMac(keys)


def test_keys_are_copied() -> None:
    """A change of the mapping that was handed in changes no derivation."""
    keys = {1: bytes(32)}
    mac = ppid.LocalMac(keys)
    before = ppid.derive(mac, **GOOD)
    keys[1] = bytes([1]) * 32
    assert before == ppid.derive(mac, **GOOD)


def test_one_root_catches_every_refusal() -> None:
    """Every exported error is a PpidError."""
    errors = {name for name in ppid.__all__ if name.endswith("Refused")}
    assert {name for name in errors if issubclass(getattr(ppid, name), ppid.PpidError)} == errors
    assert len(errors) == 7
