"""Services with foreign software, each a server of its own on a loopback port, for the length of a block."""

import json
import secrets
import shutil
import socket
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from clients.provider import Provider
from clients.ways import MODULE_KEY, MODULE_PUBLIC_KEY
from components.process import Server, plain_environment

PARTIES = Path(__file__).with_name("parties")
MODULES = Path("/usr/lib/apache2/modules")
_OWN_NODE = Path(__file__).parent / "node_modules" / "node" / "bin" / "node"
NODE = str(_OWN_NODE) if _OWN_NODE.exists() else shutil.which("node") or "node"
APACHE = "/usr/sbin/apache2"
PAGE = """user=<!--#echo var="REMOTE_USER" --> sub=<!--#echo var="OIDC_CLAIM_sub" -->
token=<!--#echo var="OIDC_id_token" -->
"""


@contextmanager
def javascript(provider: Provider, library: str, port: int, ways: Mapping[str, Any]) -> Iterator[str]:
    """The site of `parties/site.js` with that library; its address."""
    with _program(provider, [NODE, PARTIES / f"{library}.js"], library, port, ways=ways) as address:
        yield address


@contextmanager
def python(provider: Provider, name: str, port: int, registered: Mapping[str, str]) -> Iterator[str]:
    """A site of `parties` in Python; its address."""
    more = {**registered, "ca_file": str(provider.ca_file), "secret_key": secrets.token_urlsafe(32)}
    with _program(provider, [sys.executable, PARTIES / f"{name}.py"], name, port, **more) as address:
        yield address


@contextmanager
def apache(
    provider: Provider, ports: Mapping[str, int], registered: Mapping[str, Mapping[str, str]]
) -> Iterator[Mapping[str, str]]:
    """Debian's Apache with mod_auth_openidc; the addresses of the pages that it protects."""
    plain, keyed = registered["apache"], registered["apache-keyed"]
    with tempfile.TemporaryDirectory() as folder:
        run = Path(folder)
        run.chmod(0o755)  # its children are not root
        (run / "pages" / "protected").mkdir(parents=True)
        (run / "pages" / "protected" / "index.html").write_text(PAGE)
        shutil.copy(provider.ca_file, run / "ca.pem")
        filled = {
            **{"run": run, "modules": MODULES, "user": "www-data", "issuer": provider.issuer},
            **{
                "passphrase": secrets.token_urlsafe(32),
                "port": ports["apache"],
                "keyed_port": ports["apache-keyed"],
            },
            **{"client_id": plain["client_id"], "client_secret": plain["client_secret"]},
            **{"keyed_client_id": keyed["client_id"], "keyed_key": provider.folder / MODULE_KEY},
            "keyed_public_key": provider.folder / MODULE_PUBLIC_KEY,
        }
        (run / "apache.conf").write_text((PARTIES / "apache.conf").read_text().format(**filled))
        command = [APACHE, "-f", run / "apache.conf", "-DFOREGROUND"]
        with _running(command, ports["apache"], run / "error.log", plain_environment()):
            yield {name: f"http://127.0.0.1:{ports[name]}/protected/" for name in ("apache", "apache-keyed")}


@contextmanager
def _program(
    provider: Provider, command: Sequence[str | Path], name: str, port: int, **settings: Any
) -> Iterator[str]:
    file = provider.folder / f"{name}.json"
    file.write_text(json.dumps({"issuer": provider.issuer, "port": port, **settings}))
    environment = plain_environment(NODE_EXTRA_CA_CERTS=str(provider.ca_file))
    with _running([*command, file], port, provider.folder / f"{name}.log", environment):
        yield f"http://127.0.0.1:{port}"


@contextmanager
def _running(
    command: Sequence[str | Path], port: int, log: Path, environment: Mapping[str, str]
) -> Iterator[None]:
    server = Server(command, log, env=environment)
    try:
        server.wait_until(lambda: _open(port), 60.0)
        yield
    finally:
        server.stop()


def _open(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
