"""A town with revocation lists in use, in which somebody's certificate stands."""

from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO

from components.town import Town, town

from connectors.sandbox import events, publication
from connectors.sandbox.lists import revocation_list
from connectors.sandbox.state import Slot
from idp.compose import anchors_of
from idp.store.crl_index.catalogue import Catalogue


@dataclass(frozen=True)
class Listed:
    """The town; a revoked certificate (kind, serial, issuer's key id) and one that stands in no list."""

    town: Town
    revoked: tuple[str, int, str]
    good: tuple[str, int, str]
    environment: dict[str, str]

    @property
    def product(self):
        """The town's product."""
        return self.town.product

    @property
    def aoba(self):
        """The tenant."""
        return self.town.product.directory.tenant("aoba")


@contextmanager
def listed_town(folder, founded):
    """Such a town for the length of a block."""
    environment = {"IDP_CRL_DIRECTORY": str(folder / "indexes"), "IDP_CLOCK_FILE": str(folder / "clock")}
    with town(folder, founded, environment=environment) as made:
        events.revoke(made.world, "hanako", Slot.AUTH, made.clock())
        state = made.world.change(lambda before: publication.at_once(before, made.clock()))
        catalogue = Catalogue(folder / "indexes", max_bytes=1 << 20)
        for authority in made.world.authorities:
            content = BytesIO(revocation_list(authority, state))
            catalogue.load(content, anchors_of(made.product.directory.all()), now=made.clock)
        issued = [
            (issued.revocation is not None, (str(a.kind), issued.serial, a.key_id.hex()))
            for a in made.world.authorities
            for issued in state.of_generation(a.kind, a.generation)
        ]
        revoked = next(name for is_revoked, name in issued if is_revoked and name[0] == "user")
        good = next(name for is_revoked, name in issued if not is_revoked and name[0] == "user")
        yield Listed(made, revoked, good, made.environment)
