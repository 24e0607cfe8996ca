"""What everything stands on: database, its rules and clock, key custody, short-lived state."""

from collections.abc import Callable, Iterator

from connectors.errors import ConnectorError, Unreachable
from connectors.ports import Keys
from idp.doctor.finding import Finding, fail, ok, warn
from idp.store import migrate
from idp.store.engine import DatabaseUnavailable, Store
from idp.store.posture import Posture, posture
from idp.store.shortlived import ShortLived, StateUnavailable

CLOCK_WARN_SECONDS, CLOCK_FAIL_SECONDS = 5, 60
_PROBE = "doctor"


def database(store: Store) -> Finding:
    """Whether it answers."""
    name = store.engine.dialect.name
    try:
        store.ping()
    except DatabaseUnavailable:
        return fail(
            "database",
            f"{name} does not answer",
            "start it, or correct IDP_DATABASE_URL and IDP_DATABASE_PASSWORD_FILE",
            unreachable=True,
        )
    return ok("database", f"{name} answers")


def schema(store: Store) -> Finding:
    """Whether it is at this version's."""
    if not migrate.is_current(store):
        return fail("schema", "the database is not at this version's schema", "run idp migrate as its owner")
    return ok("schema", "the database is at this version's schema")


def rules(store: Store, seconds: Callable[[], float], *, moved: bool) -> Iterator[Finding]:
    """Row-level security and the clock. `moved`: the sandbox moves our clock, so that it compares with nothing."""
    with store.read_platform() as connection:
        found = posture(connection)
        now = seconds()
    if found is None:
        yield ok("row-level security", "SQLite has one process and no roles: the queries alone keep tenants apart")
        yield ok("clock", "the database has this machine's clock")
        return
    yield guarded(found)
    yield ok("clock", "the sandbox moves the clock") if moved else clock(found.seconds - now)


def guarded(found: Posture) -> Finding:
    """Whether PostgreSQL itself keeps tenants apart."""
    if found.above_rules:
        return fail(
            "row-level security",
            "the database role is a superuser or has BYPASSRLS",
            "connect as the role idp_app of deploy/postgresql/roles.sql",
        )
    if found.open_tables:
        return fail(
            "row-level security",
            f"not guarded: {', '.join(found.open_tables)}",
            "run idp migrate as the owner; nobody else may alter the tables",
        )
    return ok("row-level security", "forced on every table, and the role is bound by it")


def clock(ahead: float) -> Finding:
    """Our clock beside the database's, which is `ahead` by so many seconds."""
    apart = f"the database's clock and ours are {abs(ahead):.1f} seconds apart"
    if abs(ahead) > CLOCK_FAIL_SECONDS:
        return fail("clock", apart, "synchronise both machines' clocks")
    if abs(ahead) > CLOCK_WARN_SECONDS:
        return warn("clock", apart, "synchronise both machines' clocks")
    return ok("clock", apart)


def custody(keys: Keys) -> Finding:
    """Whether PPIDs can be made."""
    try:
        keys.ping()
    except Unreachable:
        return fail("key custody", "it does not answer", "start and unseal Vault", unreachable=True)
    except ConnectorError as error:
        return fail("key custody", f"it refuses: {error}", "correct its identity and policy, or the key file")
    return ok("key custody", "it answers")


def short_lived(state: ShortLived, *, shared: bool) -> Finding:
    """Whether logins have somewhere to be while they last."""
    try:
        state.read(_PROBE)
    except StateUnavailable:
        return fail(
            "short-lived state", "Redis does not answer", "start it, or correct IDP_REDIS_URL", unreachable=True
        )
    where = "Redis answers" if shared else "in this process: one worker, and logins under way end with it"
    return ok("short-lived state", where)
