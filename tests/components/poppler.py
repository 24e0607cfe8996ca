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


def pdfsig(document: bytes, signer: Signer, folder: Path, *words: str) -> bytes:
    """The PDF with one more signature, in an empty field that is put there before."""
    work = folder / f"pdfsig-{len(list(folder.iterdir()))}"
    work.mkdir()
    (work / "unsigned.pdf").write_bytes(with_field(document))
    chosen = ("-nssdir", f"sql:{nss(signer, work)}", "-nick", "signer", "-digest", "SHA256", *words)
    name = re.findall(rb"/T \((Signature[0-9]+)\)", (work / "unsigned.pdf").read_bytes())[-1].decode()
    run("pdfsig", *chosen, "-sign", name, work / "unsigned.pdf", work / "signed.pdf")
    return (work / "signed.pdf").read_bytes()


def with_field(document: bytes) -> bytes:
    """A PDF of `signed_pdf.pdf` with an empty field for a signature; fields that were there stay."""
    fields = len(re.findall(rb"/T \(Signature[0-9]+\)", document))
    free = max(int(one) for one in re.findall(rb"^([0-9]+) 0 obj", document, re.MULTILINE)) + 1
    found = re.findall(rb"/Fields \[\s*([0-9R ]*?)\s*\]", document)[-1]
    all_fields = b" ".join(filter(None, (found, b"%d 0 R" % free)))
    return updated(
        document,
        {
            3: b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
            b" /Resources << /Font << /F1 5 0 R >> >> /Annots [%s] >>" % all_fields,
            6: b"<< /Fields [%s] /SigFlags 3 >>" % all_fields,
            free: b"<< /Type /Annot /Subtype /Widget /FT /Sig /T (Signature%d) /Rect [0 0 0 0] /F 132"
            b" /P 3 0 R >>" % fields,
        },
    )
