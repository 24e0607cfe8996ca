"""The product for foreign clients: `idp serve` behind nginx by https, with an mTLS host; services by command."""

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests
from components.mtls import Authority
from components.nginx import MTLS_KEY, Fronts, fronts
from components.ports import free_port
from components.process import Server, plain_environment
from components.tls import ServerTls, make_tls
from components.town import Town
from cryptography.hazmat.primitives.serialization import Encoding
from typer.testing import CliRunner

from idp.cli.main import app
from idp.registration import NewTenant

IDP = Path(sys.executable).with_name("idp")
TENANT = "aoba"
START_SECONDS = 90.0


class Municipality(Town):
    """A town of one tenant, whose issuer is an https address of nginx."""

    def __init__(self, folder: Path, founded: Path, issuer: str, **options: Any) -> None:
        self.issuer = issuer
        super().__init__(folder, founded, **options)

    def found(self) -> None:
        """See Town."""
        administration = self.product.administration
        wish = NewTenant(
            tenant_id=TENANT,
            issuer=self.issuer,
            name_ja="青葉市（見本）",
            name_en="Sample City",
            crest="青",
            sandbox=True,
        )
        tenant = administration.create_tenant(wish)
        for kind, der in self.world.anchors():
            administration.load_anchor(tenant, kind, der)


@dataclass(frozen=True)
class Provider:
    """What clients and residents meet. `authority`: whose certificates its mTLS host vouches for."""

    town: Municipality
    fronts: Fronts
    authority: Authority
    folder: Path

    @property
    def issuer(self) -> str:
        """Of the one tenant."""
        return self.town.issuer

    @property
    def ca_file(self) -> Path:
        """Whom every client has to trust."""
        return self.fronts.tls.ca_file

    def idp(self, *words: object) -> Any:
        """What an administrator does; the command's JSON. In this process: starting one costs seconds each."""
        done = CliRunner().invoke(app, [*map(str, words), "--json"], env=self.town.environment)
        assert done.exit_code == 0, done.output
        return json.loads(done.stdout)

    def register(self, service_id: str, *words: object) -> Mapping[str, str]:
        """Register a service; its client id and, where it has one, its secret."""
        return self.of_tenant("service", "create", service_id, "--name-ja", f"見本の{service_id}", *words)

    def of_tenant(self, *words: object) -> Any:
        """A command about what the tenant has."""
        return self.idp(*words, "--tenant", TENANT)

    def answers(self) -> bool:
        """Whether metadata comes through nginx."""
        url = f"{self.issuer}/.well-known/openid-configuration"
        return requests.get(url, verify=str(self.ca_file), timeout=10).status_code == 200


@contextmanager
def provider(folder: Path, founded: Path) -> Iterator[Provider]:
    """Everything but the server, which `serving` starts when the services are registered."""
    tls, authority, issuer_port, port = make_tls(folder), Authority.found("Services CA"), free_port(), free_port()
    authorities = folder / "service-authorities.pem"
    authorities.write_bytes(authority.certificate.public_bytes(Encoding.PEM))
    (folder / "mtls-key").write_text(MTLS_KEY)
    (folder / "front").mkdir()
    issuer_host = f"localhost:{issuer_port}"
    environment = {"IDP_MTLS_HOST_KEY_FILE": str(folder / "mtls-key"), "IDP_PORT": str(port)}
    with ExitStack() as stack:
        town = Municipality(folder, founded, f"https://{issuer_host}/t/{TENANT}", environment=environment)
        stack.callback(town.close)
        listening = stack.enter_context(_fronts(folder, tls, authorities, port, issuer_host, issuer_port))
        made = Provider(town, listening, authority, folder)
        tenant = town.product.directory.tenant(TENANT)
        town.product.policies.change_tenant(tenant, revocation={}, mtls_host=listening.mtls_host)
        yield made


@contextmanager
def serving(made: Provider) -> Iterator[None]:
    """The server process, which does what is due itself."""
    server = Server([IDP, "serve"], made.folder / "serve.log", env=plain_environment(**made.town.environment))
    try:
        server.wait_until(made.answers, START_SECONDS)
        yield
    finally:
        server.stop()


def _fronts(folder: Path, tls: ServerTls, authorities: Path, port: int, issuer_host: str, issuer_port: int):
    return fronts(
        folder,
        tls,
        upstream=f"127.0.0.1:{port}",
        issuer_host=issuer_host,
        authorities=tls.ca_file,
        service_authorities=authorities,
        issuer_port=issuer_port,
    )
