"""What a database says of itself: its time, its row-level security, and what the role that we are may do."""

from dataclasses import dataclass

from sqlalchemy import Connection, text

from idp.store import schema

_TABLES = text(
    "SELECT relname, relrowsecurity AND relforcerowsecurity FROM pg_class "
    "JOIN pg_namespace ON pg_namespace.oid = relnamespace "
    "WHERE relkind = 'r' AND nspname = current_schema()"
)
_ROLE = text("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")
_TIME = text("SELECT extract(epoch FROM clock_timestamp())")


@dataclass(frozen=True, slots=True)
class Posture:
    """`open_tables`: tables with rows of tenants that no row-level security guards. `above_rules`: the role is
    bound by none. `seconds`: the database's time since 1970.
    """

    open_tables: tuple[str, ...]
    above_rules: bool
    seconds: float


def posture(connection: Connection) -> Posture | None:
    """The posture of PostgreSQL; None for SQLite, which has neither roles nor a clock of its own."""
    if connection.dialect.name != "postgresql":
        return None
    guarded = {row[0] for row in connection.execute(_TABLES) if row[1]}
    ours = {table.name for table in schema.metadata.tables.values() if "tenant_id" in table.c}
    return Posture(
        open_tables=tuple(sorted(ours - guarded)),
        above_rules=bool(connection.execute(_ROLE).scalar_one()),
        seconds=float(connection.execute(_TIME).scalar_one()),
    )
