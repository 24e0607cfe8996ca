"""What a service does with keys of its own: it signs whatever a test wants, and opens what was encrypted to it."""

import base64
import json
import warnings

from joserfc import jwe, jws
from joserfc.errors import SecurityWarning

ALGS = ["ES256", "ES384", "Ed25519", "EdDSA", "HS256", "PS256", "RS256"]


def signed(header, content, key):
    """A JWS in compact form, whatever its header says."""
    registry = jws.JWSRegistry(algorithms=ALGS, strict_check_header=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SecurityWarning)  # of the name EdDSA
        return jws.serialize_compact(header, content, key, registry=registry)


def opened(token, key):
    """The header of a JWE, and what is inside: the JWT, or claims."""
    header = json.loads(base64.urlsafe_b64decode(token.split(".")[0] + "=="))
    inside = jwe.decrypt_compact(token, key, algorithms=[header["alg"], header["enc"]]).plaintext
    return header, inside.decode() if header.get("cty") == "JWT" else json.loads(inside)
