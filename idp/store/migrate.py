"""Bringing a database to the schema of this version, and telling whether it is there.

Alembic is loaded where it migrates: every command tells, few migrate, and loading it takes a third of a second.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, column, inspect, select, table
from sqlalchemy.exc import OperationalError

from idp.store.engine import DatabaseUnavailable, Store

_MIGRATIONS = Path(__file__).parent / "migrations"
_VERSION = table("alembic_version", column("version_num"))
"""Where Alembic keeps the revision that a database is at."""


def upgrade(store: Store) -> None:
    """Apply every migration that the database lacks, each in its own transaction. Raises DatabaseUnavailable."""
    from alembic import command
    from alembic.config import Config

    with _connected(store) as connection:
        config = Config()
        config.set_main_option("script_location", str(_MIGRATIONS))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        connection.commit()


def is_current(store: Store) -> bool:
    """Whether the database has exactly this version's schema. Raises DatabaseUnavailable."""
    with _connected(store) as connection:
        if not inspect(connection).has_table(_VERSION.name):
            return False
        return connection.execute(select(_VERSION.c.version_num)).scalars().all() == [head()]


def head() -> str:
    """The newest revision: migrations follow one another, each in a file that its number begins."""
    return max(file.name.partition("_")[0] for file in (_MIGRATIONS / "versions").glob("[0-9]*.py"))


@contextmanager
def _connected(store: Store) -> Iterator[Connection]:
    try:
        with store.engine.connect() as connection:
            yield connection
    except OperationalError as error:
        raise DatabaseUnavailable("the database does not answer") from error
