"""Signed documents by software that is not ours: OpenSSL and xmlsec1."""

import base64
import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

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
