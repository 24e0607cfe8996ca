"""`idp serve|migrate|config check|healthcheck`."""

import http.client
import json
import os
import socket
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import typer

from idp import logs
from idp.cli import serving
from idp.cli.context import build, environment
from idp.cli.options import AsJson, Data
from idp.cli.output import CommandFailed, Exit, errors_as_exit_codes, show
from idp.settings import Settings, read_settings
from idp.store import migrate as migrations

config = typer.Typer(name="config", help="Settings.", no_args_is_help=True)


def mount(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(serve)
    app.command()(migrate)
    app.command()(healthcheck)
    app.add_typer(config)


def serve(as_json: AsJson = False) -> None:
    """Serve all tenants until SIGINT or SIGTERM."""
    with errors_as_exit_codes(as_json=as_json):
        values = environment(None)
        settings = read_settings(values)
        logs.configure(quiet=settings.log_level == "warning")
        product = build()
        product.store.engine.dispose()
        checks = {"database": product.store.ping, "keys": product.keys.ping}
        with _store_lock(settings):
            serving.run(settings, values, checks, {"trust": product.trust.inventory.summary})


def migrate(data: Data = None, as_json: AsJson = False) -> None:
    """Bring the database to this version's schema."""
    with errors_as_exit_codes(as_json=as_json):
        migrations.upgrade(build(data, migrated=False).store)
        show({"schema": "current"}, as_json=as_json)


def healthcheck(data: Data = None, as_json: AsJson = False) -> None:
    """Ask the running server whether it is ready."""
    with errors_as_exit_codes(as_json=as_json):
        path = read_settings(environment(data)).management_socket
        if path is None:
            raise CommandFailed("IDP_MANAGEMENT_SOCKET is not set", Exit.USAGE)
        status, answer = _ask(path)
        show(answer["checks"] | answer.get("notes", {}) | {"status": answer["status"]}, as_json=as_json)
        if status != 200:
            raise CommandFailed("the server is not ready", Exit.REFUSED)


@config.callback()
def _noun() -> None:
    """Keep `check` a verb of its own."""


@config.command()
def check(data: Data = None, as_json: AsJson = False) -> None:
    """Check the settings and print them; secrets lie in files and are not printed."""
    with errors_as_exit_codes(as_json=as_json):
        settings = read_settings(environment(data))
        arriving = _arriving(settings)
        for name, file in settings:
            if (
                name not in arriving
                and name.endswith(("_file", "keyfile"))
                and isinstance(file, Path)
                and not os.access(file, os.R_OK)
            ):
                raise CommandFailed(f"IDP_{name.upper()} names a file that cannot be read", Exit.USAGE)
        shown = {f"IDP_{name.upper()}": str(value) for name, value in settings if value is not None}
        show(shown, as_json=as_json)


def _arriving(settings: Settings) -> set[str]:
    """Settings whose files need not be there yet: a wrapped secret id, and where it will be kept unwrapped."""
    kept = {
        "vault_wrapped_secret_id_file": "vault_secret_id_file",
        "vault_admin_wrapped_secret_id_file": "vault_admin_secret_id_file",
    }
    return set(kept) | {name for wrapped, name in kept.items() if getattr(settings, wrapped) is not None}


def _store_lock(settings: Settings) -> AbstractContextManager[object]:
    """The embedded store belongs to one process; PostgreSQL to as many as like."""
    file = settings.embedded_database
    return nullcontext() if file is None else serving.lock(file.with_name(f"{file.name}.lock"))


class _UnixConnection(http.client.HTTPConnection):
    """HTTP over a UNIX socket."""

    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=5)
        self._path = path

    def connect(self) -> None:
        """See HTTPConnection."""
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


def _ask(path: Path) -> tuple[int, dict[str, dict[str, str]]]:
    connection = _UnixConnection(path)
    try:
        connection.request("GET", "/readyz")
        response = connection.getresponse()
        return response.status, json.loads(response.read())
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise CommandFailed("no server answers on the management socket", Exit.UNREACHABLE) from error
    finally:
        connection.close()
