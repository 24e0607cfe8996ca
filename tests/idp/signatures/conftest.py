"""A town with a service that verifies signatures and may see names and addresses of who signed."""

import base64

import pytest
from components.signed import Signer
from components.verifier import VERIFIES, Verifier

PATH = "/signatures/verify"


class Desk(Verifier):
    """The service, handing in documents."""

    def signer(self, resident="hanako", slot="sign") -> Signer:
        """A sample resident with their signature certificate."""
        return Signer.of(self.town.resident(resident), slot)

    def ask(self, form, document, content=None, **more):
        """The answer to a document in bytes or in text."""
        raw = document.encode() if isinstance(document, str) else document
        body = {"form": form, "document": base64.b64encode(raw).decode(), **more}
        if content is not None:
            body["content"] = base64.b64encode(content).decode()
        return super().post(PATH, body)

    def verify(self, form, document, content=None, **more) -> dict:
        """The report on it."""
        answer = self.ask(form, document, content, **more)
        assert answer.status_code == 200, answer.text
        return answer.json

    def one(self, form, document, content=None, **more) -> dict:
        """Its only signature."""
        report = self.verify(form, document, content, **more)
        (signature,) = report["signatures"]
        assert report["valid"] == (signature["status"] == "valid")
        return signature

    def code(self, form, document, content=None, **more):
        """Why its only signature is not relied on; None if it is."""
        return self.one(form, document, content, **more)["code"]

    def problem(self, form, document, content=None, **more):
        """The code of the problem that it is answered with."""
        answer = self.ask(form, document, content, **more)
        assert answer.status_code in (400, 404, 413), answer.text
        return answer.json["code"]


SEES = {**VERIFIES, "scopes": ("openid", "name", "address", "verify")}


@pytest.fixture(scope="module")
def desk(shared_town):
    """The service of a town that a module's tests share."""
    return Desk(shared_town, shared_town.register("aoba", "desk", **SEES))


@pytest.fixture
def own_desk(aoba):
    """The same in a town of one test's own."""
    return Desk(aoba, aoba.register("aoba", "desk", **SEES))


@pytest.fixture(scope="module")
def verifier(shared_town):
    """A service that may verify, and see nothing of people."""
    return Desk(shared_town, shared_town.register("aoba", "verifier", **VERIFIES))
