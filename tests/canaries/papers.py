"""What is signed and what is handed in, by residents whose names and addresses stand in it."""

import base64
import hashlib
import secrets

from components.applications import begun, claims, tokens
from components.canaries import Canary
from components.receipts import procedure
from components.signed import Signer, cms
from components.signing import opened, signed
from components.town import Service, b64url, id_token_claims
from components.verifier import Verifier

from idp.procedures.procedure import Way


class Papers:
    """`canaries`: serial numbers and inquiry numbers that nobody may find.

    `digests`: of applications. A login holds them in the short-lived state as the service sent them, for as long
    as it lasts: they name nobody. Nothing else may hold them.
    """

    def __init__(self, town, clinic: Service, verifier: Service) -> None:
        """Register what they are for: before the server is asked whether it knows of it."""
        self.town, self.clinic = town, clinic
        procedure(town, clinic, "transfer", Way.SIGNATURE, name_ja="名義の変更")
        procedure(town, verifier, "opinion")
        procedure(town, verifier, "refund", Way.SIGNATURE, name_ja="払戻し")
        self.canaries: list[Canary] = []
        self.digests: list[Canary] = []

    def sign(self, person) -> str:
        """An application that is signed in a login, of which the service hands over the digest; the number."""
        document = f"{person.name}\n{person.address}\n{secrets.token_hex(8)}".encode()
        digest = hashlib.sha256(document).digest()
        login = begun(self.town, self.clinic, claims=claims(b64url(digest)))
        location = self.town.get(login.browser, self.town.accept(login, person.id)).headers["Location"]
        login = opened(self.town, login, location)
        answer = tokens(self.town, login, signed(self.town, login, person.id))
        said = id_token_claims(answer["id_token"])
        assert said["signed_application"]["digest"] == b64url(digest)
        self.digests.append(Canary(f"digest of {person.id}", "ppid", b64url(digest)))
        return str(said["sub"])

    def hand_in(self, person, api: Verifier) -> None:
        """A signed file, an altered one, no file at all; values to compare; a receipt, and a wrong number."""
        document = f"申請者　{person.name}\n住所　{person.address}\n".encode()
        file = cms(Signer.of(self.town.resident(person.id)), document)
        asked = {"form": "cms", "show": ["name", "address"], "procedure": "refund", "receipt": True}
        stated = {"name": person.name, "address": person.address}
        for content in (document, document + b"!", b"\xff" + document):
            body = {**asked, "document": _text(file), "content": _text(content), "compare": stated}
            answer = api.post("/signatures/verify", body).json
            assert answer["valid"] is (content == document), answer
            if answer["valid"]:
                assert answer["signatures"][0]["signer"]["name"] == person.name
                self._numbered(answer["procedure"]["receipt"])
        assert api.post("/signatures/verify", {**asked, "document": _text(document)}).status_code == 400
        assert api.post("/signatures/verify", {**asked, "document": person.name}).status_code == 400
        compared = api.post("/basic4/compare", {"stated": stated, "known": {**stated, "name": person.name[::-1]}})
        assert compared.json["fields"]["address"]["result"] == "same", compared.json
        assert api.post("/basic4/compare", {"stated": {**stated, "birthdate": person.name}}).status_code == 400
        receipt = api.post("/receipts/create", {"procedure": "opinion"}).json
        self._numbered(receipt)
        wrong = {"arrival_number": receipt["inquiry_number"], "state": "in_review"}
        assert api.post("/receipts/state", wrong).status_code in (400, 404)

    def _numbered(self, receipt) -> None:
        self.canaries.append(Canary("inquiry number", "text", receipt["inquiry_number"]))

    def certified(self, resident: str, serial: int) -> None:
        """A signature certificate that was issued."""
        self.canaries.append(Canary(f"signature certificate of {resident}", "number", serial))


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
