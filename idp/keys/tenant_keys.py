"""Private keys of a tenant that sign no token: made, sealed for the store, opened again.

They never leave the process in clear, and no snapshot of a tenant holds them: whoever needs one opens it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)

from idp.keys.sealing import Place, TenantKeys
from idp.store.tenant_keys import LIVE, TenantKeyRow


class KeyPurpose(StrEnum):
    """What a key is for."""

    COLLECTION = "collection"
    """P-256; what an offline collector writes is encrypted to it."""
    OCSP_RESPONDER = "ocsp-responder"
    """Signs the answers of the tenant's OCSP front; has a certificate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantKey:
    """An opened key. `certificate`: DER, or None for a key that has none."""

    key_id: str
    purpose: str
    certificate: bytes | None
    private_key: PrivateKeyTypes
    created: date


def new_collection_key() -> ec.EllipticCurvePrivateKey:
    """A key on P-256."""
    return ec.generate_private_key(ec.SECP256R1())


def sealed_key(
    keys: TenantKeys,
    purpose: KeyPurpose,
    private_key: PrivateKeyTypes,
    *,
    created: date,
    token_bytes: Callable[[int], bytes],
    certificate: bytes | None = None,
) -> TenantKeyRow:
    """A live key as it is stored, under a fresh id that begins with its purpose."""
    key_id = f"{purpose}-{token_bytes(8).hex()}"
    der = private_key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return TenantKeyRow(
        key_id=key_id,
        purpose=purpose,
        state=LIVE,
        certificate=certificate,
        sealed_private_key=keys.seal(_place(key_id, certificate), der),
        created=created,
    )


def open_key(keys: TenantKeys, row: TenantKeyRow) -> TenantKey:
    """Undo `sealed_key`. Raises SealBroken for a row that was altered, or was another tenant's.

    The check of an RSA key (36 ms) is skipped: only this product writes these bytes, and the seal proves that.
    """
    der = keys.open(_place(row.key_id, row.certificate), row.sealed_private_key)
    private_key = load_der_private_key(der, None, unsafe_skip_rsa_key_validation=True)
    return TenantKey(
        key_id=row.key_id,
        purpose=row.purpose,
        certificate=row.certificate,
        private_key=private_key,
        created=row.created,
    )


def _place(key_id: str, certificate: bytes | None) -> Place:
    """The certificate belongs to the place, so that a row written into the database cannot give a key another."""
    return Place("tenant_key", key_id.encode() + b"\x00" + (certificate or b""), "private_key")
