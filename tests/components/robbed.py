"""A municipality some of whose residents use three services, and what is left of that in its database."""

from dataclasses import dataclass, field
from random import Random

from components.agents import represent
from components.authenticator import Authenticator
from components.crowd import Neighbour, settle
from components.going_on import pass_time
from components.passkeys import bind_to
from components.receipts import create, receiver
from components.residents import Office
from components.signing_out import tokens_of
from components.town import Service, Town, id_token_claims
from components.user_numbers import LINKS, as_library

from idp import background
from idp.jpki.profile import Device

SOME = slice(None, None, 4)
"""Every fourth resident does a rarer thing too."""


@dataclass
class Robbed:
    """`library` and `sports` are used on days that have nothing to do with each other; `clinic` at one sitting
    with the library, in the same browser. `users`: service -> resident -> (`sub`, moments of its tokens).
    """

    town: Town
    people: int
    users: dict[str, dict[str, tuple[str, list[int]]]] = field(default_factory=dict)
    crowd: list[Neighbour] = field(default_factory=list)

    def live(self) -> None:
        """What happens before the theft."""
        town, chance = self.town, Random(2026)
        self.crowd = settle(town, self.people)
        self.library, self.clinic = town.library, town.register("aoba", "clinic")
        self.sports = town.register("aoba", "sports", **LINKS)
        for one in chance.sample(self.crowd, len(self.crowd)):
            browser = town.browser()
            self.visit("library", self.library, one, browser)
            self.visit("clinic", self.clinic, one, browser)
            pass_time(town, chance.randrange(40, 400))
        for one in chance.sample(self.crowd, len(self.crowd)):
            self.visit("sports", self.sports, one)
            pass_time(town, chance.randrange(40, 400))
        self._rarer()
        background.seal_all(town.product.store, town.product.directory, town.clock)

    def visit(self, name: str, service: Service, one: Neighbour, browser=None) -> None:
        """One login; the service keeps what it received."""
        tokens = tokens_of(self.town, service, browser or self.town.browser(), one.id)
        claims = id_token_claims(tokens["id_token"])
        _, moments = self.users.setdefault(name, {}).get(one.id, ("", []))
        self.users[name][one.id] = (claims["sub"], [*moments, claims["iat"]])

    def _rarer(self) -> None:
        """Transfer codes, chosen codes, user numbers, and numbers that were given up for new ones; opinions that
        were handed in without a login."""
        opinions = receiver(self.town)
        town, office = self.town, Office(self.town)
        people, shelf = town.product.people, as_library(town, self.sports)
        earlier = b""
        for at, one in enumerate(self.crowd[SOME]):
            sub, _ = self.users["library"][one.id]
            handle = office.read(office.refer(self.library, sub)).body
            with town.product.store.for_tenant("aoba").write() as tx:
                people.transfer_codes.make(tx, office.tenant, handle)
                people.resident_codes.choose(tx, office.tenant, handle, f"KRV{at % 10}M{at // 10}T7")
            people.passwords.set_by_card(office.tenant, handle, Device.CARD, "four quiet herons wade")
            bind_to(town, Authenticator(), handle)
            represent(town, handle, earlier)
            earlier = handle
            create(opinions)
            shelf.done("set", {"sub": self.users["sports"][one.id][0], "user_number": f"{9000 + at}"})
        for one in self.crowd[1::6]:
            ended = office.read(office.refer(self.library, self.users["library"][one.id][0]))
            with town.product.store.for_tenant("aoba").write() as tx:
                people.ending.run(tx, office.tenant, office.tenant.clients[self.library.client_id], ended.body)
            self.visit("library", self.library, one)
