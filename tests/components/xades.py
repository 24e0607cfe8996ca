"""XAdES's signed properties, as xmlsec1 takes them."""

import base64
import hashlib

from components.signed import DS, application, template
from components.stamping import XADES

SIGNED = f"{XADES}:SignedProperties"
"""The element beside the document that is signed, for xmlsec1."""


def xades(signer, at="2026-04-01T09:00:00+09:00", *, digest=None):
    """An application with an empty signature of XAdES's basic form."""
    value = base64.b64encode(digest or hashlib.sha256(signer.der).digest()).decode()
    method = f'<DigestMethod xmlns="{DS}" Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/>'
    properties = (
        f'<Object><x:QualifyingProperties xmlns:x="{XADES}" Target="#s"><x:SignedProperties Id="p">'
        f"<x:SignedSignatureProperties><x:SigningTime>{at}</x:SigningTime><x:SigningCertificateV2><x:Cert>"
        f'<x:CertDigest>{method}<DigestValue xmlns="{DS}">{value}</DigestValue></x:CertDigest></x:Cert>'
        "</x:SigningCertificateV2></x:SignedSignatureProperties></x:SignedProperties></x:QualifyingProperties></Object>"
    )
    second = template("#p", "").split("<Reference")[1].split("</Reference>")[0]
    both = template(objects=properties).replace("</SignedInfo>", f"<Reference{second}</Reference></SignedInfo>")
    return application(both)
