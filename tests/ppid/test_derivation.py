"""What holds of every derivation: one value per input, unrelated values otherwise, and openssl agrees."""

import base64
import hmac
import re
import struct
import subprocess
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import ppid

IDS = st.text("abcdefghijklmnopqrstuvwxyz0123456789-", min_size=1, max_size=64)
THIRTY_TWO = st.binary(min_size=32, max_size=32)
GENERATIONS = st.integers(0, 2**32 - 1)
INPUTS = st.fixed_dictionaries(
    {"tenant_id": IDS, "sector_id": IDS, "handle": THIRTY_TWO, "generation": st.just(0) | GENERATIONS}
)
UNHURRIED = settings(deadline=None)
MAC = ppid.LocalMac({1: bytes(32), 2: bytes([1]) * 32})


def parts_of(message: bytes) -> list[bytes]:
    """Take a length-prefixed message apart again."""
    parts = []
    while message:
        (length,) = struct.unpack_from(">I", message)
        parts.append(message[4 : 4 + length])
        message = message[4 + length :]
    return parts


def distance(one: str, other: str) -> int:
    """The number of bits in which two PPIDs differ."""
    a, b = (int.from_bytes(base64.urlsafe_b64decode(text + "=")) for text in (one, other))
    return (a ^ b).bit_count()


@UNHURRIED
@given(INPUTS)
def test_the_inputs_can_be_read_back_from_the_message(inputs: dict[str, Any]) -> None:
    """No two different inputs share a message, because each input can be taken out of it again."""
    expected = [b"ppid/1", inputs["tenant_id"].encode(), inputs["sector_id"].encode(), inputs["handle"]]
    if inputs["generation"]:
        expected.append(struct.pack(">I", inputs["generation"]))
    assert expected == parts_of(ppid.message(**inputs))


@UNHURRIED
@given(st.text("abc-", min_size=3, max_size=65), st.data())
def test_moving_the_border_between_ids_changes_the_ppid(text: str, data: st.DataObject) -> None:
    """The same characters, split differently into tenant and sector, are another PPID."""
    borders = st.integers(1, len(text) - 1)
    first, second = data.draw(borders), data.draw(borders)
    assume(first != second)
    ppids = {
        ppid.derive(MAC, tenant_id=text[:at], sector_id=text[at:], handle=bytes(32), key_version=1)
        for at in (first, second)
    }
    assert len(ppids) == 2


@UNHURRIED
@given(INPUTS, INPUTS, st.sampled_from(["tenant_id", "sector_id", "handle", "generation"]))
def test_changing_one_input_changes_about_half_the_bits(
    inputs: dict[str, Any], others: dict[str, Any], changed: str
) -> None:
    """Two PPIDs that differ in one input share no more than chance does: 128 bits, give or take 60."""
    assume(inputs[changed] != others[changed])
    one = ppid.derive(MAC, key_version=1, **inputs)
    other = ppid.derive(MAC, key_version=1, **{**inputs, changed: others[changed]})
    assert 68 <= distance(one, other) <= 188


@UNHURRIED
@given(INPUTS)
def test_another_key_version_is_another_ppid(inputs: dict[str, Any]) -> None:
    """The two versions' PPIDs of one person share no more than chance does."""
    one, other = (ppid.derive(MAC, key_version=version, **inputs) for version in (1, 2))
    assert 68 <= distance(one, other) <= 188


@UNHURRIED
@given(INPUTS, st.sampled_from([1, 2]))
def test_a_ppid_is_43_characters_of_base64url(inputs: dict[str, Any], version: int) -> None:
    """A PPID is always 43 URL-safe characters without padding."""
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", ppid.derive(MAC, key_version=version, **inputs))


@UNHURRIED
@given(INPUTS)
def test_the_same_inputs_give_the_same_ppid(inputs: dict[str, Any]) -> None:
    """Two Macs over the same key agree, whatever other versions they hold."""
    alone = ppid.LocalMac({1: bytes(32)})
    assert ppid.derive(alone, key_version=1, **inputs) == ppid.derive(MAC, key_version=1, **inputs)


def test_generation_nought_is_the_ordinary_case() -> None:
    """Leaving the generation out means generation 0."""
    inputs: dict[str, Any] = {"tenant_id": "aoba", "sector_id": "library", "handle": bytes(32)}
    assert ppid.message(**inputs) == ppid.message(**inputs, generation=0)
    assert ppid.derive(MAC, key_version=1, **inputs) == ppid.derive(MAC, key_version=1, **inputs, generation=0)


@settings(max_examples=20, deadline=None)
@given(inputs=INPUTS, key=THIRTY_TWO)
def test_openssl_computes_the_same(inputs: dict[str, Any], key: bytes) -> None:
    """For any key and inputs, the PPID is the HMAC that the openssl binary computes over the format's bytes."""
    parts = [b"ppid/1", inputs["tenant_id"].encode(), inputs["sector_id"].encode(), inputs["handle"]]
    if inputs["generation"]:
        parts.append(struct.pack(">I", inputs["generation"]))
    tag = subprocess.run(
        ["openssl", "dgst", "-sha256", "-mac", "HMAC", "-macopt", f"hexkey:{key.hex()}", "-binary"],
        input=b"".join(struct.pack(">I", len(part)) + part for part in parts),
        check=True,
        capture_output=True,
    ).stdout
    expected = base64.urlsafe_b64encode(tag).decode().rstrip("=")
    assert expected == ppid.derive(ppid.LocalMac({7: key}), key_version=7, **inputs)


class TownVault:
    """A Mac of somebody else's, with a key of its own for each tenant and version."""

    def hmac_sha256(self, tenant_id: str, key_version: int, message: bytes) -> bytes:
        return hmac.digest(f"{tenant_id}, version {key_version}".encode(), message, "sha256")


def test_any_mac_will_do() -> None:
    """The PPID is the tag of the Mac that is handed in, for the tenant, version and message at hand."""
    inputs: dict[str, Any] = {"tenant_id": "aoba", "sector_id": "library", "handle": b"h" * 32, "generation": 9}
    tag = hmac.digest(b"aoba, version 3", ppid.message(**inputs), "sha256")
    expected = base64.urlsafe_b64encode(tag).decode().rstrip("=")
    assert expected == ppid.derive(TownVault(), key_version=3, **inputs)


class BrokenMac:
    """A Mac that returns whatever it was made with."""

    def __init__(self, tag: Any) -> None:
        self.tag = tag

    def hmac_sha256(self, tenant_id: str, key_version: int, message: bytes) -> bytes:
        return self.tag


@pytest.mark.parametrize("tag", [b"", bytes(31), bytes(33), bytearray(32), "0" * 32, None, memoryview(bytes(32))])
def test_a_mac_that_returns_something_else_is_refused(tag: object) -> None:
    """Whatever is not 32 bytes is no tag."""
    with pytest.raises(ppid.TagRefused):
        ppid.derive(BrokenMac(tag), tenant_id="aoba", sector_id="library", handle=bytes(32), key_version=1)


class VaultSealed(Exception):
    """An error of somebody else's Mac."""


class SealedMac:
    """A Mac that cannot answer."""

    def hmac_sha256(self, tenant_id: str, key_version: int, message: bytes) -> bytes:
        raise VaultSealed


def test_what_a_mac_raises_passes_through() -> None:
    """The derivation neither swallows nor renames another Mac's error."""
    with pytest.raises(VaultSealed):
        ppid.derive(SealedMac(), tenant_id="aoba", sector_id="library", handle=bytes(32), key_version=1)
