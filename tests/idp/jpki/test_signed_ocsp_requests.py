"""Signed OCSP requests, as OpenSSL and another parser read them."""

import pytest
from asn1crypto import ocsp as asn1
from components.forgery import elliptic_key, new_key
from components.hierarchy import SERIAL
from components.openssl import openssl, request_is_signed_by
from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509 import ocsp

from idp.jpki.ocsp_question import Question
from idp.jpki.ocsp_request import RequestSigner, RequestSignerRefused, read_request_signer

NONCE = bytes(range(32))


def pem_of(key, encryption=None):
    """A key as PKCS #8."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption or NoEncryption())


@pytest.fixture(scope="module")
def signer(hierarchy):
    """A verifier's certificate, here a card's, and its key."""
    return RequestSigner(hierarchy.certificate(), hierarchy.card_key)


@pytest.fixture(scope="module")
def request_der(hierarchy):
    """An unsigned request."""
    return Question(hierarchy.anchor, SERIAL, NONCE).request()


def test_the_question_is_the_same(signer, request_der):
    """CertID and nonce are those of the unsigned request."""
    signed, plain = (ocsp.load_der_ocsp_request(der) for der in (signer.sign(request_der), request_der))
    for name in ("issuer_name_hash", "issuer_key_hash", "serial_number"):
        assert getattr(signed, name) == getattr(plain, name)
    assert signed.extensions.get_extension_for_class(x509.OCSPNonce).value.nonce == NONCE


def test_openssl_finds_the_signature_good(signer, request_der, hierarchy, tmp_path):
    """Over the tbsRequest as it is sent, by the key of the certificate and no other."""
    signed = signer.sign(request_der)
    assert request_is_signed_by(tmp_path, signed, hierarchy.card_key.public_key())
    assert not request_is_signed_by(tmp_path, signed, hierarchy.stranger_key.public_key())


def test_openssl_reads_who_asks(signer, request_der, tmp_path):
    """requestorName is the certificate's subject, which is in the request too."""
    (tmp_path / "request").write_bytes(signer.sign(request_der))
    text = openssl("ocsp", "-reqin", tmp_path / "request", "-req_text", "-noverify").text
    assert "Requestor Name: DirName:" in text
    assert "sha256WithRSAEncryption" in text
    assert "-----BEGIN CERTIFICATE-----" in text


def test_the_name_is_the_subject_octet_for_octet(signer, request_der):
    """A responder finds its verifier by that name."""
    signed = asn1.OCSPRequest.load(signer.sign(request_der), strict=True)
    name = signed["tbs_request"]["requestor_name"].chosen.untag().dump()
    assert name == signer.certificate.subject.public_bytes()
    (sent,) = signed["optional_signature"]["certs"]
    assert sent.dump() == signer.certificate.public_bytes(Encoding.DER)


def test_a_certificate_and_its_key_are_a_signer(signer, request_der):
    """Read from PEM, they sign as before: the signature is deterministic."""
    read = read_request_signer(signer.certificate.public_bytes(Encoding.PEM), pem_of(signer.key))
    assert read.sign(request_der) == signer.sign(request_der)


@pytest.mark.parametrize(
    ("key", "why"),
    [
        (lambda h: pem_of(h.stranger_key), "not that of the certificate"),
        (lambda _: pem_of(elliptic_key()), "not an RSA key"),
        (lambda _: pem_of(new_key(1024)), "2048 bits"),
        (lambda h: pem_of(h.card_key, BestAvailableEncryption(b"pass")), "cannot be read"),
        (lambda _: b"no key", "cannot be read"),
    ],
    ids=["another's", "elliptic", "short", "encrypted", "none"],
)
def test_another_key_is_refused(hierarchy, signer, key, why):
    """What a responder would refuse is refused at the start."""
    with pytest.raises(RequestSignerRefused, match=why):
        read_request_signer(signer.certificate.public_bytes(Encoding.PEM), key(hierarchy))


def test_what_is_no_certificate_is_refused(signer):
    """Neither DER nor anything else."""
    for text in (b"", signer.certificate.public_bytes(Encoding.DER)):
        with pytest.raises(RequestSignerRefused, match="cannot be read"):
            read_request_signer(text, pem_of(signer.key))
