"""OpenSSL as the other side of OCSP: a responder over an index of its own, a client, a reader of requests."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from components.hierarchy import DAY, Hierarchy
from components.ports import free_port
from components.status import responder
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

LONG_SECONDS = 2_000_000_000
"""How much older or newer than the real time an answer may be: tests have times of their own."""


class Said(NamedTuple):
    """Exit code and all that was printed."""

    code: int
    text: str


def openssl(*words: object, data: bytes = b"") -> Said:
    """Run `openssl WORDS`."""
    done = subprocess.run(["openssl", *map(str, words)], input=data, capture_output=True, timeout=30)
    return Said(done.returncode, (done.stdout + done.stderr).decode(errors="replace"))


def write_certificate(file: Path, certificate: x509.Certificate) -> Path:
    """The certificate as PEM."""
    file.write_bytes(certificate.public_bytes(Encoding.PEM))
    return file


def write_key(file: Path, key: rsa.RSAPrivateKey) -> Path:
    """The key as unencrypted PKCS #8 PEM."""
    file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return file


def request_is_signed_by(folder: Path, request: bytes, key: rsa.RSAPublicKey) -> bool:
    """Whether OpenSSL finds the RSA signature of SHA-256 over the request's tbsRequest good."""
    whole, tbs, signature, public = (folder / name for name in ("request", "tbs", "signature", "public.pem"))
    whole.write_bytes(request)
    public.write_bytes(key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    parse = ("asn1parse", "-inform", "DER", "-in", whole, "-noout")
    listing = openssl(*parse[:-1]).text
    bits = next(line for line in listing.splitlines() if "BIT STRING" in line)
    assert openssl(*parse, "-strparse", 4, "-out", tbs).code == 0
    assert openssl(*parse, "-strparse", bits.split(":")[0].strip(), "-out", signature).code == 0
    return openssl("dgst", "-sha256", "-verify", public, "-signature", signature, tbs).code == 0


@contextmanager
def responding(folder: Path, hierarchy: Hierarchy, serials: dict[int, str]) -> Iterator[str]:
    """`openssl ocsp` serving a URL over `serials`: V for valid, R for revoked, any other is unknown to it."""
    index = folder / "index.txt"
    dates = {"V": "", "R": "260101000000Z,keyCompromise"}
    index.write_text(
        "".join(
            f"{state}\t300101000000Z\t{dates[state]}\t{serial:X}\tunknown\t/CN=holder\n"
            for serial, state in serials.items()
        )
    )
    now = datetime.now(UTC).replace(microsecond=0)
    own = responder(hierarchy.user, begin=now - DAY, end=now + DAY)
    port = free_port()
    words = (
        *("openssl", "ocsp", "-index", index, "-port", port, "-nmin", 15),
        *("-CA", write_certificate(folder / "ca.pem", hierarchy.user.certificate)),
        *("-rsigner", write_certificate(folder / "responder.pem", own)),
        *("-rkey", write_key(folder / "responder.key", hierarchy.user.responder_key)),
    )
    process = subprocess.Popen(
        [str(word) for word in words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        for line in process.stdout:  # says when it listens
            if "waiting for OCSP client connections" in line:
                break
        yield f"http://127.0.0.1:{port}/"
    finally:
        process.kill()
        process.wait(10)
        process.stdout.close()
