"""OCSP requests signed by who asks (RFC 6960 section 4.1), for responders that answer registered verifiers alone.

The library that builds our requests cannot sign them: a finished request is taken apart and put together again.
"""

from dataclasses import dataclass

from asn1crypto import ocsp as asn1
from asn1crypto.algos import SignedDigestAlgorithm
from asn1crypto.x509 import Certificate
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key

from idp.jpki.certificate import UNREADABLE

MINIMUM_KEY_BITS = 2048


class RequestSignerRefused(ValueError):
    """A certificate and key that cannot sign requests."""


@dataclass(frozen=True, slots=True)
class RequestSigner:
    """Whom a responder knows us as. The key is RSA and that of the certificate; see `read_request_signer`."""

    certificate: x509.Certificate
    key: rsa.RSAPrivateKey

    def sign(self, request: bytes) -> bytes:
        """The DER OCSPRequest signed, with the certificate's subject as its requestorName.

        RSASSA-PKCS1-v1_5 with SHA-256; the certificate travels along, so that the responder need not have it.
        `request` is one of our own (`Question.request`), and unsigned.
        """
        certificate = Certificate.load(self.certificate.public_bytes(Encoding.DER))
        tbs_request = asn1.OCSPRequest.load(request)["tbs_request"].copy()
        tbs_request["requestor_name"] = asn1.GeneralName("directory_name", certificate.subject)
        signature = asn1.Signature(
            {
                "signature_algorithm": SignedDigestAlgorithm({"algorithm": "sha256_rsa"}),
                "signature": self.key.sign(tbs_request.dump(), padding.PKCS1v15(), hashes.SHA256()),
                "certs": [certificate],
            }
        )
        signed: bytes = asn1.OCSPRequest({"tbs_request": tbs_request, "optional_signature": signature}).dump()
        return signed


def read_request_signer(certificate_pem: bytes, key_pem: bytes) -> RequestSigner:
    """The signer of a PEM certificate and its unencrypted PEM key (PKCS #8 or PKCS #1).

    Raises RequestSignerRefused unless the key is RSA, long enough, and the certificate's own.
    """
    try:
        certificate = x509.load_pem_x509_certificate(certificate_pem)
        key = load_pem_private_key(key_pem, password=None)
        public_key = certificate.public_key()
    except (*UNREADABLE, TypeError) as error:  # TypeError: the key is encrypted
        raise RequestSignerRefused(f"certificate or key cannot be read: {type(error).__name__}") from None
    if not isinstance(key, rsa.RSAPrivateKey) or key.key_size < MINIMUM_KEY_BITS:
        raise RequestSignerRefused(f"not an RSA key of {MINIMUM_KEY_BITS} bits or more")
    if key.public_key() != public_key:
        raise RequestSignerRefused("the key is not that of the certificate")
    return RequestSigner(certificate, key)
