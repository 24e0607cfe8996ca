"""PDF files written by hand, and signed in them by OpenSSL."""

import re
from pathlib import Path

from components.signed import Signer, cms
from components.stamping import token

_ROOM = 16 * 1024
"""Hexadecimal digits for a signature."""
PAGE = (
    b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
    b" /Resources << /Font << /F1 5 0 R >> >> /Annots [%s] >>"
)
"""The page, with what stands on it besides."""
_HEAD = b"/Type /Sig /Filter /Adobe.PPKLite /SubFilter /%s /M (D:20260401090000+09'00') %s"
_RANGE = b"[0000000000 0000000000 0000000000 0000000000]"


def pdf(text: str = "An application for childcare") -> bytes:
    """A PDF of one page with an empty form."""
    stream = f"BT /F1 18 Tf 72 700 Td ({text}) Tj ET".encode()
    objects = {
        1: b"<< /Type /Catalog /Pages 2 0 R /AcroForm 6 0 R >>",
        2: b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        3: b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> >>",
        4: b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        5: b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        6: b"<< /Fields [] /SigFlags 3 >>",
    }
    return _written(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", objects, first=True)


def updated(document: bytes, objects: dict[int, bytes]) -> bytes:
    """The same with an incremental update in which these objects are others."""
    return _written(document, objects)


def sign(
    document: bytes,
    signer: Signer,
    *,
    earlier: int = 0,
    more_fields=b"",
    subfilter=b"adbe.pkcs7.detached",
    gap=0,
    more=b"",
) -> bytes:
    """The PDF with one more signature, in a field of its own that nobody sees.

    `earlier`: how many there are; `more_fields`: others of its page; `gap`: octets that it leaves out besides;
    `more`: members of its dictionary.
    """
    head = _HEAD % (subfilter, more)
    return _added(document, head, lambda octets: cms(signer, octets), earlier, more_fields, gap)


def fill(document: bytes, signer: Signer, objects: dict[int, bytes], value: int) -> bytes:
    """The PDF with a signature as object `value`; `objects`: what else is written with it, its field too."""
    head = _HEAD % (b"adbe.pkcs7.detached", b"")
    return _filled(document, {**objects, value: _value(head)}, lambda octets: cms(signer, octets), 0)


def stamp(
    document: bytes, authority: Signer, folder: Path, *, earlier: int, subfilter=b"ETSI.RFC3161", **how
) -> bytes:
    """The PDF with a time stamp of the document by OpenSSL."""
    head = b"/Type /DocTimeStamp /Filter /Adobe.PPKLite /SubFilter /%s" % subfilter
    return _added(document, head, lambda octets: token(authority, octets, folder, **how), earlier, b"", 0)


def with_evidence(document: bytes, lists=(), answers=()) -> bytes:
    """The PDF with a document security store."""
    objects = {
        60 + at: b"<< /Length %d >>\nstream\n%s\nendstream" % (len(one), one) for at, one in enumerate(lists)
    } | {80 + at: b"<< /Length %d >>\nstream\n%s\nendstream" % (len(one), one) for at, one in enumerate(answers)}
    named = [b" ".join(b"%d 0 R" % number for number in objects if number // 80 == kind) for kind in (0, 1)]
    store = b"<< /CRLs [%s] /OCSPs [%s] >>" % (named[0], named[1])
    catalog = b"<< /Type /Catalog /Pages 2 0 R /AcroForm 6 0 R /DSS 50 0 R >>"
    return updated(document, {1: catalog, 50: store, **objects})


def _added(document: bytes, head: bytes, token_of, earlier: int, more_fields: bytes, gap: int) -> bytes:
    """One more field of signatures, filled."""
    field, value = 10 + 2 * earlier, 11 + 2 * earlier
    fields = b" ".join(b"%d 0 R" % (10 + 2 * at) for at in range(earlier + 1)) + b" " + more_fields
    objects = {
        3: PAGE % fields,
        6: b"<< /Fields [%s] /SigFlags 3 >>" % fields,
        field: b"<< /Type /Annot /Subtype /Widget /FT /Sig /T (Signature%d) /Rect [0 0 0 0] /F 132"
        b" /P 3 0 R /V %d 0 R >>" % (earlier, value),
        value: _value(head),
    }
    return _filled(document, objects, token_of, gap)


def _value(head: bytes) -> bytes:
    return b"<< %s /ByteRange %s /Contents <%s> >>" % (head, _RANGE, b"0" * _ROOM)


def _filled(document: bytes, objects: dict[int, bytes], token_of, gap: int) -> bytes:
    """The update with what is made of the octets around it in its empty place."""
    out = _written(document, objects)
    begin = out.rindex(b"/Contents <") + len(b"/Contents ")
    end = begin + _ROOM + 2
    numbers = (0, begin - gap, end, len(out) - end)
    out = out.replace(_RANGE, b"[" + b" ".join(b"%010d" % one for one in numbers) + b"]")
    made = token_of(out[: begin - gap] + out[end:]).hex().encode()
    return out[: begin + 1] + made.ljust(_ROOM, b"0") + out[end - 1 :]


def _written(before: bytes, objects: dict[int, bytes], *, first=False) -> bytes:
    """Objects behind what there is, with their table."""
    out, places = before, {}
    for number, body in sorted(objects.items()):
        places[number] = len(out)
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"xref\n" + (b"0 1\n0000000000 65535 f \n" if first else b"")
    table += b"".join(b"%d 1\n%010d 00000 n \n" % (number, place) for number, place in places.items())
    link = b"" if first else b" /Prev %d" % int(before.rsplit(b"startxref", 1)[1].split()[0])
    size = max(int(one) for one in re.findall(rb"^([0-9]+) 0 obj", out, re.MULTILINE)) + 1
    trailer = b"trailer\n<< /Size %d /Root 1 0 R%s >>\nstartxref\n%d\n%%%%EOF\n" % (size, link, len(out))
    return out + table + trailer
