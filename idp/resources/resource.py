"""A registered resource: for whom its access tokens are, by which number they name a resident. Pure.

A resource belongs to the service that runs it, and so to that service's sector. A token for it names the resident
by the number of the service that asked; it is given only where that is the resource's own number too, within one
sector. To derive another number for the resource would be the other way. But then the asking service would hold,
beside its own number, a token that says the resource's, both of one resident: whoever sees both joins two sectors.
What must not be joined is therefore not brought together: another sector's service is refused.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

from idp import base64url

_MARK_BYTES = 16
_CONSENT = "resource:"


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource. `identifier`: its URI, the audience of its tokens; `client_id`: the service that runs it.

    `names` by language (`ja`, `en`), for residents. `callers`: client ids of the services that may ask for its
    tokens. `signing_alg`: of its tokens.
    """

    identifier: str
    client_id: str
    names: Mapping[str, str]
    scopes: tuple[str, ...]
    signing_alg: str
    callers: frozenset[str]

    @property
    def mark(self) -> str:
        """By which a grant remembers it: what another service runs, or another name, is another resource."""
        stated = json.dumps([self.identifier, self.client_id, self.names["ja"]], ensure_ascii=False)
        return base64url.encode(hashlib.sha256(stated.encode()).digest()[:_MARK_BYTES])

    @property
    def consent(self) -> str:
        """The item of a consent that stands for it."""
        return consent_item(self.mark)

    def name(self, language: str) -> str:
        """Its name for residents in that language, Japanese where it has none."""
        return self.names.get(language) or self.names["ja"]

    def to_text(self) -> str:
        """What its row says beside identifier and service."""
        members = {
            "names": dict(self.names),
            "scope": " ".join(self.scopes),
            "signing_alg": self.signing_alg,
            "callers": sorted(self.callers),
        }
        return json.dumps(members, ensure_ascii=False, sort_keys=True)


def read(identifier: str, client_id: str, text: str) -> Resource:
    """Undo `to_text`."""
    members = json.loads(text)
    return Resource(
        identifier=identifier,
        client_id=client_id,
        names=members["names"],
        scopes=tuple(members["scope"].split()),
        signing_alg=members["signing_alg"],
        callers=frozenset(members["callers"]),
    )


def consent_item(mark: str, scope: str = "") -> str:
    """What a resident agrees to, as a consent keeps it: that a service acts at a resource, with a scope or not."""
    return f"{_CONSENT}{mark}:{scope}" if scope else f"{_CONSENT}{mark}"
