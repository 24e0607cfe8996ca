"""XML signatures (W3C XML Signature, XAdES): enveloped, enveloping, or over one element that the caller names.

SignXML proves them; what it is let near is bounded here first: UTF-8, no document type, no external reference,
known transforms. What a signature covers is decided on our own tree, so that a signed element which was moved
aside while another stands in its place (signature wrapping) covers nothing.
"""

import base64
import itertools
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from lxml import etree
from signxml.algorithms import DigestAlgorithm, SignatureMethod
from signxml.exceptions import InvalidDigest, SignXMLException
from signxml.verifier import SignatureConfiguration, XMLVerifier

from idp.jpki.certificate import UNREADABLE
from idp.signatures import proving, xades
from idp.signatures.found import (
    MAX_CERTIFICATES,
    MAX_SIGNATURES,
    Coverage,
    Fault,
    Found,
    TooMuch,
    Unreadable,
    require_few,
)

_DS, _XADES = "http://www.w3.org/2000/09/xmldsig#", "http://uri.etsi.org/01903/v1.3.2#"
_N = {"ds": _DS, "x": _XADES}
_SIGNATURE, _OBJECT = f"{{{_DS}}}Signature", f"{{{_DS}}}Object"
_PROPERTIES = f"{{{_XADES}}}SignedProperties"
_ENVELOPED = f"{_DS}enveloped-signature"
_C14N = {
    "http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
    "http://www.w3.org/2006/12/xml-c14n11",
    "http://www.w3.org/2001/10/xml-exc-c14n#",
}
"""Those without comments: a comment can cut a text in two for whoever reads it."""
_METHODS = frozenset(
    method
    for method in SignatureMethod
    if method.name in {f"{family}_SHA{bits}" for family in ("RSA", "ECDSA") for bits in (256, 384, 512)}
    or method.name in {f"SHA{bits}_RSA_MGF1" for bits in (256, 384, 512)}
)
_DIGESTS = frozenset({DigestAlgorithm.SHA256, DigestAlgorithm.SHA384, DigestAlgorithm.SHA512})
_OF_SIGNATURES = (
    _DS,
    _XADES,
    "http://www.w3.org/2009/xmldsig11#",
    "http://uri.etsi.org/01903/v1.4.1#",
    "http://www.w3.org/2001/10/xml-exc-c14n#",
)
"""Namespaces of elements inside a signature; any other could be taken for application data that nobody signed."""
MAX_BYTES = 2 * 1024 * 1024
"""SignXML copies the whole document for every reference."""
_MAX_REFERENCES = 4
_DOCUMENT_TYPE = b"<!DOCTYPE"
logging.getLogger("signxml").setLevel(logging.WARNING)  # its debug lines hold the whole document


def read(document: bytes, element: str | None = None) -> list[Found]:
    """Every signature of an XML document. `element`: `{namespace}name` of the one that must be signed; None: all.

    Raises Unreadable, TooMuch.
    """
    if len(document) > MAX_BYTES:
        raise TooMuch(f"more than {MAX_BYTES} bytes of XML")
    root = _parse(document)
    signatures = list(root.iter(_SIGNATURE))
    require_few(signatures, MAX_SIGNATURES, "signatures")
    if not signatures:
        raise Unreadable("no signature")
    return [_found(root, at, signature, element) for at, signature in enumerate(signatures)]


def _parse(document: bytes) -> etree._Element:
    if b"\0" in document or _DOCUMENT_TYPE in document.upper():
        raise Unreadable("a document type, or not UTF-8")
    try:
        document.decode("utf-8")
        parser = etree.XMLParser(
            encoding="utf-8", resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
        )
        return etree.fromstring(document, parser)
    except (ValueError, etree.XMLSyntaxError) as error:
        raise Unreadable("not XML in UTF-8") from error


@dataclass(frozen=True, slots=True)
class _Reference:
    """One reference of a signature: the element in our tree, None where it is none or not sure."""

    target: etree._Element | None
    known_transforms: bool
    enveloped: bool


def _found(root: etree._Element, at: int, signature: etree._Element, element: str | None) -> Found:
    chain = _chain(signature)
    if not chain:
        return Found(fault=Fault.CERTIFICATE_MISSING)
    references = [_reference(root, one) for one in signature.findall("ds:SignedInfo/ds:Reference", _N)]
    if not 0 < len(references) <= _MAX_REFERENCES or not _algorithms_count(signature, references):
        return Found(signer=chain[0], fault=Fault.ALGORITHM_REFUSED)
    coverage = _coverage(root, signature, references, element)
    fault = _proof(root, at, chain[0])
    if fault is None and coverage is Coverage.PART:
        fault = Fault.NOT_COVERED
    properties = next((one.target for one in references if _is_properties(signature, one.target)), None)
    if fault is None and not _names_certificate(properties, chain[0]):
        fault = Fault.CERTIFICATE_MISSING
    return Found(
        signer=chain[0],
        pool=(*chain[1:], *xades.certificates(signature)),
        fault=fault,
        coverage=coverage,
        claimed_at=_claimed(properties),
        tokens=xades.tokens(signature),
        enclosed=xades.enclosed(signature),
    )


def _chain(signature: etree._Element) -> list[bytes]:
    """The certificates of KeyInfo, the signer's first: the one that issued none of the others."""
    texts = [one.text or "" for one in signature.findall("ds:KeyInfo/ds:X509Data/ds:X509Certificate", _N)]
    require_few(texts, MAX_CERTIFICATES, "certificates")
    try:
        ders = list(dict.fromkeys(base64.b64decode("".join(text.split()), validate=True) for text in texts))
        names = [(one.issuer, one.subject) for one in map(x509.load_der_x509_certificate, ders)]
    except UNREADABLE:
        return []
    issuers = {issuer for issuer, subject in names if issuer != subject}
    return sorted(ders, key=lambda der: names[ders.index(der)][1] in issuers)


def _reference(root: etree._Element, reference: etree._Element) -> _Reference:
    names = [one.get("Algorithm") for one in reference.findall("ds:Transforms/ds:Transform", _N)]
    known = all(name == _ENVELOPED or name in _C14N for name in names)
    return _Reference(_target(root, reference.get("URI")), known, _ENVELOPED in names)


def _target(root: etree._Element, uri: str | None) -> etree._Element | None:
    """The element of a same-document reference; none where two could be meant, by whatever attribute."""
    if uri == "":
        return root
    if uri is None or not uri.startswith("#") or uri.startswith("#xpointer("):
        return None
    named = root.xpath("//*[@*[local-name()='Id' or local-name()='ID' or local-name()='id']=$name]", name=uri[1:])
    return named[0] if len(named) == 1 else None


def _algorithms_count(signature: etree._Element, references: Sequence[_Reference]) -> bool:
    """Whether methods, digests and transforms are all of the tables."""
    method = signature.find("ds:SignedInfo/ds:SignatureMethod", _N)
    digests = signature.findall("ds:SignedInfo/ds:Reference/ds:DigestMethod", _N)
    return (
        method is not None
        and method.get("Algorithm") in {one.value for one in _METHODS}
        and {one.get("Algorithm") for one in digests} <= {one.value for one in _DIGESTS}
        and all(one.known_transforms for one in references)
    )


def _coverage(
    root: etree._Element, signature: etree._Element, references: Sequence[_Reference], element: str | None
) -> Coverage:
    """What is signed beside XAdES's own properties: exactly one thing, which must be what counts."""
    targets = [one for one in references if not _is_properties(signature, one.target)]
    target = targets[0].target if len(targets) == 1 else None
    if target is None or next(target.iter(etree.Comment), None) is not None:
        return Coverage.PART
    if element is not None:
        alike = list(root.iter(element))
        return Coverage.ELEMENT if alike == [target] and not _is_inside(target, signature) else Coverage.PART
    covered = targets[0].enveloped if target is root else signature is root and target.getparent() is root
    alone = root.getprevious() is None and root.getnext() is None
    return Coverage.WHOLE if covered and alone and _holds_nothing_else(signature, target) else Coverage.PART


def _holds_nothing_else(signature: etree._Element, target: etree._Element) -> bool:
    """Whether nothing stands in the signature, outside what it signs, that is not a signature's own."""
    others = (part.iter() for part in signature if part is not target)
    for inside in itertools.chain.from_iterable(others):
        own = isinstance(inside.tag, str) and etree.QName(inside).namespace in _OF_SIGNATURES
        if not own or (inside.tag == _OBJECT and inside.find("x:QualifyingProperties", _N) is None):
            return False
    return True


def _is_inside(element: etree._Element, ancestor: etree._Element) -> bool:
    return any(one is ancestor for one in element.iterancestors())


def _is_properties(signature: etree._Element, target: etree._Element | None) -> bool:
    return target is not None and target.tag == _PROPERTIES and _is_inside(target, signature)


class _Verifier(XMLVerifier):
    """SignXML, looking at the signature of that place in the document alone."""

    def __init__(self, at: int) -> None:
        super().__init__()
        self._at = at

    def _get_signature(self, root: etree._Element) -> etree._Element:
        return list(root.iter(_SIGNATURE))[self._at]


def _proof(root: etree._Element, at: int, signer: bytes) -> Fault | None:
    """SignXML's verdict by that certificate's key; that certificate's time is not its business."""
    if proving.key_of(signer) is None:
        return Fault.ALGORITHM_REFUSED
    certificate = x509.load_der_x509_certificate(signer)
    config = SignatureConfiguration(
        expect_references=True,
        signature_methods=_METHODS,
        digest_algorithms=_DIGESTS,
        verification_time=certificate.not_valid_before_utc + timedelta(seconds=1),
    )
    try:
        _Verifier(at).verify(etree.tostring(root), x509_cert=certificate, expect_config=config)
    except InvalidDigest:
        return Fault.CONTENT_ALTERED
    except (SignXMLException, ValueError, TypeError, AttributeError, KeyError, etree.LxmlError):
        return Fault.SIGNATURE_INVALID
    return None


def _names_certificate(properties: etree._Element | None, signer: bytes) -> bool:
    """Whether XAdES's SigningCertificate, if there, names this very one first (ETSI EN 319 132-1, 5.2.2)."""
    if properties is None:
        return True
    for name in ("SigningCertificateV2", "SigningCertificate"):
        for first in properties.findall(f".//x:{name}/x:Cert[1]/x:CertDigest", _N):
            method, value = first.find("ds:DigestMethod", _N), first.find("ds:DigestValue", _N)
            uri = "" if method is None else method.get("Algorithm") or ""
            hash_name = uri.rpartition("#")[2]
            if value is None or hash_name not in proving.HASHES:
                return False
            if base64.b64encode(proving.digest(hash_name, signer)).decode() != "".join((value.text or "").split()):
                return False
    return True


def _claimed(properties: etree._Element | None) -> datetime | None:
    text = None if properties is None else properties.findtext(".//x:SigningTime", None, _N)
    try:
        moment = datetime.fromisoformat(text.strip()) if text else None
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment and moment.tzinfo else None
