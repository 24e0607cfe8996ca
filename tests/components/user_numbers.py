"""A service with its own user numbers, and people who signed in there."""

from components.town import Service, Town
from components.verifier import Verifier

LINKS = {"scopes": ("openid", "jpki_status", "verify"), "user_numbers": True}


class Library(Verifier):
    """A library that uses the link registry."""

    def call(self, name: str, body: object = None, **options):
        """POST /user-numbers/NAME."""
        return self.post(f"/user-numbers/{name}", body, **options)

    def done(self, name: str, body: object = None, **options):
        """The answer of a call that is done."""
        answer = self.call(name, body, **options)
        assert answer.status_code == 200, answer.text
        return answer.json

    def refused(self, name: str, body: object = None, **options):
        """Status and code of a call that is refused."""
        answer = self.call(name, body, **options)
        assert answer.mimetype == "application/problem+json", answer.text
        return answer.status_code, answer.json["code"]

    def sub(self, resident_id: str = "hanako") -> str:
        """A resident signs in here; their PPID."""
        return self.town.sign_in(self.service, resident_id)["sub"]

    def set(self, resident_id: str, number: str, **more):
        """Link a resident's number."""
        return self.done("set", {"sub": self.sub(resident_id), "user_number": number, **more})


def library(town: Town, service_id: str = "shelves", tenant_id: str = "aoba", **wishes) -> Library:
    """One more service with its own numbers."""
    return Library(town, town.register(tenant_id, service_id, **{**LINKS, **wishes}))


def as_library(town: Town, service: Service) -> Library:
    """The same view of a service that was registered before."""
    return Library(town, service)
