"""Certificates, lists and OCSP answers taken apart with asn1crypto, changed at will, and signed again.

Signed structures with faults that no builder makes: the signature holds, so what refuses them is the fault.
"""

from collections.abc import Callable

from asn1crypto import algos, crl, ocsp, x509
from asn1crypto.core import Sequence
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

Edit = Callable[[Sequence], object]
_HASHES = {"sha1_rsa": hashes.SHA1, "sha256_rsa": hashes.SHA256, "sha512_rsa": hashes.SHA512}


def unchanged(_signed_part: Sequence) -> None:
    """The edit that changes nothing; what was swapped in the bytes before stays."""


def certificate(der: bytes, key: rsa.RSAPrivateKey, edit: Edit, *, outer: str = "sha256_rsa") -> bytes:
    """A certificate whose TBSCertificate was edited. `outer`: the algorithm outside, which signs."""
    parsed = x509.Certificate.load(der)
    edit(parsed["tbs_certificate"])
    _sign(parsed, "tbs_certificate", "signature_value", key, outer)
    return parsed.dump()


def revocation_list(der: bytes, key: rsa.RSAPrivateKey, edit: Edit, *, outer: str = "sha256_rsa") -> bytes:
    """A list whose TBSCertList was edited."""
    parsed = crl.CertificateList.load(der)
    edit(parsed["tbs_cert_list"])
    _sign(parsed, "tbs_cert_list", "signature", key, outer)
    return parsed.dump()


def answer(der: bytes, key: rsa.RSAPrivateKey, edit: Edit, *, outer: str = "sha256_rsa") -> bytes:
    """An OCSP answer whose ResponseData were edited."""
    basic = ocsp.OCSPResponse.load(der)["response_bytes"]["response"].parsed
    edit(basic["tbs_response_data"])
    _sign(basic, "tbs_response_data", "signature", key, outer)
    return successful(basic)


def successful(basic: ocsp.BasicOCSPResponse) -> bytes:
    """The OCSPResponse around a BasicOCSPResponse."""
    content = {"response_type": "basic_ocsp_response", "response": basic}
    return ocsp.OCSPResponse({"response_status": "successful", "response_bytes": content}).dump()


def _sign(parsed: Sequence, tbs: str, signature: str, key: rsa.RSAPrivateKey, outer: str) -> None:
    parsed["signature_algorithm"] = algos.SignedDigestAlgorithm({"algorithm": outer})
    parsed[signature] = key.sign(parsed[tbs].dump(), padding.PKCS1v15(), _HASHES[outer]())
