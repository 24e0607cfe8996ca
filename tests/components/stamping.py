"""Time stamps by `openssl ts`, and where each form of a signed document keeps them, written by hand."""

import base64
import json
from pathlib import Path

from asn1crypto import cms as asn1
from asn1crypto.crl import CertificateList
from asn1crypto.ocsp import OCSPResponse
from components.signed import DS, Signer, run

XADES = "http://uri.etsi.org/01903/v1.3.2#"


def token(authority: Signer, about: bytes, folder: Path, *, name="sha256") -> bytes:
    """A time stamp of these octets in DER."""
    (folder / "tsa.cnf").write_text(
        "[tsa]\ndefault_tsa = t\n[t]\nserial = serial\ncrypto_device = builtin\nsigner_digest = sha256\n"
        "default_policy = 1.2.392.999.7\ndigests = sha1, sha256\nordering = no\ness_cert_id_alg = sha256\n"
    )
    (folder / "value").write_bytes(about)
    run("openssl", "ts", "-query", "-data", "value", f"-{name}", "-cert", "-out", "query", folder=folder)
    pair = ("-signer", authority.certificate, "-inkey", authority.key)
    chain = ("-chain", authority.pool[0]) if authority.pool else ()
    reply = ("-config", "tsa.cnf", "-queryfile", "query", "-token_out", "-out", "token")
    run("openssl", "ts", "-reply", *reply, *pair, *chain, folder=folder)
    return (folder / "token").read_bytes()


def on_cms(
    document: bytes, authority: Signer, folder: Path, *, over: bytes | None = None, lists=(), answers=()
) -> bytes:
    """A CMS document whose signature bears a time stamp of `over` or of the signature itself.

    `lists`, `answers`: revocation evidence beside the certificates, in DER.
    """
    info = asn1.ContentInfo.load(document)
    if lists or answers:
        info["content"]["crls"] = _evidence(lists, answers)
    signer = info["content"]["signer_infos"][0]
    made = token(authority, signer["signature"].native if over is None else over, folder)
    values = [asn1.ContentInfo.load(made)]
    attribute = asn1.CMSAttribute({"type": "signature_time_stamp_token", "values": values})
    signer["unsigned_attrs"] = asn1.CMSAttributes([attribute])
    return info.dump()


def _evidence(lists, answers) -> asn1.RevocationInfoChoices:
    choices = [asn1.RevocationInfoChoice("crl", CertificateList.load(one)) for one in lists]
    for one in answers:
        value = {"other_rev_info_format": "ocsp_response", "other_rev_info": OCSPResponse.load(one)}
        choices.append(asn1.RevocationInfoChoice("other", asn1.OtherRevocationInfoFormat(value)))
    return asn1.RevocationInfoChoices(choices)


def of_jades(lists=(), answers=()) -> dict[str, object]:
    """The same as members of `etsiU`."""
    return {"rVals": {"crlVals": [_value(one) for one in lists], "ocspVals": [_value(one) for one in answers]}}


def _value(der: bytes) -> dict[str, str]:
    return {"val": base64.b64encode(der).decode()}


def of_xades(lists=(), answers=()) -> str:
    """The same as properties of XAdES."""
    texts = [
        "".join(f"<x:{name}>{base64.b64encode(one).decode()}</x:{name}>" for one in evidence)
        for name, evidence in (("EncapsulatedCRLValue", lists), ("EncapsulatedOCSPValue", answers))
    ]
    values = f"<x:CRLValues>{texts[0]}</x:CRLValues><x:OCSPValues>{texts[1]}</x:OCSPValues>"
    return f"<x:RevocationValues>{values}</x:RevocationValues>"


def on_jws(
    document: str, authority: Signer, folder: Path, *, over: bytes | None = None, clear=False, **more
) -> str:
    """The same as JAdES in flattened JSON; `clear`: `etsiU` holds objects; `more`: members beside `sigTst`."""
    protected, payload, value = document.split(".")
    made = token(authority, value.encode() if over is None else over, folder)
    members = [{"sigTst": {"tstTokens": [{"val": base64.b64encode(made).decode()}]}}]
    members += [{name: content} for name, content in more.items()]
    written = members if clear else [_text(json.dumps(one).encode()) for one in members]
    parts = {"protected": protected, "payload": payload, "signature": value}
    return json.dumps({**parts, "header": {"etsiU": written}})


def on_xades(
    document: bytes, authority: Signer, folder: Path, *, over: bytes | None = None, method="", more=""
) -> bytes:
    """The same in XAdES: of the element SignatureValue, whose canonical form is written here.

    `method`: the canonical form that the stamp names; `more`: properties beside it.
    """
    value = document.split(b"<SignatureValue>")[1].split(b"</SignatureValue>")[0]
    element = f'<SignatureValue xmlns="{DS}">'.encode() + value + b"</SignatureValue>"
    made = base64.b64encode(token(authority, element if over is None else over, folder)).decode()
    named = f'<CanonicalizationMethod xmlns="{DS}" Algorithm="{method}"/>' if method else ""
    octets = f"<x:EncapsulatedTimeStamp>{made}</x:EncapsulatedTimeStamp>"
    stamp = f"<x:SignatureTimeStamp>{named}{octets}</x:SignatureTimeStamp>"
    added = (
        f"<x:UnsignedProperties><x:UnsignedSignatureProperties>{stamp}{more}"
        "</x:UnsignedSignatureProperties></x:UnsignedProperties>"
    )
    return document.replace(b"</x:SignedProperties>", b"</x:SignedProperties>" + added.encode())


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
