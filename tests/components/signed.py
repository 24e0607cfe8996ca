"""Signed documents by software that is not ours: OpenSSL, xmlsec1, Poppler's pdfsig with NSS."""

import base64
import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

from asn1crypto import cms as asn1
from components.openssl import write_certificate
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

CONTENT = "見本県青葉市長　様\n子育て支援の申請をします。\n".encode()
APPLICATION = "urn:example:application"


@dataclass
class Signer:
    """A certificate and its key in PEM files, and further certificates that are sent along."""

    certificate: Path
    key: Path
    pool: tuple[Path, ...] = ()

    @classmethod
    def of(cls, resident, slot: str = "sign") -> "Signer":
        """A sample resident's pair of that place."""
        folder = resident.auth_certificate.parent
        return cls(folder / f"{resident.id}-{slot}.pem", folder / f"{resident.id}-{slot}.key")

    @classmethod
    def made(cls, folder: Path, certificate: x509.Certificate, key, *pool: x509.Certificate) -> "Signer":
        """A pair that a test made."""
        name = f"{certificate.serial_number:x}"
        made = cls(
            write_certificate(folder / f"{name}.pem", certificate),
            folder / f"{name}.key",
            tuple(write_certificate(folder / f"{name}-{at}.pem", one) for at, one in enumerate(pool)),
        )
        made.key.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        return made

    @property
    def der(self) -> bytes:
        """The certificate."""
        return x509.load_pem_x509_certificate(self.certificate.read_bytes()).public_bytes(Encoding.DER)


def run(*words: object, data: bytes = b"", folder: Path | None = None) -> bytes:
    """Run a program; what it prints."""
    done = subprocess.run(list(map(str, words)), input=data, capture_output=True, timeout=60, cwd=folder)
    assert done.returncode == 0, (words, done.stderr.decode(errors="replace"))
    return done.stdout


def cms(signer: Signer, content: bytes = CONTENT, *words: str, detached=True) -> bytes:
    """CMS in DER, by `openssl cms`."""
    more = [word for one in signer.pool for word in ("-certfile", one)]
    kept = [] if detached else ["-nodetach"]
    pair = ["-signer", signer.certificate, "-inkey", signer.key]
    return run("openssl", "cms", "-sign", "-binary", "-outform", "DER", *pair, *more, *kept, *words, data=content)


def jws(signer: Signer, payload: bytes = CONTENT, *, alg="RS256", header=None, detached=False) -> str:
    """A compact JWS with the certificate inside, its signature by `openssl dgst`; ECDSA is put into r||s here."""
    named = {"alg": alg, "x5c": [base64.b64encode(signer.der).decode()], **(header or {})}
    signed = f"{_text(json.dumps(named).encode())}.{_text(payload)}"
    padding = ["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:-1"] if alg.startswith("PS") else []
    value = run("openssl", "dgst", f"-sha{alg[2:]}", *padding, "-sign", signer.key, data=signed.encode())
    if alg.startswith("ES"):
        value = _raw(value, {"256": 32, "384": 48, "512": 66}[alg[2:]])
    head, body = signed.split(".")
    return f"{head}.{'' if detached else body}.{_text(value)}"


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _raw(der: bytes, octets: int) -> bytes:
    """r and s of an Ecdsa-Sig-Value, each in so many octets."""
    at, halves = 2 if der[1] < 0x80 else 3, []
    for _ in range(2):
        length = der[at + 1]
        halves.append(int.from_bytes(der[at + 2 : at + 2 + length]).to_bytes(octets))
        at += 2 + length
    return b"".join(halves)


DS = "http://www.w3.org/2000/09/xmldsig#"
ENVELOPED = f'<Transform Algorithm="{DS}enveloped-signature"/>'


def template(uri="", transforms=ENVELOPED, objects="", method="rsa-sha256", digest="2001/04/xmlenc#sha256") -> str:
    """An empty signature for xmlsec1 to fill in."""
    return (
        f'<Signature xmlns="{DS}"><SignedInfo>'
        '<CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/>'
        f'<SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#{method}"/>'
        f'<Reference URI="{uri}"><Transforms>{transforms}'
        '<Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/></Transforms>'
        f'<DigestMethod Algorithm="http://www.w3.org/{digest}"/><DigestValue/></Reference></SignedInfo>'
        f"<SignatureValue/><KeyInfo><X509Data/></KeyInfo>{objects}</Signature>"
    )


def application(signature: str = "", *, amount="1000", attributes="") -> str:
    """An application in XML."""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<application xmlns="{APPLICATION}"{attributes}>'
        f"<name>高橋　花子</name><amount>{amount}</amount>{signature}</application>"
    )


def xmlsec(signer: Signer, folder: Path, text: str, *ids: str) -> bytes:
    """The document signed by xmlsec1. `ids`: elements whose attribute `Id` names them, as `namespace:name`."""
    (folder / "unsigned.xml").write_text(text, encoding="utf-8")
    pair = ",".join(map(str, (signer.key, signer.certificate, *signer.pool)))
    named = [word for one in ids for word in ("--id-attr:Id", one)]
    run(
        "xmlsec1", "--sign", "--privkey-pem", pair, *named, "--output", "signed.xml", "unsigned.xml", folder=folder
    )
    return (folder / "signed.xml").read_bytes()


def nss(signer: Signer, folder: Path) -> Path:
    """A database of NSS with the pair under the nickname `signer`, as pdfsig takes it."""
    database = folder / "nss"
    database.mkdir()
    pair = ("-in", signer.certificate, "-inkey", signer.key, "-name", "signer", "-passout", "pass:x")
    more = [word for one in signer.pool for word in ("-certfile", one)]
    run("openssl", "pkcs12", "-export", *pair, *more, "-out", folder / "pair.p12")
    run("certutil", "-N", "-d", f"sql:{database}", "--empty-password")
    run("pk12util", "-i", folder / "pair.p12", "-d", f"sql:{database}", "-W", "x", "-K", "")
    return database


def pdfsig(database: Path, unsigned: Path, signed: Path) -> bytes:
    """The PDF with one more signature, by Poppler."""
    words = ("-nssdir", f"sql:{database}", "-add-signature", "-nick", "signer", "-digest", "SHA256")
    run("pdfsig", *words, unsigned, signed)
    return signed.read_bytes()


def pdf(text: str = "An application for childcare") -> bytes:
    """A PDF of one page, written by hand."""
    stream = f"BT /F1 18 Tf 72 700 Td ({text}) Tj ET".encode()
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    out, places = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    return out + b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)


def stamped(document: bytes, authority: Signer, folder: Path, *, over: bytes | None = None) -> bytes:
    """A CMS document whose signature bears a time stamp by `openssl ts`, of `over` or of the signature itself."""
    info = asn1.ContentInfo.load(document)
    signer = info["content"]["signer_infos"][0]
    value = signer["signature"].native if over is None else over
    (folder / "tsa.cnf").write_text(
        "[tsa]\ndefault_tsa = t\n[t]\nserial = serial\ncrypto_device = builtin\nsigner_digest = sha256\n"
        "default_policy = 1.2.392.999.7\ndigests = sha256\nordering = no\ness_cert_id_alg = sha256\n"
    )
    (folder / "value").write_bytes(value)
    run("openssl", "ts", "-query", "-data", "value", "-sha256", "-cert", "-out", "query", folder=folder)
    pair = ("-signer", authority.certificate, "-inkey", authority.key)
    chain = ("-chain", authority.pool[0]) if authority.pool else ()
    reply = ("-config", "tsa.cnf", "-queryfile", "query", "-token_out", "-out", "token")
    run("openssl", "ts", "-reply", *reply, *pair, *chain, folder=folder)
    token = asn1.ContentInfo.load((folder / "token").read_bytes())
    attribute = asn1.CMSAttribute({"type": "signature_time_stamp_token", "values": [token]})
    signer["unsigned_attrs"] = asn1.CMSAttributes([attribute])
    return info.dump()
