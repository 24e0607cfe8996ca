"""Who asks our OCSP responder: the signature over a request (RFC 6960 section 4.1.2).

A real responder knows its verifiers' certificates. This one takes any that travels along with the request, names
the requestor, and fits the signature.
"""

from asn1crypto import ocsp as asn1
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa


def is_signed(unverified_request: bytes) -> bool:
    """Whether whom the request names as requestor signed it: RSASSA-PKCS1-v1_5 with SHA-256.

    Raises ValueError or TypeError for what is no OCSPRequest.
    """
    request = asn1.OCSPRequest.load(unverified_request, strict=True)
    tbs_request, signature = request["tbs_request"], request["optional_signature"]
    if signature.native is None or tbs_request["requestor_name"].native is None or not signature["certs"]:
        return False
    certificate = x509.load_der_x509_certificate(signature["certs"][0].dump())
    name, key = tbs_request["requestor_name"].chosen, certificate.public_key()
    algorithm = signature["signature_algorithm"]["algorithm"].native
    if algorithm != "sha256_rsa" or not isinstance(key, rsa.RSAPublicKey):
        return False
    try:
        key.verify(signature["signature"].native, tbs_request.dump(), padding.PKCS1v15(), hashes.SHA256())
    except (InvalidSignature, UnsupportedAlgorithm):
        return False
    return bool(name.untag().dump() == certificate.subject.public_bytes())
