"""A service that uses the verification API of a `Town`, in this process."""

import base64
import hashlib
import json
import secrets

from components.town import BASE_URL, Service, Town, b64url
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from werkzeug.test import TestResponse

from idp.verification.batch import FORGET, KIND
from idp.worker.job import Handler
from idp.worker.jobs import Jobs

VERIFIES = {"scopes": ("openid", "jpki_status", "verify"), "verify_purpose": "電子証明書の有効性を確かめるため"}


class Verifier:
    """One service with its access token."""

    def __init__(self, town: Town, service: Service) -> None:
        self.town, self.service = town, service
        self.issuer = f"{BASE_URL}/t/{service.tenant_id}"
        self.token = self.fetch_token().json["access_token"]

    def fetch_token(self, **form) -> TestResponse:
        """The token request of the client credentials grant."""
        return self.town.post(
            self.town.browser(),
            self.issuer + "/token",
            data={"grant_type": "client_credentials", **form},
            auth=(self.service.client_id, self.service.client_secret),
        )

    def post(self, path: str, body: object = None, *, headers=None, **options) -> TestResponse:
        """POST to the API: a JSON value, or bytes as they are."""
        data = body if isinstance(body, bytes) else json.dumps({} if body is None else body).encode()
        all_headers = {"Authorization": f"Bearer {self.token}", **(headers or {})}
        options = {"content_type": "application/json", **options}
        return self.town.post(
            self.town.browser(), f"{self.issuer}/api/v1{path}", data=data, headers=all_headers, **options
        )

    def challenge(self) -> str:
        """A fresh challenge."""
        answer = self.post("/challenges")
        assert answer.status_code == 200, answer.text
        return answer.json["challenge"]

    def message(self, challenge: str, context=b"jpki-verify/1\x00") -> bytes:
        """What the card signs, written here by hand."""
        raw = base64.urlsafe_b64decode(challenge + "=" * (-len(challenge) % 4))
        parts = (self.issuer.encode(), self.service.client_id.encode(), raw)
        return context + b"".join(hashlib.sha256(part).digest() for part in parts)

    def proof(self, challenge: str, resident_id: str = "hanako", *, files=None, message=None) -> dict:
        """A body for /authentications, signed by that resident's card."""
        person = self.town.resident(resident_id)
        certificate_file, key_file = files or (person.auth_certificate, person.auth_key)
        key = load_pem_private_key(key_file.read_bytes(), None, unsafe_skip_rsa_key_validation=True)
        signature = key.sign(message or self.message(challenge), padding.PKCS1v15(), hashes.SHA256())
        return {
            "challenge": challenge,
            "certificate": base64.b64encode(der_of(certificate_file)).decode(),
            "signature": b64url(signature),
        }

    def authenticate(self, resident_id: str = "hanako", *, headers=None, **changes) -> TestResponse:
        """Challenge, signature, answer."""
        body = self.proof(self.challenge(), resident_id) | changes
        return self.post("/authentications", body, headers=headers)

    def certificate(self, resident_id: str) -> x509.Certificate:
        """The certificate that a resident's case presents."""
        return x509.load_der_x509_certificate(der_of(self.town.resident(resident_id).auth_certificate))

    def certificate_body(self, resident_id: str) -> dict:
        """The same as /certificates/check takes it."""
        return {"certificate": base64.b64encode(self.certificate(resident_id).public_bytes(Encoding.DER)).decode()}

    def serial_body(self, resident_id: str, *, kind="user", issuer=False) -> dict:
        """Its serial number alone, with its issuer if wanted."""
        certificate = self.certificate(resident_id)
        body = {"kind": kind, "serial": f"{certificate.serial_number:x}"}
        return body | ({"issuer_key_id": issuer_of(certificate)} if issuer else {})

    def check(self, body: dict, **options) -> dict:
        """The verdict of /certificates/check."""
        answer = self.post("/certificates/check", body, **options)
        assert answer.status_code == 200, answer.text
        return answer.json

    def submit(self, body: object, **options) -> str:
        """Hand in a batch; its job."""
        answer = self.post("/certificates/checks", body, **options)
        assert answer.status_code == 202, answer.text
        return answer.json["job"]

    def status(self, job: str) -> dict:
        """How far a job is."""
        return self.post("/jobs/status", {"job": job}).json

    def handlers(self) -> dict[str, Handler]:
        """The product's handlers of batches."""
        known = self.town.product.worker._jobs.handlers
        return {kind: known[kind] for kind in (KIND, FORGET)}

    def jobs(self, **handlers) -> Jobs:
        """A worker's jobs over this town, for a test to do one at a time."""
        product = self.town.product
        return Jobs(
            store=product.store,
            directory=product.directory,
            handlers={**self.handlers(), **handlers},
            now=product.now,
            token_bytes=secrets.token_bytes,
        )


def der_of(file) -> bytes:
    """The DER of a PEM file."""
    return x509.load_pem_x509_certificate(file.read_bytes()).public_bytes(Encoding.DER)


def issuer_of(certificate: x509.Certificate) -> str:
    """The key identifier of its issuer, hexadecimal."""
    value = certificate.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value
    return value.key_identifier.hex()
