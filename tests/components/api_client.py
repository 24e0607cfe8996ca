"""A service that uses the verification API from outside: a stock OAuth client, a card's key, nothing of ours."""

import base64
import hashlib
import time
from pathlib import Path

import requests
from authlib.integrations.requests_client import OAuth2Session
from components.demo import Demo
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key

DEADLINE = 60.0


def connect(demo: Demo) -> "Api":
    """The library's session with the API; nothing but the issuer and the credentials is configured."""
    tenant, service = demo.tenant("aoba"), demo.service("library")
    metadata = requests.get(tenant["issuer"] + "/.well-known/openid-configuration", timeout=10).json()
    session = OAuth2Session(service["client_id"], service["client_secret"], scope="verify")
    session.fetch_token(metadata["token_endpoint"], grant_type="client_credentials", timeout=20)
    return Api(session, tenant["issuer"], service["client_id"])


class Api:
    """Calls of one service."""

    def __init__(self, session: OAuth2Session, issuer: str, client_id: str) -> None:
        self.session, self.issuer, self.client_id = session, issuer, client_id

    def post(self, path: str, body: object = None, **options) -> requests.Response:
        """POST JSON."""
        return self.session.post(f"{self.issuer}/api/v1{path}", json=body or {}, timeout=60, **options)

    def proof(self, resident: dict, context: bytes = b"jpki-verify/1\x00") -> dict:
        """A fresh challenge, signed by that resident's key."""
        challenge = self.post("/challenges").json()["challenge"]
        raw = base64.urlsafe_b64decode(challenge + "=")
        parts = (self.issuer.encode(), self.client_id.encode(), raw)
        message = context + b"".join(hashlib.sha256(part).digest() for part in parts)
        key = load_pem_private_key(Path(resident["auth_key"]).read_bytes(), None)
        signature = key.sign(message, padding.PKCS1v15(), hashes.SHA256())
        return {
            "challenge": challenge,
            "certificate": base64.b64encode(certificate_of(resident).public_bytes(Encoding.DER)).decode(),
            "signature": base64.urlsafe_b64encode(signature).decode().rstrip("="),
        }

    def status(self, job: str, *, until: str = "done") -> dict:
        """The status of a job as soon as it is in that state, or past it."""
        deadline = time.monotonic() + DEADLINE
        while True:
            status = self.post("/jobs/status", {"job": job}).json()
            if status["state"] in (until, "done"):
                return status
            assert time.monotonic() < deadline, status
            time.sleep(0.05)


def certificate_of(resident: dict) -> x509.Certificate:
    """The certificate that the resident's case presents."""
    return x509.load_pem_x509_certificate(Path(resident["auth_certificate"]).read_bytes())
