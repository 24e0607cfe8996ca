"""Revocation evidence that stands in CMS.

Beside the certificates (RFC 5652 section 10.2.1), in CAdES's attribute `revocation-values` (ETSI EN 319 122-1,
A.1.2.2), and in Adobe's `adbe-revocationInfoArchival` (ISO 32000-1, section 12.8.3.3.2).
"""

from collections.abc import Iterator
from typing import Any

from asn1crypto import cms, crl, ocsp, pdf
from asn1crypto.core import Sequence, SequenceOf

from idp.signatures.found import MAX_ENCLOSED, Enclosed, require_few

_REVOCATION_VALUES = "1.2.840.113549.1.9.16.2.24"
_ARCHIVAL = pdf.CMSAttributeType.map("1.2.840.113583.1.1.8")  # which importing `pdf` teaches asn1crypto


class _Lists(SequenceOf):  # type: ignore[misc]
    _child_spec = crl.CertificateList


class _Answers(SequenceOf):  # type: ignore[misc]
    _child_spec = ocsp.BasicOCSPResponse


class _RevocationValues(Sequence):  # type: ignore[misc]
    _fields = [  # noqa: RUF012 - as asn1crypto reads it
        ("lists", _Lists, {"explicit": 0, "optional": True}),
        ("answers", _Answers, {"explicit": 1, "optional": True}),
    ]


def of_signed_data(signed: cms.SignedData) -> Enclosed:
    """What stands beside the certificates; other kinds of evidence are passed over."""
    lists, answers = [], []
    require_few(signed["crls"] or (), MAX_ENCLOSED, "revocation lists and answers")
    for choice in signed["crls"]:
        if choice.name == "other":
            if choice.chosen["other_rev_info_format"].native == "ocsp_response":
                answers.append(bytes(choice.chosen["other_rev_info"].dump()))
        else:
            lists.append(bytes(choice.chosen.dump()))
    return Enclosed(tuple(lists), tuple(answers))


def of_signer(info: cms.SignerInfo) -> Enclosed:
    """What stands in a signer's own attributes."""
    found = Enclosed()
    for value in _values(info["unsigned_attrs"], _REVOCATION_VALUES):
        read = _RevocationValues.load(value.dump(), strict=True)
        answers = tuple(_response(one) for one in read["answers"])
        found += Enclosed(tuple(bytes(one.dump()) for one in read["lists"]), answers)
    for value in _values(info["signed_attrs"], _ARCHIVAL):
        found += Enclosed(
            tuple(bytes(one.dump()) for one in value["crl"]), tuple(bytes(one.dump()) for one in value["ocsp"])
        )
    return found


def _values(attributes: Any, name: str) -> Iterator[Any]:
    for attribute in attributes or ():
        if attribute["type"].native == name:
            yield from attribute["values"]


def _response(basic: ocsp.BasicOCSPResponse) -> bytes:
    """The OCSPResponse around it (RFC 6960 section 4.2.1), as which answers are read everywhere."""
    content = {"response_type": "basic_ocsp_response", "response": basic}
    return bytes(ocsp.OCSPResponse({"response_status": "successful", "response_bytes": content}).dump())
