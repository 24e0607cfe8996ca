"""nginx before the product: the files of `deploy/nginx` as they are, moved to loopback ports."""

import getpass
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from components.ports import free_port
from components.process import Server, plain_environment
from components.tls import ServerTls

NGINX = "/usr/sbin/nginx"
DEPLOYED = Path(__file__).parents[2] / "deploy" / "nginx"
KEY = "4-secret-that-the-card-host-shares"
MTLS_KEY = "5-secret-that-the-mtls-host-shares"
_MAIN = """daemon off;
user {user};
pid {run}/nginx.pid;
error_log stderr emerg;
worker_processes 1;
events {{ worker_connections 256; }}
http {{
    access_log off;
    client_body_temp_path {run}/body;
    proxy_temp_path {run}/proxy;
    fastcgi_temp_path {run}/fastcgi;
    uwsgi_temp_path {run}/uwsgi;
    scgi_temp_path {run}/scgi;
    include {run}/issuer.conf;
    include {run}/client-cert.conf;
    include {run}/card-host.conf;
    include {run}/mtls-host.conf;
}}
"""


@dataclass(frozen=True, slots=True)
class Fronts:
    """The listeners on 127.0.0.1: of the issuer's, the card's and the mTLS host. `tls`: who vouches for them."""

    issuer_port: int
    card_port: int
    mtls_port: int
    tls: ServerTls

    @property
    def mtls_host(self) -> str:
        """The mTLS host's origin."""
        return f"https://localhost:{self.mtls_port}"

    @property
    def card_host(self) -> str:
        """The card host's origin."""
        return f"https://localhost:{self.card_port}"


@contextmanager
def fronts(
    folder: Path,
    tls: ServerTls,
    *,
    upstream: str,
    issuer_host: str,
    authorities: Path,
    service_authorities: Path | None = None,
    issuer_port: int = 0,
) -> Iterator[Fronts]:
    """All server blocks in one nginx.

    `upstream`: where the product listens, `host:port`; `issuer_host`: what it is called there; `authorities`: PEM
    of the authorities that the card host names; `service_authorities`: of those that may vouch for services, by
    default `tls`'s; `issuer_port`: where the issuer's host listens, by default anywhere; the pages lie in `front`
    of `folder`.
    """
    made = Fronts(issuer_port or free_port(), free_port(), free_port(), tls)
    run = folder / "nginx"
    run.mkdir()
    (run / "key.conf").write_text(f'proxy_set_header Card-Host-Key "{KEY}";\n')
    (run / "mtls-key.conf").write_text(f'proxy_set_header Mtls-Host-Key "{MTLS_KEY}";\n')
    both = {"http://127.0.0.1:8000": f"http://{upstream}"}
    issuer = {
        **_listener(made.issuer_port, tls, "login.city.example"),
        "Host $host": f"Host {issuer_host}",
        "/var/log/nginx/idp-error.log": str(run / "issuer.log"),
        "/var/log/nginx/idp-problems.log": str(run / "issuer-problems.log"),
        "root /etc/idp;": f"root {folder};",
        "rate=20r/s": "rate=10000r/s",
    }
    card = {
        **_listener(made.card_port, tls, "card.city.example"),
        "/etc/idp/tls/jpki-user-authorities.pem": str(authorities),
        "/etc/idp/card-host-key.conf": str(run / "key.conf"),
        "Host login.city.example": f"Host {issuer_host}",
        "/var/log/nginx/card-host-error.log": str(run / "card.log"),
        "/var/log/nginx/card-host-problems.log": str(run / "card-problems.log"),
        "root /etc/idp;": f"root {folder};",
        "rate=10r/s": "rate=10000r/s",
    }
    mtls = {
        **_listener(made.mtls_port, tls, "mtls.city.example"),
        "/etc/idp/tls/service-authorities.pem": str(service_authorities or tls.ca_file),
        "/etc/idp/mtls-host-key.conf": str(run / "mtls-key.conf"),
        "Host login.city.example": f"Host {issuer_host}",
        "/var/log/nginx/mtls-host-error.log": str(run / "mtls.log"),
        "rate=20r/s": "rate=10000r/s",
    }
    (run / "client-cert.conf").write_text(_moved("client-cert.conf", {}))
    (run / "mtls-host.conf").write_text(_moved("mtls-host.conf", {**both, **mtls}))
    (run / "issuer.conf").write_text(_moved("idp.conf", {**both, **issuer}))
    (run / "card-host.conf").write_text(_moved("card-host.conf", {**both, **card}))
    (run / "nginx.conf").write_text(_MAIN.format(run=run, user=getpass.getuser()))
    server = Server([NGINX, "-p", run, "-c", "nginx.conf"], run / "stderr", env=plain_environment())
    try:
        server.wait_until(lambda: all(_open(port) for port in (made.issuer_port, made.card_port, made.mtls_port)))
        yield made
    finally:
        server.stop()


def _listener(port: int, tls: ServerTls, name: str) -> Mapping[str, str]:
    return {
        "listen 443 ssl": f"listen 127.0.0.1:{port} ssl",
        f"/etc/idp/tls/{name}.pem": str(tls.certificate),
        f"/etc/idp/tls/{name}.key": str(tls.key),
    }


def _moved(name: str, places: Mapping[str, str]) -> str:
    """The deployed file with these places instead of its own, each of which must be there."""
    text = (DEPLOYED / name).read_text()
    for place, moved in places.items():
        assert place in text, f"{name} has no {place}"
        text = text.replace(place, moved)
    return text


def _open(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
