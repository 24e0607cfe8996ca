"""nginx before the demo: the files of `deploy/nginx` as they are, moved to loopback, in a child process."""

import getpass
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from idp.cli.conformance.certificates import Certificates
from idp.cli.output import CommandFailed, Exit

_PLACES = "/usr/sbin:/usr/local/sbin:/usr/local/bin:/opt/homebrew/bin"
"""Where nginx may be for a user whose PATH does not name it."""
_SHIPPED = (Path(__file__).with_name("nginx"), Path(__file__).parents[3] / "deploy" / "nginx")
"""The files, in a wheel and in a checkout."""
_START_SECONDS = 20.0
_MAIN = """daemon off;
{user}
pid nginx.pid;
error_log error.log crit;
worker_processes 1;
events {{ worker_connections 512; }}
http {{
    access_log off;
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    include issuer.conf;
    include client-cert.conf;
    include mtls-host.conf;
}}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Front:
    """Both listeners: `port` of the issuer and `mtls_port` for services with certificates, before `upstream`.

    `folder`: for nginx's own files; `key`: the secret that it shows with a service's certificate.
    """

    folder: Path
    port: int
    mtls_port: int
    upstream: int
    certificates: Certificates
    key: str

    @contextmanager
    def running(self) -> Iterator[None]:
        """nginx, as long as this process lives. Raises CommandFailed when it is not there or does not start."""
        program = require_nginx()
        self.folder.mkdir(mode=0o700, exist_ok=True)
        for name, text in self.files().items():
            (self.folder / name).write_text(text, encoding="utf-8")
        log = self.folder / "stderr.log"
        with log.open("wb") as output:
            command = [*_dies_with_us(), program, "-p", str(self.folder), "-c", "nginx.conf", "-e", "error.log"]
            process = subprocess.Popen(  # noqa: S603 - our own words
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=output
            )
        try:
            self._wait(process, log)
            yield
        finally:
            process.terminate()
            process.wait()

    def _wait(self, process: subprocess.Popen[bytes], log: Path) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while not (_listens(self.port) and _listens(self.mtls_port)):
            if process.poll() is not None or time.monotonic() > deadline:
                raise CommandFailed(f"nginx does not start: see {log}", Exit.UNREACHABLE)
            time.sleep(0.05)

    def files(self) -> Mapping[str, str]:
        """nginx's configuration, text by name of the file. Raises CommandFailed as `_moved`."""
        both = {
            "http://127.0.0.1:8000": f"http://127.0.0.1:{self.upstream}",
            'add_header Strict-Transport-Security "max-age=63072000" always;': "",  # which holds for every port
            "rate=20r/s": "rate=1000r/s",
            "/var/log/nginx/": f"{self.folder}/",
        }
        issuer = {
            **self._listener(self.port, "login.city.example"),
            "Host $host": "Host $http_host",
            "error_page 502 503 504 /front/problem.html;": "",
        }
        mtls = {
            **self._listener(self.mtls_port, "mtls.city.example"),
            "/etc/idp/tls/service-authorities.pem": str(self.certificates.ca_file),
            "/etc/idp/mtls-host-key.conf": "key.conf",
            "Host login.city.example": f"Host localhost:{self.port}",
        }
        return {
            "nginx.conf": _MAIN.format(user=_user()),
            "key.conf": f'proxy_set_header Mtls-Host-Key "{self.key}";\n',
            "client-cert.conf": _moved("client-cert.conf", {}),
            "issuer.conf": _moved("idp.conf", {**issuer, **both}),
            "mtls-host.conf": _moved("mtls-host.conf", {**mtls, **both}),
        }

    def _listener(self, port: int, name: str) -> Mapping[str, str]:
        certificate, key = self.certificates.server
        return {
            "listen 443 ssl": f"listen 127.0.0.1:{port} ssl",
            f"/etc/idp/tls/{name}.pem": str(certificate),
            f"/etc/idp/tls/{name}.key": str(key),
            f"server_name {name}": "server_name localhost",
        }


def require_nginx() -> str:
    """Where nginx is. Raises CommandFailed."""
    program = shutil.which("nginx") or shutil.which("nginx", path=_PLACES)
    if program is None:
        raise CommandFailed(
            "--conformance needs nginx, which is not installed here (Debian: apt install nginx-light)",
            Exit.UNREACHABLE,
        )
    return program


def _dies_with_us() -> list[str]:
    """Words that end nginx when this process is killed, where the system has them (util-linux)."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "TERM"] if setpriv else []


def _user() -> str:
    """As whom the workers run: only root can say so, and root's are root's, since the data are."""
    return f"user {getpass.getuser()};" if os.geteuid() == 0 else ""


def _moved(name: str, places: Mapping[str, str]) -> str:
    """The file with these places instead of its own. Raises CommandFailed where there is no such file or place."""
    file = next((folder / name for folder in _SHIPPED if (folder / name).is_file()), None)
    if file is None:
        raise CommandFailed("the files of deploy/nginx are missing from this installation", Exit.REFUSED)
    text = file.read_text(encoding="utf-8")
    for place, moved in places.items():
        if place not in text:
            raise CommandFailed(f"deploy/nginx/{name} has no {place}", Exit.REFUSED)
        text = text.replace(place, moved)
    return text


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
