"""A counter terminal for tests that look inside: enrolment, and proofs signed by code of its own."""

import base64
import hashlib
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

from components.town import BASE_URL, Login, Service, Town, b64url, id_token_claims
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from idp.japan import day_in_japan
from idp.terminals.enrolment import NewTerminal


def spki(key) -> bytes:
    """The public key in DER."""
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


@dataclass
class Window:
    """An enrolled terminal at some window."""

    town: Town
    terminal_id: str
    key: ec.EllipticCurvePrivateKey

    def challenge(self, login: Login, terminal_id: str | None = None):
        """Fetch LINK?terminal=; keeps the challenge if there is one."""
        url = f"{login.link}?terminal={terminal_id or self.terminal_id}"
        answer = self.town.get(self.town.browser(), url, headers={"Accept": "application/json"})
        if answer.status_code == 200:
            login.challenge = answer.json
        return answer

    def sign(self, login: Login, mode: str, /, *, by: dict | None = None, origin=BASE_URL, **changes) -> dict:
        """A proof; `by`: an ordinary proof by another card than Hanako's.

        `changes` replace members of the body after the terminal signed; None takes one out.
        """
        proof = dict(by or self.town.sign(login))
        asked = login.challenge
        parts = (
            asked["issuer"].encode(),
            origin.encode(),
            asked["transaction"].encode(),
            base64.urlsafe_b64decode(asked["nonce"] + "="),
            self.terminal_id.encode(),
            base64.b64decode(proof["certificate"]),
            mode.encode(),
            base64.b64decode(proof.get("input_support", {}).get("ef0002", "")),
        )
        message = b"jpki-counter/1\x00" + b"".join(hashlib.sha256(part).digest() for part in parts)
        r, s = decode_dss_signature(self.key.sign(message, ec.ECDSA(hashes.SHA256())))
        proof |= {
            "terminal": self.terminal_id,
            "mode": mode,
            "terminal_signature": b64url(r.to_bytes(32) + s.to_bytes(32)),
        }
        if mode == "kazashi":
            del proof["algorithm"], proof["signature"]
        return {name: value for name, value in {**proof, **changes}.items() if value is not None}

    def prove(self, login: Login, mode: str, /, resident: str = "hanako", **changes):
        """Challenge and proof."""
        answer = self.challenge(login)
        assert answer.status_code == 200, answer.text
        return self.town.prove(login, self.sign(login, mode, by=self.town.sign(login, resident), **changes))


def enrol(town: Town, *services, terminal_id="mado-2", tenant_id="aoba", days=30, user_numbers=False) -> Window:
    """A terminal of that tenant for those services."""
    key = ec.generate_private_key(ec.SECP256R1())
    tenant = town.product.directory.tenant(tenant_id)
    town.product.terminals.enrol(
        tenant,
        NewTerminal(
            terminal_id=terminal_id,
            place="本庁舎1階 市民課2番窓口",
            public_key=spki(key),
            clients=[tenant.clients[service.client_id] for service in services],
            last_day=day_in_japan(town.clock()) + timedelta(days=days),
            user_numbers=user_numbers,
        ),
    )
    return Window(town, terminal_id, key)


def kazashi_service(town: Town) -> Service:
    """A service that takes kazashi; it shares its sector with childcare and school."""
    return town.register("aoba", "desk", sector_id="family", minimum_acr="aal1", methods=("kazashi",))


def switch(town, methods):
    """Switch methods on or off for the tenant."""
    town.product.policies.change_tenant(town.product.directory.tenant("aoba"), revocation={}, methods=methods)


def finish(town, login, answer):
    """From an accepted proof to the ID token's claims."""
    assert answer.status_code == 200, answer.text
    location = town.get(login.browser, answer.json["return_url"]).headers["Location"]
    if location.endswith("/consent"):
        location = town.consent(login, location).headers["Location"]
    code = parse_qs(urlsplit(location).query)["code"][0]
    return id_token_claims(town.redeem(code, login).json["id_token"])


def refused(answer):
    """The code and status of a refusal, which is a problem document."""
    assert answer.mimetype == "application/problem+json"
    return answer.json["code"], answer.status_code
