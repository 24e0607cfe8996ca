"""Bringing a database to the schema of this version, and telling whether it is there."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from idp.store.engine import DatabaseUnavailable, Store

_MIGRATIONS = Path(__file__).parent / "migrations"


def upgrade(store: Store) -> None:
    """Apply every migration that the database lacks, each in its own transaction. Raises DatabaseUnavailable."""
    with _connected(store) as connection:
        command.upgrade(_config(connection), "head")
        connection.commit()


def is_current(store: Store) -> bool:
    """Whether the database has exactly this version's schema. Raises DatabaseUnavailable."""
    head = ScriptDirectory(str(_MIGRATIONS)).get_current_head()
    with _connected(store) as connection:
        return MigrationContext.configure(connection).get_current_revision() == head


@contextmanager
def _connected(store: Store) -> Iterator[Connection]:
    try:
        with store.engine.connect() as connection:
            yield connection
    except OperationalError as error:
        raise DatabaseUnavailable("the database does not answer") from error


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["connection"] = connection
    return config
