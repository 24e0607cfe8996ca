"""Which certificate proved the login that made a pair. A split asks for it, and nothing else does.

Sealed, and as long for every pair, also where it is not known: a dump does not tell whose pairs are made in an
unusual way.
"""

from idp.keys.sealing import Place, TenantKeys

_UNKNOWN = bytes(32)
"""No certificate's index: 32 bytes like those."""


def seal(keys: TenantKeys, pair_id: bytes, cert_index: bytes) -> bytes:
    """As a pair's row keeps it. `cert_index`: 32 bytes, or empty where the certificate is not known."""
    return keys.seal(_place(pair_id), cert_index or _UNKNOWN)


def opened(keys: TenantKeys, pair_id: bytes, sealed: bytes | None) -> bytes:
    """The certificate's index, empty where it is not known. Raises SealBroken."""
    found = _UNKNOWN if sealed is None else keys.open(_place(pair_id), sealed)
    return b"" if found == _UNKNOWN else found


def _place(pair_id: bytes) -> Place:
    return Place("pair", pair_id, "proof")
