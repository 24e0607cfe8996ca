"""The LINK of the card login protocol, sections 1 and 3: what an authenticator is handed, read strictly."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

_LINK = re.compile(
    r"(?P<scheme>(?i:https?|jpki-login))://"
    r"(?P<host>(?i:[a-z0-9]([a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\]))(?::(?P<port>[0-9]{1,5}))?"
    r"(?P<path>(?:/[A-Za-z0-9._~-]+)*)/card/(?P<handle>[A-Za-z0-9_-]{22})"
)
"""The whole grammar: no user name, query or fragment; a handle is 128 bits in base64url."""
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})
_DEFAULT_PORTS = {"http": 80, "https": 443}
MAX_CHARACTERS = 2048


class LinkMalformed(ValueError):
    """What was handed in is not a LINK that may be opened; the message says why."""


@dataclass(frozen=True, slots=True)
class Link:
    """A LINK, normalised: `origin` is `scheme://host[:port]` in lower case with the default port left out.

    What is fetched is `url`, built from these parts, so that the origin that is signed is the one fetched.
    """

    origin: str
    issuer: str
    handle: str

    @property
    def url(self) -> str:
        """`{issuer}/card/{handle}`."""
        return f"{self.issuer}/card/{self.handle}"

    @property
    def host(self) -> str:
        """`host[:port]`, to be shown to the person before the PIN is asked for."""
        return urlsplit(self.origin).netloc

    def leads_home(self, unverified_url: str) -> bool:
        """Whether a URL has this link's origin and a path under the issuer; only such a one may be opened."""
        if not re.fullmatch(r"[!-~]+", unverified_url) or "\\" in unverified_url:
            return False
        if not unverified_url.startswith(self.issuer + "/"):
            return False
        path = re.split(r"[?#]", unverified_url, maxsplit=1)[0].removeprefix(self.issuer).lower()
        return not {".", ".."} & set(path.replace("%2e", ".").replace("%2f", "/").split("/"))


def parse(unverified_link: str, *, dev: bool) -> Link:
    """Read a LINK, as a web address or in the form for installed agents (`jpki-login://`).

    `dev` lets a loopback host be reached by http. Raises LinkMalformed for anything else than https, and for
    anything outside the grammar: a query in particular (terminals are another program's).
    """
    match = _LINK.fullmatch(unverified_link[: MAX_CHARACTERS + 1])
    if match is None or len(unverified_link) > MAX_CHARACTERS:
        raise LinkMalformed("not the address of a card login")
    host, path = match["host"].lower(), match["path"]
    if {".", ".."} & set(path.split("/")):
        raise LinkMalformed("dot segments in the address")
    scheme = match["scheme"].lower()
    if scheme == "jpki-login":
        scheme = "http" if dev and host in _LOOPBACK else "https"
    if scheme == "http" and not (dev and host in _LOOPBACK):
        raise LinkMalformed("https is required; http is for a loopback host with --dev only")
    origin = f"{scheme}://{host}{_port(scheme, match['port'])}"
    return Link(origin, origin + path, match["handle"])


def origin_of(unverified_link: str, *, dev: bool) -> str:
    """`scheme://host[:port]` that a fetch of this LINK really goes to, the default port left out."""
    return parse(unverified_link, dev=dev).origin


def _port(scheme: str, text: str | None) -> str:
    if text is None or int(text) == _DEFAULT_PORTS[scheme]:
        return ""
    if not 0 < int(text) < 65536:
        raise LinkMalformed("no such port")
    return f":{int(text)}"
