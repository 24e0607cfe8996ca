"""How services may encrypt their request objects to a tenant: algorithms, each by the key that undoes it. Pure.

No RSA1_5 (Bleichenbacher), and no shared secret in any form (dir, AES key wrap, PBES2): of those there are none.
"""

from collections.abc import Mapping
from types import MappingProxyType

RSA_OAEP_256, ECDH_ES = "RSA-OAEP-256", "ECDH-ES"
REQUEST_KEYS = (RSA_OAEP_256, ECDH_ES)
"""Kinds of keys that a tenant's ring has for this: RSA, and P-256 for every way of ECDH-ES."""
KEY_OF: Mapping[str, str] = MappingProxyType(
    {RSA_OAEP_256: RSA_OAEP_256, ECDH_ES: ECDH_ES, "ECDH-ES+A128KW": ECDH_ES, "ECDH-ES+A256KW": ECDH_ES}
)
"""`alg` of a JWE (RFC 7518 section 4.1), and which of those keys it is for."""
REQUEST_ALGS = tuple(KEY_OF)
