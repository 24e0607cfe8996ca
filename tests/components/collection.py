"""A collection key in both halves, and records as a device makes them."""

import secrets
from datetime import UTC, datetime

from joserfc.jwk import ECKey

from connectors.ports import CertificateKind
from idp.keys.tenant_keys import new_collection_key
from idp.revocation.serials import Named
from idp.shelter.collected import Collected
from idp.shelter.collection_key import PublicCollectionKey

KEY_ID = "collection-0011223344556677"
AT = datetime(2026, 11, 26, 3, 4, 5, tzinfo=UTC)


class Pair:
    """What the municipality and its device have."""

    def __init__(self, key_id=KEY_ID) -> None:
        self.private = new_collection_key()
        public = self.private.public_key()
        jwk = ECKey(public, public, {"kid": key_id, "use": "enc", "alg": "ECDH-ES"})
        self.public = PublicCollectionKey("aoba", {"ja": "青葉市", "en": "Aoba"}, jwk)
        self.private_keys = {key_id: self.private}


def collected(serial=0x1A2B3C, *, kind=CertificateKind.USER, key_id=bytes(20), at=AT, place="青葉小学校 体育館"):
    """A record."""
    return Collected(Named(kind, serial, key_id), at, place)


def file_id() -> str:
    """A file's random number."""
    return secrets.token_hex(16)
