"""CMS signed data (RFC 5652): with its content inside, or detached from it.

Signed attributes are required: without them, bytes that were signed as attributes could be shown as content.
Certificates are chosen by what the signer info names, lists and answers inside are passed over.
"""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from asn1crypto import algos, cms, tsp
from cryptography.hazmat.primitives.asymmetric import rsa

from idp.jpki.path.algorithms import SIGNATURES, SignatureAlgorithm
from idp.signatures import cms_evidence, proving
from idp.signatures.found import (
    MAX_ATTRIBUTES,
    MAX_CERTIFICATES,
    MAX_SIGNATURES,
    MAX_TOKENS,
    Enclosed,
    Fault,
    Found,
    Token,
    TooMuch,
    Unreadable,
    require_few,
)

DATA, TIMESTAMP = "data", "tst_info"
_CERTIFICATE = tsp.CMSAttributeType.map("1.2.840.113549.1.9.16.2.12")  # which importing `tsp` teaches asn1crypto
_CERTIFICATE_V2 = tsp.CMSAttributeType.map("1.2.840.113549.1.9.16.2.47")
_SIGNED_SET = b"\x31"
BROKEN = (ValueError, TypeError, KeyError, OverflowError, RecursionError)
"""All that the parser raises for bytes that it does not like."""


def read(document: bytes, content: bytes | None = None) -> list[Found]:
    """Every signature of a CMS document. `content`: what it is detached from.

    Raises Unreadable for what is no signed data in DER or BER, has no signature, is detached without `content`, or
    has another content inside than the one given; TooMuch.
    """
    signed = parse(document)
    inside = content_of(signed, DATA)
    if inside is None and content is None:
        raise Unreadable("the signature is detached, and content is missing")
    if inside is not None and content is not None and inside != content:
        raise Unreadable("the content inside is not the content given")
    return signatures(signed, DATA, inside if content is None else content)


def parse(document: bytes) -> cms.SignedData:
    """The signed data of a ContentInfo. Raises Unreadable."""
    try:
        info = cms.ContentInfo.load(document, strict=True)
        if info["content_type"].native != "signed_data":
            raise Unreadable("not CMS signed data")
        return info["content"]
    except BROKEN as error:
        raise error if isinstance(error, Unreadable) else Unreadable("not CMS signed data") from error


def content_of(signed: cms.SignedData, kind: str) -> bytes | None:
    """The content inside, None where it is detached. Raises Unreadable for content of another kind."""
    try:
        info = signed["encap_content_info"]
        if info["content_type"].native != kind:
            raise Unreadable("content of another type")
        octets = info["content"].native if kind == DATA else info["content"].contents
        if kind == TIMESTAMP and octets is not None:
            octets = bytes(info["content"].parsed.dump())
        return None if octets is None else bytes(octets)
    except BROKEN as error:
        raise error if isinstance(error, Unreadable) else Unreadable("unreadable content") from error


def signatures(signed: cms.SignedData, kind: str, content: bytes | None) -> list[Found]:
    """Every signer's signature over that content. Raises Unreadable, TooMuch."""
    try:
        infos, certificates = list(signed["signer_infos"]), list(_certificates(signed))
        require_few(infos, MAX_SIGNATURES, "signatures")
        require_few(certificates, MAX_CERTIFICATES, "certificates")
        if not infos:
            raise Unreadable("no signature")
        for info in infos:
            require_few(info["signed_attrs"] or (), MAX_ATTRIBUTES, "attributes")
            require_few(info["unsigned_attrs"] or (), MAX_ATTRIBUTES, "attributes")
        evidence = cms_evidence.of_signed_data(signed)
        return [_found(info, kind, content or b"", certificates, evidence) for info in infos]
    except BROKEN as error:
        ours = isinstance(error, (Unreadable, TooMuch))
        raise error if ours else Unreadable("unreadable signature") from error


def _certificates(signed: cms.SignedData) -> Iterator[Any]:
    for choice in signed["certificates"]:
        if choice.name == "certificate":
            yield choice.chosen


def _found(
    info: cms.SignerInfo, kind: str, content: bytes, certificates: list[Any], of_signed_data: Enclosed
) -> Found:
    signer = _signer(info, certificates)
    pool = tuple(one.dump() for one in certificates)
    if signer is None:
        return Found(pool=pool, fault=Fault.CERTIFICATE_MISSING)
    der = signer.dump()
    return Found(
        signer=der,
        pool=tuple(one for one in pool if one != der),
        fault=_fault(info, kind, content, der),
        claimed_at=_claimed(info),
        tokens=_tokens(info),
        enclosed=of_signed_data + cms_evidence.of_signer(info),
    )


def _signer(info: cms.SignerInfo, certificates: list[Any]) -> Any:
    """The one certificate that the signer info names; None for none and for two."""
    name = info["sid"]
    if name.name == "issuer_and_serial_number":
        issuer, serial = name.chosen["issuer"].dump(), name.chosen["serial_number"].native
        found = [one for one in certificates if (one.issuer.dump(), one.serial_number) == (issuer, serial)]
    else:
        found = [one for one in certificates if one.key_identifier == name.chosen.native]
    return found[0] if len({one.dump() for one in found}) == 1 else None


def _fault(info: cms.SignerInfo, kind: str, content: bytes, signer: bytes) -> Fault | None:
    attributes = info["signed_attrs"]
    hash_name = info["digest_algorithm"]["algorithm"].native
    row = _algorithm(info["signature_algorithm"], hash_name)
    if row is None:
        return Fault.ALGORITHM_REFUSED
    if not attributes or _only(attributes, "content_type") != kind:
        return Fault.ATTRIBUTES_MISSING
    whole = attributes.dump()
    fault = proving.fault_of(row, signer, bytes(info["signature"].native), _SIGNED_SET + whole[1:])
    if fault is not None:
        return fault
    if not _names_certificate(attributes, signer):
        return Fault.CERTIFICATE_MISSING
    if _only(attributes, "message_digest") != proving.digest(hash_name, content):
        return Fault.CONTENT_ALTERED
    return None


def _algorithm(identifier: algos.SignedDigestAlgorithm, hash_name: str) -> SignatureAlgorithm | None:
    """The row of the table: `rsaEncryption` signs by the digest algorithm (RFC 3370 section 3.2)."""
    chosen = proving.HASHES.get(hash_name)
    if chosen is None:
        return None
    if identifier["algorithm"].native == "rsassa_pkcs1v15":
        return SignatureAlgorithm(rsa.RSAPublicKey, chosen)
    row = SIGNATURES.get(identifier.dump())
    return row if row and not row.weak and row.hash.name == chosen.name else None


def _only(attributes: cms.CMSAttributes, name: str) -> Any:
    """The one value of an attribute that stands once; None otherwise."""
    found = [one["values"] for one in attributes if one["type"].native == name]
    return found[0][0].native if len(found) == 1 and len(found[0]) == 1 else None


def _names_certificate(attributes: cms.CMSAttributes, signer: bytes) -> bool:
    """Whether the signing-certificate attributes, if any, name this very one (RFC 5035; by SHA-1, RFC 2634)."""
    for attribute in attributes:
        if attribute["type"].native == _CERTIFICATE:
            named = attribute["values"][0]["certs"][0]
            if named["cert_hash"].native != hashlib.sha1(signer, usedforsecurity=False).digest():
                return False
        if attribute["type"].native == _CERTIFICATE_V2:
            named = attribute["values"][0]["certs"][0]
            hash_name = named["hash_algorithm"]["algorithm"].native
            if hash_name not in proving.HASHES or named["cert_hash"].native != proving.digest(hash_name, signer):
                return False
    return True


def _claimed(info: cms.SignerInfo) -> datetime | None:
    moment = _only(info["signed_attrs"], "signing_time") if info["signed_attrs"] else None
    return moment.astimezone(UTC) if isinstance(moment, datetime) and moment.tzinfo else None


def _tokens(info: cms.SignerInfo) -> tuple[Token, ...]:
    """The signature time stamps (RFC 3161 appendix A), which are about the signature's octets."""
    found = [
        Token(bytes(value.dump()), bytes(info["signature"].native))
        for attribute in info["unsigned_attrs"] or ()
        if attribute["type"].native == "signature_time_stamp_token"
        for value in attribute["values"]
    ]
    require_few(found, MAX_TOKENS, "time stamps")
    return tuple(found)
