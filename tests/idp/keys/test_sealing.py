"""What a tenant's data keys give is stored for years: the bytes are computed here once more, in another way."""

import hashlib
import hmac
import secrets
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from idp.keys.sealing import LABELS, Place, SealBroken, TenantKeys

KEYS = {label: hashlib.sha256(label.encode()).digest() for label in LABELS}
PLACE = Place("pair", b"\x00row", "ppid")


def prefixed(*parts):
    """LP of every part."""
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)


def mac(label, *parts):
    """HMAC-SHA-256 by the standard library."""
    return hmac.digest(KEYS[label], prefixed(*parts), "sha256")


@pytest.mark.parametrize("tenant_id", ["aoba", "wakaba"])
def test_every_index_and_mac_is_over_its_label_the_tenant_and_its_parts(tenant_id):
    """The first one of a label and the next: what went before leaves no trace."""
    keys, tenant, person = TenantKeys(tenant_id, KEYS, secrets.token_bytes), tenant_id.encode(), bytes(32)
    for handle in (person, bytes(reversed(range(32))), person):
        assert keys.pair_index("health", handle) == mac("index", b"pair-index/1", tenant, b"health", handle)
        assert keys.person_index(handle) == mac("index", b"person-index/1", tenant, handle)
        assert keys.audit_mac(handle, b"") == mac("audit", b"audit/1", tenant, handle, b"")
    assert keys.audit_signing_seed() == mac("audit", b"audit-head/1", tenant)


@pytest.mark.parametrize("at", [datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 31, 23, 59, 59, tzinfo=UTC)])
def test_a_persons_name_in_the_audit_is_that_of_the_month(at):
    """From its first moment to its last, as year and month with two digits."""
    keys, person = TenantKeys("aoba", KEYS, secrets.token_bytes), bytes(32)
    tag = mac("audit", b"audit-tag/1", b"aoba", b"library", b"2026-03", person)[:12].hex()
    assert keys.audit_tag("library", at, person) == tag
    assert keys.audit_tag("library", at + timedelta(days=31), person) != tag


def test_what_is_sealed_is_bound_to_tenant_table_row_and_field():
    """AES-256-GCM behind the generation and the nonce; moved anywhere it opens no more."""
    keys = TenantKeys("aoba", KEYS, secrets.token_bytes)
    sealed = keys.seal(PLACE, b"secret")
    bound = prefixed(b"aoba", b"pair", b"\x00row", b"ppid")
    assert sealed[:4] == (1).to_bytes(4, "big")
    assert AESGCM(KEYS["seal"]).decrypt(sealed[4:16], sealed[16:], bound) == keys.open(PLACE, sealed) == b"secret"
    elsewhere = [
        Place("pairs", b"\x00row", "ppid"),
        Place("pair", b"row", "ppid"),
        Place("pair", b"\x00row", "sub"),
    ]
    for place in elsewhere:
        with pytest.raises(SealBroken):
            keys.open(place, sealed)
    with pytest.raises(SealBroken):
        TenantKeys("wakaba", KEYS, secrets.token_bytes).open(PLACE, sealed)
