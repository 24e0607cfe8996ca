"""Bringing a database to the schema of this version, and telling whether it is there."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from idp.store.engine import Store

_MIGRATIONS = Path(__file__).parent / "migrations"


def upgrade(store: Store) -> None:
    """Apply every migration that the database lacks, each in its own transaction."""
    with store.engine.connect() as connection:
        command.upgrade(_config(connection), "head")
        connection.commit()


def is_current(store: Store) -> bool:
    """Whether the database has exactly this version's schema."""
    head = ScriptDirectory(str(_MIGRATIONS)).get_current_head()
    with store.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision() == head


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["connection"] = connection
    return config
