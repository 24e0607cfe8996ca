"""People as the tests of merging and splitting meet them: two cards, two people, and officers who decide."""

from dataclasses import dataclass

from components.town import Service, Town, id_token_claims

from idp.oversight import ledger
from idp.people.references import Reference


def sub_of(town: Town, service: Service, resident: str, device: str = "card") -> str:
    """The number that a service receives after a whole login with that resident's card or phone."""
    if device == "card":
        return town.sign_in(service, resident)["sub"]
    person, login = town.resident(resident), town.begin(service)
    town.challenge(login)
    answer = town.prove(login, town.sign(login, files=(person.phone_certificate, person.phone_key)))
    assert answer.status_code == 200, answer.text
    return id_token_claims(town.redeem(*town.finish(login, answer.json["return_url"])).json["id_token"])["sub"]


@dataclass
class Office:
    """Two officers of aoba, and what they can be asked for."""

    town: Town

    def __post_init__(self) -> None:
        officers = self.town.product.trust.officers
        self.tokens = [officers.add(self.tenant, name).token for name in ("desk-1", "desk-2")]

    @property
    def tenant(self):
        """aoba as of now."""
        return self.town.product.directory.tenant("aoba")

    def refer(self, service: Service, sub: str) -> str:
        """A reference to the person whom the service knows by `sub`."""
        with self.town.product.store.for_tenant("aoba").write() as tx:
            client = self.tenant.clients[service.client_id]
            return self.town.product.people.references.to_person(tx, self.tenant, client, sub)

    def read(self, reference: str) -> Reference:
        """What it names."""
        with self.town.product.store.for_tenant("aoba").read() as tx:
            return self.town.product.people.references.read(tx, self.tenant, reference)

    def approve(self, proposal) -> None:
        """Both officers say yes."""
        for token in self.tokens:
            self.town.product.trust.approvals.approve(self.tenant, proposal.proposal_id, token)

    def merge(self, keep: str, other: str) -> int:
        """Merge two references; the operation's number in the ledger."""
        self.approve(self.town.product.wishes.join(self.tenant, keep, other))
        with self.town.product.store.for_tenant("aoba").read() as tx:
            return max(entry.sequence for entry in ledger.entries(tx, self.tenant.keys))

    def split(self, operation: int) -> None:
        """Undo a merge."""
        self.approve(self.town.product.wishes.split(self.tenant, operation))
