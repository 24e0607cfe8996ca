"""A real PostgreSQL for tests: Debian's binaries, a new cluster under /tmp, forgotten at the end.

with Postgres() as postgres:
    store = open_store(postgres.database().app_url)

Every cluster of a run is a copy of the first one, which holds a database of this version's schema.
"""

import atexit
import os
import secrets
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Any, LiteralString, NamedTuple, Self

import psycopg
from components.ports import free_port
from components.process import Server, plain_environment
from psycopg import sql

from idp.store import migrate
from idp.store.engine import open_store

BINARIES = Path("/usr/lib/postgresql/15/bin")
ROLES = ("idp_owner", "idp_app", "idp_backup")
GRANT = """ALTER DEFAULT PRIVILEGES GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO idp_app;
           ALTER DEFAULT PRIVILEGES GRANT USAGE, SELECT ON SEQUENCES TO idp_app;
           ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO idp_backup;
           ALTER DEFAULT PRIVILEGES GRANT SELECT ON SEQUENCES TO idp_backup"""
HASTE = {"fsync": "off", "full_page_writes": "off"}
"""What a power cut would need. A crash of the server alone loses nothing: commits are with the system by then."""
_PASSWORD = secrets.token_urlsafe(18)
_MIGRATED = "migrated"
_first: list[Path] = []
"""The data directory that the others are copies of, once there is one."""


class Database(NamedTuple):
    """SQLAlchemy URLs of one database: as its owner (migrations) and as the running service.

    `environment`: the same for the product, which takes the password from a file; `backup_environment`: of the
    role that reads everything; `owner_environment`: of the owner, for a restore.
    """

    owner_url: str
    app_url: str
    environment: dict[str, str]
    backup_environment: dict[str, str]
    owner_environment: dict[str, str]


class Postgres:
    """One PostgreSQL server on a free port. Its processes run as `nobody` where the tests run as root."""

    def __init__(self) -> None:
        self._port = free_port()
        self._password = _PASSWORD
        self._directory = Path()
        self._server: Server | None = None

    @property
    def superuser_dsn(self) -> str:
        """A libpq URL with all rights."""
        return f"postgresql://postgres:{self._password}@127.0.0.1:{self._port}/postgres"

    @property
    def log(self) -> Path:
        """Where the server writes what it has to say."""
        return self._directory / "log"

    @property
    def pid(self) -> int:
        """The server's first process; those that serve connections are its children."""
        if self._server is None:
            raise ValueError("not started")
        return self._server.pid

    @property
    def data(self) -> Path:
        """The cluster on disk, write-ahead log included."""
        return self._directory / "data"

    def start(self) -> None:
        """Start the server and wait until it answers; the first time, make the cluster as well."""
        if not self._directory.name:
            # Under /tmp and not in pytest's tmp_path, which is 0700: `nobody` could not reach it.
            self._directory = Path(tempfile.mkdtemp(prefix="idp-postgres-", dir="/tmp"))
            if os.geteuid() == 0:
                shutil.chown(self._directory, "nobody", "nogroup")
            (self._directory / "password").write_text(self._password)
            if not _first:
                _first.append(self._make_first())
                atexit.register(shutil.rmtree, _first[0])
            subprocess.run(["cp", "-a", _first[0], self.data], check=True)
        self._run()

    def _run(self) -> None:
        settings = {
            "port": str(self._port),
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": str(self._directory),
            **HASTE,
        }
        words = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        command: list[str | Path] = [BINARIES / "postgres", "-D", self.data, *words]
        self._server = Server(command, self.log, **self._unprivileged())
        self._server.wait_until(self._answers)

    def stop(self) -> None:
        """Disconnect every client and shut down (fast shutdown); the data stay for the next start."""
        if self._server:
            self._server.stop(signal.SIGINT)

    def crash(self) -> None:
        """End the server without a checkpoint (immediate shutdown), as after a power cut."""
        if self._server:
            self._server.stop(signal.SIGQUIT)

    def database(self, *, empty: bool = False) -> Database:
        """A new database of this version's schema, or an empty one.

        Tables that its owner makes are open to the service's four verbs.
        """
        return self._database(f"test_{secrets.token_hex(6)}", "template1" if empty else _MIGRATED)

    def _database(self, name: str, template: str) -> Database:
        self._execute(
            self.superuser_dsn,
            sql.SQL("CREATE DATABASE {} OWNER idp_owner TEMPLATE {}").format(
                sql.Identifier(name), sql.Identifier(template)
            ),
        )
        owner_dsn, app_dsn, backup_dsn = (
            f"//{role}:{self._password}@127.0.0.1:{self._port}/{name}" for role in ROLES
        )
        self._execute(f"postgresql:{owner_dsn}", GRANT)
        return Database(
            f"postgresql+psycopg:{owner_dsn}",
            f"postgresql+psycopg:{app_dsn}",
            self._environment("IDP_DATABASE", app_dsn),
            self._environment("IDP_BACKUP_DATABASE", backup_dsn),
            self._environment("IDP_DATABASE", owner_dsn),
        )

    def _environment(self, prefix: str, dsn: str) -> dict[str, str]:
        return {
            f"{prefix}_URL": f"postgresql+psycopg:{dsn.replace(f':{self._password}@', '@')}",
            f"{prefix}_PASSWORD_FILE": str(self._directory / "password"),
        }

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        shutil.rmtree(self._directory)

    def _make_first(self) -> Path:
        """A cluster with the roles and a migrated database; its data directory, where no server runs."""
        words: list[str | Path] = ["-D", self.data, "-U", "postgres", "-E", "UTF8", "--no-sync"]
        subprocess.run(
            [BINARIES / "initdb", *words, "--auth=scram-sha-256", f"--pwfile={self._directory / 'password'}"],
            check=True,
            stdout=subprocess.DEVNULL,
            **self._unprivileged(),
        )
        self._run()
        for role in ROLES:
            self._execute(
                self.superuser_dsn,
                sql.SQL("CREATE ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS PASSWORD {}").format(
                    sql.Identifier(role), sql.Literal(self._password)
                ),
            )
        self._execute(self.superuser_dsn, "ALTER ROLE idp_backup BYPASSRLS")
        owner = open_store(self._database(_MIGRATED, "template1").owner_url)
        migrate.upgrade(owner)
        owner.engine.dispose()
        self.stop()
        return self.data.rename(Path(tempfile.mkdtemp(prefix="idp-postgres-first-", dir="/tmp")) / "data")

    def _unprivileged(self) -> dict[str, Any]:
        """How its programs are run: PostgreSQL refuses to work for root."""
        identity = {"user": "nobody", "group": "nogroup", "extra_groups": []} if os.geteuid() == 0 else {}
        return {"env": plain_environment(), "cwd": self._directory, **identity}

    def _answers(self) -> bool:
        try:
            self._execute(self.superuser_dsn, "SELECT 1")
        except psycopg.OperationalError:
            return False
        return True

    @staticmethod
    def _execute(dsn: str, statement: LiteralString | sql.Composed) -> None:
        with psycopg.connect(dsn, autocommit=True, connect_timeout=5) as connection:
            connection.execute(statement)
