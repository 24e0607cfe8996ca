"""A counter terminal that asks for a user number after its login: requests signed by code of the tests' own."""

import base64
import hashlib
import json
from dataclasses import dataclass

from components.counter import Window, enrol
from components.town import BASE_URL, Login, b64url
from components.user_numbers import Library
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

CONTEXT = b"jpki-counter-number/1\x00"


@dataclass
class NumberDesk:
    """A terminal that may learn a library's numbers."""

    library: Library
    window: Window

    def post(self, login: Login, path: str, body: object):
        """POST to LINK/user-number."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        town = self.window.town
        url = f"{login.link}/user-number{path}"
        return town.post(town.browser(), url, data=data, content_type="application/json")

    def challenge(self, login: Login, terminal: str | None = None):
        """A nonce, or word to wait."""
        return self.post(login, "/challenge", {"terminal": terminal or self.window.terminal_id})

    def signed(self, login: Login, nonce: str, act: str, /, *, number="", claim="", context=CONTEXT, **changes):
        """A request; `changes` replace members of the body after it was signed."""
        parts = (
            login.challenge["issuer"].encode(),
            BASE_URL.encode(),
            login.challenge["transaction"].encode(),
            base64.urlsafe_b64decode(nonce + "="),
            self.window.terminal_id.encode(),
            act.encode(),
            number.encode(),
            claim.encode(),
        )
        message = context + b"".join(hashlib.sha256(part).digest() for part in parts)
        r, s = decode_dss_signature(self.window.key.sign(message, ec.ECDSA(hashes.SHA256())))
        body = {
            "terminal": self.window.terminal_id,
            "nonce": nonce,
            "act": act,
            "terminal_signature": b64url(r.to_bytes(32) + s.to_bytes(32)),
        }
        body |= {"user_number": number} if number else {}
        body |= {"claim_code": claim} if claim else {}
        return {**body, **changes}

    def ask(self, login: Login, act: str = "fetch", /, **more):
        """Challenge and request."""
        answer = self.challenge(login)
        if answer.status_code != 200:
            return answer
        assert answer.json["state"] == "ready", answer.text
        return self.post(login, "", self.signed(login, answer.json["nonce"], act, **more))

    def sign_in(self, resident_id: str = "hanako", *, decision: str | None = "allow") -> Login:
        """A login at this terminal; `decision` None: the resident has not been asked yet."""
        town = self.window.town
        login = town.begin(self.library.service)
        answer = self.window.prove(login, "pin", resident_id)
        assert answer.status_code == 200, answer.text
        login.page_url = answer.json["return_url"]
        if decision is not None:
            self.decide(login, decision)
        return login

    def decide(self, login: Login, decision: str = "allow") -> None:
        """The browser goes on to consent, if it is asked for."""
        town = self.window.town
        answer = town.get(login.browser, login.page_url)
        location = answer.headers.get("Location", "")
        if location.endswith("/consent"):
            town.consent(login, location, decision)


def number_desk(library: Library, terminal_id: str = "mado-2", *, user_numbers: bool = True) -> NumberDesk:
    """A terminal for the library."""
    return NumberDesk(
        library, enrol(library.town, library.service, terminal_id=terminal_id, user_numbers=user_numbers)
    )
