"""What XAdES puts beside an XML signature after it was made (ETSI EN 319 132-1): time stamps and evidence.

Nobody signed these properties. So nothing is believed of them: a time stamp is proven by itself, and certificates,
lists and answers by whoever issued them.
"""

import base64
from collections.abc import Iterator

from lxml import etree

from idp.signatures.found import MAX_CERTIFICATES, MAX_TOKENS, Enclosed, Token, Unreadable, require_few

_N = {"ds": "http://www.w3.org/2000/09/xmldsig#", "x": "http://uri.etsi.org/01903/v1.3.2#"}
_PROPERTIES = "ds:Object/x:QualifyingProperties/x:UnsignedProperties/x:UnsignedSignatureProperties"
_DEFAULT = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
_EXCLUSIVE = {
    _DEFAULT: False,
    "http://www.w3.org/2006/12/xml-c14n11": False,
    "http://www.w3.org/2001/10/xml-exc-c14n#": True,
}
"""Canonical forms of a signature's value, and whether each is exclusive."""


def tokens(signature: etree._Element) -> tuple[Token, ...]:
    """The time stamps of the signature's value (section 5.3). Raises Unreadable, TooMuch.

    One that names by itself what it is about is one about nothing.
    """
    found = []
    for stamp in signature.findall(f"{_PROPERTIES}/x:SignatureTimeStamp", _N):
        about = _canonical_value(signature, stamp)
        found += [Token(der, about) for der in _octets(stamp, "x:EncapsulatedTimeStamp")]
    require_few(found, MAX_TOKENS, "time stamps")
    return tuple(found)


def enclosed(signature: etree._Element) -> Enclosed:
    """Lists and OCSP answers (sections 5.4.3 and A.1.3). Raises Unreadable, TooMuch."""
    values = f"{_PROPERTIES}/x:RevocationValues"
    return Enclosed(
        tuple(_octets(signature, f"{values}/x:CRLValues/x:EncapsulatedCRLValue")),
        tuple(_octets(signature, f"{values}/x:OCSPValues/x:EncapsulatedOCSPValue")),
    )


def certificates(signature: etree._Element) -> tuple[bytes, ...]:
    """Certificates of the path (section 5.4.1). Raises Unreadable, TooMuch."""
    found = tuple(_octets(signature, f"{_PROPERTIES}/x:CertificateValues/x:EncapsulatedX509Certificate"))
    require_few(found, MAX_CERTIFICATES, "certificates")
    return found


def _canonical_value(signature: etree._Element, stamp: etree._Element) -> bytes:
    """The element SignatureValue in its canonical form, as the implicit mechanism wants it (section 5.1.4.5.2)."""
    named = {etree.QName(one).localname for one in stamp if isinstance(one.tag, str)}
    value, method = signature.find("ds:SignatureValue", _N), stamp.find("ds:CanonicalizationMethod", _N)
    form = _DEFAULT if method is None else method.get("Algorithm")
    if value is None or form not in _EXCLUSIVE or not named <= {"CanonicalizationMethod", "EncapsulatedTimeStamp"}:
        return b""
    exclusive = _EXCLUSIVE[form]
    return bytes(etree.tostring(value, method="c14n", exclusive=exclusive, with_comments=False, with_tail=False))


def _octets(element: etree._Element, path: str) -> Iterator[bytes]:
    for one in element.findall(path, _N):
        try:
            yield base64.b64decode("".join((one.text or "").split()), validate=True)
        except ValueError as error:
            raise Unreadable("unreadable XAdES properties") from error
