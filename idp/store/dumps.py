"""The whole database as bytes, at one moment, while it is served; and put back into an empty one."""

import os
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import BinaryIO, cast

from sqlalchemy import URL, inspect, make_url
from sqlalchemy.exc import SQLAlchemyError

from idp.store.engine import DatabaseUnavailable, open_store

SQLITE, POSTGRESQL = "sqlite", "postgresql"
_CHUNK = 1024 * 1024
_STEP_PAGES = 1024


class DumpFailed(Exception):
    """The database's own program ended with an error, or the target is not what it must be."""


def kind_of(database_url: str) -> str:
    """`sqlite` or `postgresql`."""
    return make_url(database_url).get_backend_name()


def dump(database_url: str, password: str | None) -> Iterator[bytes]:
    """The database's bytes: an SQLite file by its online backup, or pg_dump's custom format, in one snapshot.

    PostgreSQL: the role must see every tenant's rows (BYPASSRLS), and pg_dump be of the server's version or later.
    Raises DumpFailed.
    """
    url = make_url(database_url)
    return (
        _dump_sqlite(Path(str(url.database)))
        if url.get_backend_name() == SQLITE
        else _dump_postgresql(url, password)
    )


def require_empty(database_url: str, password: str | None) -> None:
    """Raises DumpFailed when there is something already: a restore overwrites nothing."""
    if kind_of(database_url) == SQLITE:
        path = Path(str(make_url(database_url).database))
        if any(path.with_name(path.name + end).exists() for end in ("", "-wal", "-shm")):
            raise DumpFailed(f"{path} is there already: nothing is overwritten")
        return
    engine = open_store(database_url, password=password).engine
    try:
        tables = inspect(engine).get_table_names()
    except SQLAlchemyError as error:
        raise DatabaseUnavailable("the database does not answer") from error
    finally:
        engine.dispose()
    if tables:
        raise DumpFailed(f"the database has {len(tables)} tables already: nothing is overwritten")


def load(database_url: str, password: str | None, file: Path) -> None:
    """Put a dump into the database, which must be empty. Whole or not at all. Raises DumpFailed."""
    require_empty(database_url, password)
    url = make_url(database_url)
    if url.get_backend_name() == SQLITE:
        _load_sqlite(Path(str(url.database)), file)
        return
    words = ["pg_restore", "--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error"]
    _run([*words, *_connection(url), str(file)], password)


def _dump_sqlite(path: Path) -> Iterator[bytes]:
    """Page by page into a file beside us that has no name, so that the server goes on writing meanwhile."""
    if not path.is_file():
        raise DumpFailed(f"{path} is no database")
    with tempfile.TemporaryDirectory(prefix="idp-backup-") as folder:
        copy = Path(folder) / "copy"
        try:
            with (
                closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as source,
                closing(sqlite3.connect(copy)) as target,
            ):
                source.backup(target, pages=_STEP_PAGES)
        except sqlite3.Error as error:
            raise DumpFailed(f"{path} cannot be copied: {type(error).__name__}") from error
        with copy.open("rb") as stream:
            copy.unlink()
            while chunk := stream.read(_CHUNK):
                yield chunk


def _load_sqlite(path: Path, file: Path) -> None:
    fresh = path.with_name(path.name + ".new")
    fresh.touch(0o600, exist_ok=True)
    with file.open("rb") as source, fresh.open("wb") as target:
        while chunk := source.read(_CHUNK):
            target.write(chunk)
        target.flush()
        os.fsync(target.fileno())
    with closing(sqlite3.connect(fresh)) as connection:
        if connection.execute("PRAGMA integrity_check").fetchone() != ("ok",):
            raise DumpFailed("the database in the backup is not whole")
    fresh.replace(path)


def _dump_postgresql(url: URL, password: str | None) -> Iterator[bytes]:
    command = ["pg_dump", "--format=custom", "--no-owner", "--no-privileges", *_connection(url)]
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(  # noqa: S603 - our own words and the settings' URL
            command, stdout=subprocess.PIPE, stderr=errors, env=_environment(password)
        )
        with process:
            stream = cast(BinaryIO, process.stdout)
            while chunk := stream.read(_CHUNK):
                yield chunk
        if process.returncode != 0:
            errors.seek(0)
            raise DumpFailed(_sentence("pg_dump", errors.read()))


def _run(command: list[str], password: str | None) -> None:
    ran = subprocess.run(command, capture_output=True, env=_environment(password), check=False)  # noqa: S603
    if ran.returncode != 0:
        raise DumpFailed(_sentence(command[0], ran.stderr))


def _sentence(program: str, said: bytes) -> str:
    """The first line of what a program complained of: it names tables and roles, never a row."""
    lines = said.decode("utf-8", "replace").strip().splitlines()
    return f"{program}: {lines[0] if lines else 'failed without a word'}"


def _connection(url: URL) -> list[str]:
    """How the programs are told where the database is; the password goes by the environment alone."""
    named = {"--host": url.host, "--port": url.port, "--username": url.username, "--dbname": url.database}
    return [f"{name}={value}" for name, value in named.items() if value is not None] + ["--no-password"]


def _environment(password: str | None) -> dict[str, str]:
    """As small as the programs need, whatever ours is."""
    return {"PATH": os.defpath + ":/usr/local/bin"} | ({} if password is None else {"PGPASSWORD": password})
