"""A town with a card host: the deployed nginx files before it, and browsers that make handshakes with it."""

import base64
import http.client
import re
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from urllib.parse import urlsplit

from components.nginx import KEY, Fronts, fronts
from components.serving import served
from components.tls import make_tls
from components.town import BASE_URL, Login, Town, town
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from idp.cli.front import pages_of

SECONDS = 20
Headers = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a listener answered: status, Location (empty for none), headers, body."""

    status: int
    location: str
    headers: http.client.HTTPMessage
    body: str


@dataclass(frozen=True, slots=True)
class CardHostTown:
    """A town whose tenant aoba has switched the card host on. `direct`: where the product listens itself."""

    town: Town
    fronts: Fronts
    direct: str

    def files(self, name: str) -> tuple[Path, Path]:
        """Certificate and key of the world by the name of its files, such as `hanako-auth`."""
        residents = self.town.folder / "world" / "residents"
        return residents / f"{name}.pem", residents / f"{name}.key"

    def field(self, name: str = "hanako-auth") -> str:
        """A resident's certificate, which is no secret, as RFC 9440 writes it."""
        certificate = x509.load_pem_x509_certificate(self.files(name)[0].read_bytes())
        return f":{base64.b64encode(certificate.public_bytes(Encoding.DER)).decode()}:"

    def begin(self) -> Login:
        """A login at the library, its card page open."""
        return self.town.begin(self.town.library)

    def address(self, login: Login) -> str:
        """Where the card page's link leads, path only. Raises TypeError where the page has no such link."""
        page = self.town.get(login.browser, login.page_url).text
        url = unescape(re.search(r'id="card-browser" href="([^"]+)"', page)[1])
        assert url.startswith(self.fronts.card_host + "/")
        return urlsplit(url).path

    def handshake(
        self,
        path: str,
        files: tuple[Path, Path] | None,
        headers: Headers = (),
        *,
        method: str = "GET",
        port: int | None = None,
    ) -> Answer:
        """One visit to the card host (or another TLS listener) with that certificate, or with none."""
        context = ssl.create_default_context(cafile=str(self.fronts.tls.ca_file))
        if files is not None:
            context.load_cert_chain(*files)
        where = port or self.fronts.card_port
        connection = http.client.HTTPSConnection("localhost", where, context=context, timeout=SECONDS)
        return asked(connection, method, path, headers)

    def past_the_fronts(self, path: str, headers: Headers = (), *, method: str = "GET") -> Answer:
        """One visit to the product itself, under the issuer's name."""
        connection = http.client.HTTPConnection(urlsplit(self.direct).netloc, timeout=SECONDS)
        return asked(connection, method, path, [("Host", urlsplit(BASE_URL).netloc), *headers])

    def show(self, login: Login, name: str = "hanako-auth", headers: Headers = ()) -> Answer:
        """From the card page to the card host with that certificate."""
        return self.handshake(self.address(login), self.files(name), headers)

    def refusal(self, login: Login) -> str:
        """What the waiting page is told."""
        state = self.town.get(login.browser, login.page_url, headers={"Accept": "application/json"}).json
        return state.get("refusal", state["state"])


def asked(connection: http.client.HTTPConnection, method: str, path: str, headers: Headers) -> Answer:
    """One request with its headers exactly as given, twice the same among them."""
    own_host = any(name == "Host" for name, _ in headers)
    connection.putrequest(method, path, skip_host=own_host, skip_accept_encoding=True)
    for name, value in headers:
        connection.putheader(name, value)
    connection.endheaders()
    answer = connection.getresponse()
    body = answer.read().decode(errors="replace")
    connection.close()
    return Answer(answer.status, answer.headers.get("Location", ""), answer.headers, body)


@contextmanager
def card_host_town(folder: Path, founded: Path) -> Iterator[CardHostTown]:
    """Product, both listeners, and the tenant's setting."""
    (folder / "key").write_text(KEY)
    with town(folder, founded, environment={"IDP_CARD_HOST_KEY_FILE": str(folder / "key")}) as made:
        authorities = folder / "authorities.pem"
        pems = sorted((folder / "world" / "authorities").glob("user-*.pem"))
        authorities.write_text("".join(pem.read_text() for pem in pems))
        host = urlsplit(BASE_URL).netloc
        write_front_pages(made, folder / "front")
        with (
            served(made.product.app.wsgi_app) as direct,
            fronts(
                folder,
                make_tls(folder),
                upstream=urlsplit(direct).netloc,
                issuer_host=host,
                authorities=authorities,
            ) as listening,
        ):
            switch(made, listening.card_host)
            yield CardHostTown(made, listening, direct)


def write_front_pages(made: Town, to: Path) -> None:
    """What nginx shows by itself, as `idp tenant front-pages` writes it."""
    to.mkdir()
    for name, content in pages_of(made.product.directory.tenant("aoba")).items():
        (to / name).write_bytes(content)


def switch(made: Town, card_host: str) -> None:
    """Switch the card host on, or off with an empty text, at aoba."""
    tenant = made.product.directory.tenant("aoba")
    made.product.policies.change_tenant(tenant, revocation={}, card_host=card_host)
