"""PDF files signed by Poppler's pdfsig with a key in a database of NSS: neither is ours, neither verifies."""

import re
from pathlib import Path

from components.signed import Signer, run
from components.signed_pdf import updated


def nss(signer: Signer, folder: Path) -> Path:
    """A database with the pair under the nickname `signer`."""
    database = folder / "nss"
    database.mkdir()
    pair = ("-in", signer.certificate, "-inkey", signer.key, "-name", "signer", "-passout", "pass:x")
    more = [word for one in signer.pool for word in ("-certfile", one)]
    run("openssl", "pkcs12", "-export", *pair, *more, "-out", folder / "pair.p12")
    run("certutil", "-N", "-d", f"sql:{database}", "--empty-password")
    run("pk12util", "-i", folder / "pair.p12", "-d", f"sql:{database}", "-W", "x", "-K", "")
    return database


def pdfsig(document: bytes, signer: Signer, folder: Path, *words: str, name="", annotations=()) -> bytes:
    """The PDF with one more signature: in the empty field of that name, else in one that is put there before.

    `annotations`: what else the page holds then.
    """
    work = folder / f"pdfsig-{len(list(folder.iterdir()))}"
    work.mkdir()
    (work / "unsigned.pdf").write_bytes(document if name else with_field(document, annotations))
    chosen = ("-nssdir", f"sql:{nss(signer, work)}", "-nick", "signer", "-digest", "SHA256", *words)
    field = name or f"Signature{len(_fields(document))}"
    run("pdfsig", *chosen, "-sign", field, work / "unsigned.pdf", work / "signed.pdf")
    return (work / "signed.pdf").read_bytes()


def with_field(document: bytes, annotations=()) -> bytes:
    """A PDF of `signed_pdf.pdf` with one more empty field for a signature."""
    fields = _fields(document)
    free = max(int(one) for one in re.findall(rb"^([0-9]+) 0 obj", document, re.MULTILINE)) + 1
    listed = b" ".join(b"%d 0 R" % number for number in (*fields, free))
    return updated(
        document,
        {
            3: b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
            b" /Resources << /Font << /F1 5 0 R >> >> /Annots [%s] >>" % b" ".join((*annotations, listed)),
            6: b"<< /Fields [%s] /SigFlags 3 >>" % listed,
            free: b"<< /Type /Annot /Subtype /Widget /FT /Sig /T (Signature%d) /Rect [0 0 0 0] /F 132"
            b" /P 3 0 R >>" % len(fields),
        },
    )


def _fields(document: bytes) -> list[int]:
    """The numbers of its fields for signatures."""
    return sorted(
        {int(one) for one in re.findall(rb"^([0-9]+) 0 obj\s*<<[^>]*/T \(Signature", document, re.MULTILINE)}
    )
