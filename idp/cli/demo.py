"""`idp demo`: everything embedded, a sandbox town, sample services; Ctrl-C ends it."""

import json
import os
import secrets
import ssl
import threading
import time
import urllib.request
from collections.abc import Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated, Any

import typer

from idp import compose, logs
from idp.cli import demo_ready, serving, town
from idp.cli import ports as demo_ports
from idp.cli.conformance import Stage, require_nginx
from idp.cli.context import ENVIRONMENT_FILE, build, real_now
from idp.cli.demo_ready import card_command
from idp.cli.files import write_whole
from idp.cli.options import AsJson
from idp.cli.output import CommandFailed, Exit, errors_as_exit_codes
from idp.cli.relay import relay_loopback
from idp.cli.roll import Credentials, Roll
from idp.cli.sample_sites import SampleSites
from idp.cli.sandbox import READY_FILE
from idp.developer.sample import create_sample
from idp.settings import read_settings
from idp.store import migrate

_START_SECONDS = 60
_ANOTHER_DEMO = "take another folder and port (--data, --port; make demo: DATA=, PORT=)"


def mount(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(demo)


def demo(
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 8000,
    data: Annotated[Path, typer.Option(help="Folder of the demo's data.")] = Path(".idp-demo"),
    ready_file: Annotated[Path | None, typer.Option(help="Write a JSON description here when up.")] = None,
    conformance: Annotated[
        bool,
        typer.Option(
            "--conformance",
            help="Serve https behind nginx, with the clients of the OpenID Foundation's conformance suite and its "
            "configuration files (deploy/runbooks/conformance.md); needs nginx, and a folder of its own.",
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Run the whole product with a sandbox town and sample services, on this computer alone; Ctrl-C ends it."""
    with errors_as_exit_codes(as_json=as_json):
        logs.configure(quiet=True)
        if conformance:
            require_nginx()
        if ready_file is not None and not ready_file.parent.is_dir():
            raise CommandFailed(f"there is no folder {ready_file.parent} for the ready file", Exit.USAGE)
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder = data.absolute()
        with serving.lock(folder / "lock", _ANOTHER_DEMO), serving.lock(folder / "idp.db.lock", _ANOTHER_DEMO):
            Demo(folder, port, conformance=conformance).run(ready_file)


class Demo:
    """One run of the demo over its folder."""

    def __init__(self, folder: Path, port: int, *, conformance: bool) -> None:
        self._folder = folder
        self._ports = demo_ports.settle(folder / "ports.json", port, len(town.SERVICES), tls=conformance)
        self._stage = Stage(folder, self._ports, secrets.token_bytes) if conformance else None
        self._base_url = self._stage.base_url if self._stage else f"http://localhost:{self._ports.provider}"
        self._ca_file = str(self._stage.ca_file) if self._stage else None
        self._jlis = f"http://localhost:{self._ports.jlis}"
        self._tray = f"http://localhost:{self._ports.tray}"

    def run(self, ready_file: Path | None) -> None:
        """Set up what is missing, start everything, serve until interrupted."""
        ready_files = [self._folder / READY_FILE, *([ready_file] if ready_file else [])]
        for stale in ready_files:
            stale.unlink(missing_ok=True)
        try:
            with self._stage.front(real_now()) if self._stage else nullcontext():
                self._serve(ready_files)
        finally:
            for file in ready_files:
                file.unlink(missing_ok=True)

    def _serve(self, ready_files: list[Path]) -> None:
        world = compose.sandbox(
            self._folder / "sandbox", self._folder / "clock", secrets.token_bytes, ca_file=self._ca_file
        )
        environment = self._environment()
        serving.start_thread_server(self._ports.jlis, world.jlis)
        product = self._set_up(world)
        tenants = product.directory.all()
        serving.start_thread_server(self._ports.tray, world.tray([tenant.issuer for tenant in tenants]))
        credentials = self._start_services(product, world)
        relay_loopback(self._ports.all())
        ready = demo_ready.ready(
            product, world, credentials, base_url=self._base_url, jlis=self._jlis, tray=self._tray
        )
        if self._stage:
            ready = self._stage.tell(ready, credentials)
        product.store.engine.dispose()
        threading.Thread(target=self._announce, args=(ready, ready_files), daemon=True).start()
        checks = {"database": product.store.ping, "keys": product.keys.ping}
        serving.run(read_settings(environment), environment, checks)

    def _start_services(self, product: compose.Product, world: compose.Sandbox) -> Mapping[str, Credentials]:
        """The sample services' sites; the credentials of all services of the ready file, in its order."""
        roll = Roll(self._folder)
        samples = SampleSites(
            ports=self._ports.samples,
            base_url=self._base_url,
            ca_file=self._ca_file,
            now=world.clock,
            token_bytes=secrets.token_bytes,
        )
        credentials = samples.credentials(product, roll)
        for port, site in zip(self._ports.samples, samples.sites(credentials), strict=True):
            serving.start_thread_server(port, create_sample(site))
        return {**credentials, **(self._stage.credentials(product, roll) if self._stage else {})}

    def _environment(self) -> dict[str, str]:
        """The server's settings, also left in the folder for other commands."""
        values = {
            "IDP_MODE": "sandbox",
            "IDP_LOG_LEVEL": "warning",
            "IDP_DATABASE_URL": f"sqlite:///{self._folder / 'idp.db'}",
            "IDP_KEYFILE": str(self._folder / "keys"),
            "IDP_KEYFILE_UNLOCK_FILE": str(self._folder / "unlock.key"),
            "IDP_PORT": str(self._ports.upstream or self._ports.provider),
            "IDP_HOME_URL": f"http://localhost:{self._ports.samples[0]}/",
            "IDP_MANAGEMENT_SOCKET": str(self._folder / "management.sock"),
            "IDP_OCSP_URL": f"http://127.0.0.1:{self._ports.jlis}/ocsp",
            "IDP_OCSP_CACHE_SECONDS": "0",
            "IDP_CRL_URL": f"http://127.0.0.1:{self._ports.jlis}/crl",
            "IDP_CRL_DIRECTORY": str(self._folder / "crl"),
            "IDP_CRL_REFRESH_SECONDS": "0",
            "IDP_LINEAGE_URL": f"http://127.0.0.1:{self._ports.jlis}/lineage",
            "IDP_TIES_URL": f"http://127.0.0.1:{self._ports.jlis}/ties",
            "IDP_LATEST_URL": f"http://127.0.0.1:{self._ports.jlis}/latest",
            "IDP_TRAY_URL": self._tray,
            "IDP_EVENT_DELAY_SECONDS": "5",
            "IDP_SAMPLE_COMMAND": card_command(self._folder / "sandbox" / "residents" / "hanako.card.json"),
            "IDP_CLOCK_FILE": str(self._folder / "clock"),
            **(self._stage.settings() if self._stage else {}),
        }
        lines = "".join(f"{name}={value}\n" for name, value in values.items())
        (self._folder / ENVIRONMENT_FILE).write_text(lines, encoding="utf-8")
        return values

    def _set_up(self, world: compose.Sandbox) -> compose.Product:
        """Keys, database, tenants with their anchors, services: whatever an earlier run did not finish."""
        keyfile, unlock = self._folder / "keys", self._folder / "unlock.key"
        if not keyfile.exists():
            unlock.unlink(missing_ok=True)
            compose.new_keyfile(keyfile, unlock, secrets.token_bytes)
        unmigrated = build(self._folder, migrated=False).store
        migrate.upgrade(unmigrated)
        unmigrated.engine.dispose()
        product = build(self._folder)
        administration = product.administration
        for wanted in (*town.tenants(self._base_url), *([self._stage.tenant()] if self._stage else [])):
            tenant = product.directory.tenant(wanted.tenant_id) or administration.create_tenant(wanted)
            known = {anchor.spki_sha256 for anchor in tenant.anchors}
            for kind, der in world.anchors if len(known) < len(world.anchors) else []:
                administration.load_anchor(tenant, kind, der)
            if not tenant.settings.offices:
                product.policies.change_tenant(
                    tenant,
                    revocation={},
                    offices=town.OFFICE,
                    methods=town.METHODS.get(wanted.tenant_id, ()),
                    municipalities=town.MUNICIPALITIES,
                )
        return product

    def _announce(self, ready: dict[str, Any], files: list[Path]) -> None:
        """When everything answers: print the box, write the ready files."""
        url = f"{ready['tenants'][0]['issuer']}/.well-known/openid-configuration"
        deadline = time.monotonic() + _START_SECONDS
        while not _answers(url, self._ca_file):
            if time.monotonic() > deadline:
                os._exit(Exit.UNREACHABLE)
            time.sleep(0.1)
        for file in files:
            write_whole(file, json.dumps(ready, ensure_ascii=False, indent=1))
        more = self._stage.lines() if self._stage else ()
        print(demo_ready.box(ready, self._ports.samples[0], more), flush=True)


def _answers(url: str, ca_file: str | None) -> bool:
    trusted = ssl.create_default_context(cafile=ca_file) if ca_file else None
    try:
        with urllib.request.urlopen(url, timeout=2, context=trusted):
            return True
    except OSError:
        return False
