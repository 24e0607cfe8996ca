"""A real PostgreSQL for tests: Debian's binaries, a new cluster under /tmp, forgotten at the end.

with Postgres() as postgres:
    database = postgres.database()
    migrate(database.owner_url)
    open_store(database.app_url)
"""

import os
import secrets
import shutil
import signal
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

import psycopg
from components.ports import free_port
from components.process import Server, plain_environment
from psycopg import sql

BINARIES = Path("/usr/lib/postgresql/15/bin")
OWNER, APP = "idp_owner", "idp_app"
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
}


class Database(NamedTuple):
    """SQLAlchemy URLs of one database: as its owner (migrations) and as the running service."""

    owner_url: str
    app_url: str


class Postgres:
    """One PostgreSQL server on a free port. Its processes run as `nobody` where the tests run as root."""

    def __init__(self) -> None:
        self._port = free_port()
        self._password = secrets.token_urlsafe(18)
        self._directory = Path()
        self._server: Server | None = None

    @property
    def superuser_dsn(self) -> str:
        """A libpq URL with all rights."""
        return f"postgresql://postgres:{self._password}@127.0.0.1:{self._port}/postgres"

    def start(self) -> None:
        """Make the cluster if this is the first time, start the server, wait until it answers."""
        if not self._directory.name:
            self._make_cluster()
        settings = {"port": str(self._port), "unix_socket_directories": str(self._directory), **SETTINGS}
        self._server = Server(
            [
                BINARIES / "postgres",
                *("-D", self._directory / "data"),
                *(word for name, value in settings.items() for word in ("-c", f"{name}={value}")),
            ],
            self._directory / "log",
            **self._unprivileged(),
        )
        self._server.wait_until(self._answers)

    def stop(self) -> None:
        """Disconnect every client and shut down, keeping the data."""
        if self._server:
            self._server.stop(signal.SIGINT)

    def kill(self) -> None:
        """End the server at once (PostgreSQL's immediate shutdown: its child processes end too)."""
        if self._server:
            self._server.stop(signal.SIGQUIT)

    def database(self) -> Database:
        """A new, empty database. Tables that the owner makes in it are open to the service's four verbs."""
        name = f"test_{secrets.token_hex(6)}"
        self._execute(self.superuser_dsn, sql.SQL("CREATE DATABASE {} OWNER idp_owner").format(sql.Identifier(name)))
        owner_url, app_url = (
            f"postgresql+psycopg://{role}:{self._password}@127.0.0.1:{self._port}/{name}" for role in (OWNER, APP)
        )
        self._execute(
            owner_url.replace("+psycopg", ""),
            sql.SQL("ALTER DEFAULT PRIVILEGES GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO idp_app"),
        )
        return Database(owner_url, app_url)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        shutil.rmtree(self._directory, ignore_errors=True)

    def _make_cluster(self) -> None:
        # Under /tmp and not in pytest's tmp_path, which is 0700: `nobody` could not reach it.
        self._directory = Path(tempfile.mkdtemp(prefix="idp-postgres-", dir="/tmp"))
        if os.geteuid() == 0:
            shutil.chown(self._directory, "nobody", "nogroup")
        password_file = self._directory / "password"
        password_file.write_text(self._password)
        password_file.chmod(0o644)
        initdb = Server(
            [
                BINARIES / "initdb",
                *("-D", self._directory / "data", "-U", "postgres", "-E", "UTF8", "--no-sync"),
                *("--auth=scram-sha-256", f"--pwfile={password_file}"),
            ],
            self._directory / "log",
            **self._unprivileged(),
        )
        initdb.wait()
        self._needs_roles = True

