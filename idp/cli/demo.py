"""`idp demo`: everything embedded, a sandbox town, sample services; Ctrl-C ends it."""

import json
import os
import secrets
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Annotated, Any

import typer

from idp import compose, logs
from idp.cli import ports as demo_ports
from idp.cli import serving, town
from idp.cli.context import ENVIRONMENT_FILE, build
from idp.cli.options import AsJson
from idp.cli.output import CommandFailed, Exit, errors_as_exit_codes
from idp.cli.relay import relay_loopback
from idp.cli.sandbox import READY_FILE
from idp.developer.sample import SampleService, create_sample
from idp.developer.sample.service import Neighbour
from idp.registration import NewService
from idp.settings import read_settings
from idp.store import migrate
from idp.tenancy import VERIFY

_CREDENTIALS_FILE = "services.json"
_START_SECONDS = 60
_FOREIGN = ("http://127.0.0.1:8901/callback", "http://127.0.0.1:8901/cb2")
_FOREIGN_BYE = ("http://127.0.0.1:8901/bye",)


def mount(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(demo)


def demo(
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 8000,
    data: Annotated[Path, typer.Option(help="Folder of the demo's data.")] = Path(".idp-demo"),
    ready_file: Annotated[Path | None, typer.Option(help="Write a JSON description here when up.")] = None,
    as_json: AsJson = False,
) -> None:
    """Run the whole product with a sandbox town, on this computer alone."""
    with errors_as_exit_codes(as_json=as_json):
        logs.configure(quiet=True)
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder = data.absolute()
        with serving.lock(folder / "lock"), serving.lock(folder / "idp.db.lock"):
            Demo(folder, port).run(ready_file)


class Demo:
    """One run of the demo over its folder."""

    def __init__(self, folder: Path, port: int) -> None:
        self._folder = folder
        self._ports = demo_ports.settle(folder / "ports.json", port, len(town.SERVICES))
        self._base_url = f"http://localhost:{self._ports.provider}"
        self._jlis = f"http://localhost:{self._ports.jlis}"
        self._tray = f"http://localhost:{self._ports.tray}"

    def run(self, ready_file: Path | None) -> None:
        """Set up what is missing, start everything, serve until interrupted."""
        ready_files = [self._folder / READY_FILE, *([ready_file] if ready_file else [])]
        for stale in ready_files:
            stale.unlink(missing_ok=True)
        world = compose.sandbox(self._folder / "sandbox", self._folder / "clock", secrets.token_bytes)
        environment = self._environment()
        serving.start_thread_server(self._ports.jlis, world.jlis)
        product = self._set_up(world)
        tenants = product.directory.all()
        serving.start_thread_server(self._ports.tray, world.tray([tenant.issuer for tenant in tenants]))
        credentials = self._credentials(product)
        for sample_port, sample in zip(self._ports.samples, self._samples(credentials), strict=True):
            serving.start_thread_server(sample_port, create_sample(sample))
        relay_loopback(self._ports.all())
        ready = self._ready(product, world, credentials)
        product.store.engine.dispose()
        threading.Thread(target=self._announce, args=(ready, ready_files), daemon=True).start()
        checks = {"database": product.store.ping, "keys": product.keys.ping}
        try:
            serving.run(read_settings(environment), environment, checks)
        finally:
            for file in ready_files:
                file.unlink(missing_ok=True)

    def _environment(self) -> dict[str, str]:
        """The server's settings, also left in the folder for other commands."""
        values = {
            "IDP_MODE": "sandbox",
            "IDP_LOG_LEVEL": "warning",
            "IDP_DATABASE_URL": f"sqlite:///{self._folder / 'idp.db'}",
            "IDP_KEYFILE": str(self._folder / "keys"),
            "IDP_KEYFILE_UNLOCK_FILE": str(self._folder / "unlock.key"),
            "IDP_PORT": str(self._ports.provider),
            "IDP_MANAGEMENT_SOCKET": str(self._folder / "management.sock"),
            "IDP_OCSP_URL": f"http://127.0.0.1:{self._ports.jlis}/ocsp",
            "IDP_OCSP_CACHE_SECONDS": "0",
            "IDP_CRL_URL": f"http://127.0.0.1:{self._ports.jlis}/crl",
            "IDP_CRL_DIRECTORY": str(self._folder / "crl"),
            "IDP_CRL_REFRESH_SECONDS": "0",
            "IDP_LINEAGE_URL": f"http://127.0.0.1:{self._ports.jlis}/lineage",
            "IDP_TRAY_URL": self._tray,
            "IDP_EVENT_DELAY_SECONDS": "5",
            "IDP_SAMPLE_COMMAND": _card_command(self._folder / "sandbox" / "residents" / "hanako.card.json"),
            "IDP_CLOCK_FILE": str(self._folder / "clock"),
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
        for wanted in town.tenants(self._base_url):
            tenant = product.directory.tenant(wanted.tenant_id) or administration.create_tenant(wanted)
            known = {anchor.spki_sha256 for anchor in tenant.anchors}
            for kind, der in world.anchors if len(known) < len(world.anchors) else []:
                administration.load_anchor(tenant, kind, der)
            if not tenant.settings.offices:
                product.policies.change_tenant(tenant, revocation={}, offices=town.OFFICE)
        return product

    def _credentials(self, product: compose.Product) -> dict[str, dict[str, str]]:
        """Client ids and secrets by service; the store knows secrets by their digest only."""
        file = self._folder / _CREDENTIALS_FILE
        known: dict[str, dict[str, str]] = json.loads(file.read_text()) if file.exists() else {}
        for service, port in zip(town.SERVICES, self._ports.samples, strict=True):
            if service.service_id in known:
                continue
            tenant = product.directory.tenant(service.tenant_id)
            if tenant is None:
                raise CommandFailed("a tenant of the demo is missing", Exit.REFUSED)
            registered = product.administration.register_service(
                tenant,
                NewService(
                    service_id=service.service_id,
                    name_ja=service.name_ja,
                    name_en=service.name_en,
                    purpose_ja=service.purpose_ja,
                    purpose_en=service.purpose_en,
                    redirect_uris=(f"http://localhost:{port}/callback", *_FOREIGN),
                    post_logout_redirect_uris=(*_FOREIGN_BYE, f"http://localhost:{port}/"),
                    backchannel_logout_uri=f"http://localhost:{port}/backchannel-logout",
                    backchannel_logout_session_required=True,
                    sector_id=service.sector_id,
                    sector_purpose=service.sector_purpose,
                    scopes=(*_scopes(service), *([VERIFY] if service.verify_purpose else [])),
                    verify_purpose=service.verify_purpose,
                    token_endpoint_auth_method=service.auth_method,
                    id_token_signed_response_alg=service.alg,
                    require_pkce=False,
                    event_endpoint=f"http://localhost:{port}/events",
                ),
            )
            secret = registered.client_secret or ""
            known[service.service_id] = {"client_id": registered.client_id, "client_secret": secret}
            file.touch(0o600)
            file.write_text(json.dumps(known))
        return known

    def _samples(self, credentials: dict[str, dict[str, str]]) -> list[SampleService]:
        homes = dict(zip((s.service_id for s in town.SERVICES), self._ports.samples, strict=True))
        neighbours = [
            Neighbour(
                names={"ja": s.name_ja, "en": s.name_en},
                home_url=f"http://localhost:{homes[s.service_id]}",
                group=f"{s.tenant_id}/{s.sector_id}",
            )
            for s in town.SERVICES
        ]
        return [
            SampleService(
                tenant_id=s.tenant_id,
                service_id=s.service_id,
                names={"ja": s.name_ja, "en": s.name_en},
                purposes={"ja": s.purpose_ja, "en": s.purpose_en},
                issuer=f"{self._base_url}/t/{s.tenant_id}",
                token_endpoint_auth_method=s.auth_method,
                scope=" ".join(_scopes(s)),
                home_url=f"http://localhost:{homes[s.service_id]}",
                neighbours=neighbours,
                secret_key=secrets.token_bytes(32),
                **credentials[s.service_id],
            )
            for s in town.SERVICES
        ]

    def _ready(
        self, product: compose.Product, world: compose.Sandbox, credentials: dict[str, dict[str, str]]
    ) -> dict[str, Any]:
        """The ready file's content."""
        return {
            "base_url": self._base_url,
            "tenants": [
                {
                    "id": tenant.tenant_id,
                    "issuer": tenant.issuer,
                    "services": [
                        {
                            "id": client.service_id,
                            **credentials[client.service_id],
                            "token_endpoint_auth_method": client.token_endpoint_auth_method,
                            "profile": client.profile,
                            "require_pkce": client.require_pkce,
                            "id_token_signed_response_alg": client.id_token_signed_response_alg,
                            "redirect_uris": list(client.redirect_uris),
                            "post_logout_redirect_uris": list(client.post_logout_redirect_uris),
                            "sector": client.sector_id,
                            "scopes": " ".join(client.scopes),
                            "jwks_private_file": None,
                        }
                        for client in _in_order(tenant.clients.values())
                    ],
                }
                for tenant in product.directory.all()
            ],
            "residents": [resident.ready() for resident in world.residents],
            "sandbox": {
                "url": self._jlis,
                "tray": self._tray,
                "ocsp": f"{self._jlis}/ocsp",
                "crl": f"{self._jlis}/crl",
                "control": f"{self._jlis}/control",
            },
        }

    def _announce(self, ready: dict[str, Any], files: list[Path]) -> None:
        """When everything answers: print the box, write the ready files."""
        url = f"{ready['tenants'][0]['issuer']}/.well-known/openid-configuration"
        deadline = time.monotonic() + _START_SECONDS
        while not _answers(url):
            if time.monotonic() > deadline:
                os._exit(Exit.UNREACHABLE)
            time.sleep(0.1)
        for file in files:
            _write_whole(file, json.dumps(ready, ensure_ascii=False, indent=1))
        print(box(ready, self._ports.samples[0]), flush=True)


def box(ready: dict[str, Any], sample_port: int) -> str:
    """What a newcomer needs next."""
    resident = ready["residents"][0]
    lines = [
        "見本の町ができました。次のページを開いて「ログイン」を押してください。",
        "The sample town is up. Open this page and sign in:",
        "",
        f"    http://localhost:{sample_port}/",
        "",
        "1. クリックだけで: ログイン画面の「見本のカードを選ぶ」を押す（暗証番号 1234）",
        "   By clicks: choose a sample card on the login page (PIN 1234)",
        "2. コマンドで: ログイン画面に出る LINK を使う / By command, with the LINK that the page shows:",
        f"   {_card_command(resident['card'])}",
        "",
        f"issuer   {ready['tenants'][0]['issuer']}",
        f"control  {ready['sandbox']['control']}   ({_beside_python('idp')} sandbox --help)",
        "Ctrl-C で終わります / Ctrl-C ends it. 本物のマイナンバーカードは使えません。",
    ]
    rule = "─" * 78
    return "\n".join([rule, *lines, rule])


def _scopes(service: town.DemoService) -> tuple[str, ...]:
    """What it asks for at each login."""
    return ("openid", *service.attributes, "jpki_status")


def _card_command(card: Path | str) -> str:
    return f"{_beside_python('idp-card')} login LINK --dev --card {card}"


def _beside_python(program: str) -> str:
    """A console script as one can type it here, whether or not the virtual environment is activated."""
    path = Path(sys.executable).with_name(program)
    return os.path.relpath(path) if path.is_relative_to(Path.cwd()) else str(path)


def _in_order(clients: Any) -> list[Any]:
    order = [service.service_id for service in town.SERVICES]
    known = [client for client in clients if client.service_id in order]
    return sorted(known, key=lambda client: order.index(client.service_id))


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2):
            return True
    except OSError:
        return False


def _write_whole(file: Path, text: str) -> None:
    """Replace a file at once, so that nobody reads half of it; it holds secrets, so for the owner alone."""
    with tempfile.NamedTemporaryFile("w", dir=file.parent, delete=False, encoding="utf-8") as draft:
        draft.write(text)
    Path(draft.name).replace(file)
