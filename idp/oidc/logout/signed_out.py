"""What is shown after logging out: each service with how far it was told, and what this browser itself tells.

A front channel reaches services in the sector where the resident asked to log out, no others: requests that leave
one browser in one moment would join what a person is called in two sectors.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from idp.store.sessions import Participant, Told
from idp.tenants.tenancy import Tenant

_SHOWN = {
    Told.WAITING: "waiting",
    Told.TOLD: "told",
    Told.FRONT: "front",
    Told.NOBODY: "by_hand",
    Told.GIVEN_UP: "by_hand",
}
_GRAVEST = ("by_hand", "waiting", "front", "told")
"""Of a service with several sessions the first of these is shown."""


@dataclass(frozen=True, slots=True)
class View:
    """`services`: (name, state) as `signed_out.html` takes them; `frames`: addresses of front channels."""

    services: Sequence[tuple[str, str]]
    frames: Sequence[str]

    @property
    def state(self) -> str:
        """Changes whenever one more service was told."""
        return str(sum(state == "waiting" for _, state in self.services))


def view(tenant: Tenant, participants: Iterable[Participant], *, sector_id: str, language: str) -> View:
    """How it stands. `sector_id`: where the resident asked, empty where in none."""
    shown: dict[str, str] = {}
    frames = []
    for service in participants:
        client = tenant.clients.get(service.client_id)
        if client is None:
            continue
        in_sector = client.sector_id == sector_id
        state = _SHOWN.get(service.told, "waiting")
        if state == "front" and not in_sector:
            state = "by_hand"
        if client.frontchannel_logout_uri is not None and in_sector:
            frames.append(_frame(tenant, client.frontchannel_logout_uri, service.sid))
        name = client.name(language)
        shown[name] = min(state, shown.get(name, state), key=_GRAVEST.index)
    return View(list(shown.items()), frames)


def _frame(tenant: Tenant, uri: str, sid: str) -> str:
    """OpenID Connect Front-Channel Logout 1.0, section 2."""
    return uri + ("&" if "?" in uri else "?") + urlencode({"iss": tenant.issuer, "sid": sid})
