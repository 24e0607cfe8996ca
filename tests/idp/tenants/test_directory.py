"""The directory: found by issuer, loaded once, anew after a change; a stranger cannot make it read all day."""

import secrets
from contextlib import contextmanager
from dataclasses import replace

import pytest
from components.town import BASE_URL
from sqlalchemy import event
from werkzeug.test import Client
from werkzeug.wrappers import Response

from idp.registration import NewTenant
from idp.store.engine import DatabaseUnavailable
from idp.tenants.directory import MISS_SECONDS, Directory
from idp.web.web import TenancyMiddleware

HOST = "localhost:8000"
CITY = NewTenant(
    tenant_id="midori",
    issuer="https://id.midori.example",
    name_ja="緑市",
    name_en="Midori City",
    crest="緑",
)


class Seconds:
    """A monotonic clock that a test moves."""

    def __init__(self):
        self.value = 0.0

    def __call__(self):
        return self.value


@pytest.fixture
def another(aoba):
    """The directory of a second process over the same database, loaded once, and its clock."""
    seconds = Seconds()
    product = aoba.product
    directory = Directory(product.store, product.keys, secrets.token_bytes, seconds, sandbox_mode=True)
    directory.refresh()
    return directory, seconds


@contextmanager
def queries(store):
    """The texts of the SELECTs that a block sends."""
    seen = []

    def note(_connection, _cursor, text, *_rest):
        if text.lstrip().startswith("SELECT"):
            seen.append(text)

    event.listen(store.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(store.engine, "before_cursor_execute", note)


def lose_database(made):
    """Put a folder where the database was."""
    made.product.store.engine.dispose()
    for file in made.folder.glob("idp.db*"):
        file.unlink()
    made.folder.joinpath("idp.db").mkdir()


def test_a_fresh_directory_knows_nobody_until_it_looks(aoba):
    """Loading waits for the database to be migrated; the first question loads."""
    product = aoba.product
    directory = Directory(product.store, product.keys, secrets.token_bytes, Seconds(), sandbox_mode=True)
    assert directory.all() == []
    assert directory.at(HOST, "/t/aoba/jwks").tenant_id == "aoba"
    assert [tenant.tenant_id for tenant in directory.all()] == ["aoba", "wakaba"]


@pytest.mark.parametrize(
    ("host", "path", "tenant_id"),
    [
        (HOST, "/t/aoba", "aoba"),
        (HOST, "/t/aoba/", "aoba"),
        (HOST, "/t/aoba/token", "aoba"),
        (HOST, "/t/wakaba/t/aoba", "wakaba"),
        ("id.midori.example", "/", "midori"),
        ("id.midori.example", "/t/aoba/token", "midori"),
        (HOST, "/", None),
        (HOST, "", None),
        (HOST, "/t", None),
        (HOST, "/t/", None),
        (HOST, "/t/nobody/token", None),
        (HOST, "/t/aoba2/token", None),
        (HOST, "/t/AOBA/token", None),
        (HOST, "/t//aoba/token", None),
        (HOST, "//t/aoba/token", None),
        (HOST, "/x/aoba/token", None),
        (HOST, "/t/midori/token", None),
        ("localhost", "/t/aoba/token", None),
        ("LOCALHOST:8000", "/t/aoba/token", None),
        ("localhost:8000.", "/t/aoba/token", None),
        ("localhost:8001", "/t/aoba/token", None),
        ("id.midori.example:8000", "/", None),
        ("evil.example", "/t/aoba/token", None),
        ("", "/t/aoba/token", None),
    ],
)
def test_a_tenant_is_found_by_its_issuer_and_by_nothing_else(shared_town, host, path, tenant_id):
    """There is no default tenant."""
    if shared_town.product.directory.tenant("midori") is None:
        shared_town.product.administration.create_tenant(CITY)
    found = shared_town.product.directory.at(host, path)
    assert (found and found.tenant_id) == tenant_id


def test_an_unchanged_tenant_is_not_loaded_again(aoba, another):
    """A refresh without news reads the table of tenants and keeps every object."""
    directory, _ = another
    before = directory.all()
    with queries(aoba.product.store) as seen:
        directory.refresh()
    assert len(seen) == 1
    assert all(one is other for one, other in zip(before, directory.all(), strict=True))


def test_a_change_loads_its_own_tenant_anew(aoba, another):
    """The neighbour's snapshot stays the same object, and the old snapshot stays as it was."""
    directory, _ = another
    before = {tenant.tenant_id: tenant for tenant in directory.all()}
    clients = set(before["aoba"].clients)
    made = aoba.register("aoba", "museum")
    directory.refresh()
    after = {tenant.tenant_id: tenant for tenant in directory.all()}
    assert after["wakaba"] is before["wakaba"]
    assert set(after["aoba"].clients) == clients | {made.client_id}
    assert set(before["aoba"].clients) == clients
    assert after["aoba"].config_version == before["aoba"].config_version + 1
    assert after["aoba"].keys is before["aoba"].keys


def test_a_miss_asks_once_more_before_it_is_believed(aoba, another):
    """A service and a tenant made by another process a moment ago are known without waiting for a refresh."""
    directory, seconds = another
    tenant = directory.tenant("aoba")
    made = aoba.register("aoba", "museum")
    assert directory.client(tenant, made.client_id) is None
    seconds.value = MISS_SECONDS
    assert directory.client(tenant, made.client_id).service_id == "museum"
    aoba.product.administration.create_tenant(CITY)
    assert directory.at("id.midori.example", "/jwks") is None
    assert directory.tenant("midori") is None
    seconds.value = 2 * MISS_SECONDS
    assert directory.at("id.midori.example", "/jwks").tenant_id == "midori"
    assert directory.tenant("midori").issuer == CITY.issuer


def test_a_stranger_cannot_make_us_read_all_day(aoba, another):
    """A thousand misses within a second read nothing; one a second reads once."""
    directory, seconds = another
    tenant = directory.tenant("aoba")
    with queries(aoba.product.store) as seen:
        for number in range(1000):
            assert directory.at("evil.example", f"/{number}") is None
            assert directory.tenant(f"t{number}") is None
            assert directory.client(tenant, f"c{number}") is None
    assert seen == []
    seconds.value = MISS_SECONDS
    with queries(aoba.product.store) as seen:
        for number in range(1000):
            directory.at("evil.example", f"/{number}")
    assert len(seen) == 1


def test_a_client_belongs_to_its_tenant(shared_town):
    """The same id at the neighbour is unknown."""
    directory = shared_town.product.directory
    client_id = shared_town.library.client_id
    assert directory.client(directory.tenant("aoba"), client_id).service_id == "library"
    assert directory.client(directory.tenant("wakaba"), client_id) is None


def test_what_was_known_stays_when_the_database_is_lost(aoba, another):
    """A refresh raises, and the tenants are served on."""
    directory, _ = another
    before = directory.all()
    lose_database(aoba)
    with pytest.raises(DatabaseUnavailable):
        directory.refresh()
    assert directory.all() == before
    assert directory.at(HOST, "/t/aoba/jwks") is before[0]


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE data_key SET wrapped = x'00' WHERE tenant_id = 'aoba'",
        "UPDATE signing_key SET sealed_private_key = x'00' WHERE tenant_id = 'aoba'",
        "UPDATE client SET registration = '{' WHERE tenant_id = 'aoba'",
    ],
    ids=["data-key", "signing-key", "client"],
)
def test_one_tenant_that_cannot_be_read_stops_no_other(aoba, another, damage):
    """Who knew it serves it on as it was; a process started meanwhile serves the neighbour alone."""
    directory, _ = another
    known = directory.tenant("aoba")
    product = aoba.product
    with product.store.engine.begin() as connection:
        connection.exec_driver_sql(damage)
        connection.exec_driver_sql("UPDATE tenant SET config_version = config_version + 1")
    fresh = Directory(product.store, product.keys, secrets.token_bytes, Seconds(), sandbox_mode=True)
    fresh.refresh()
    assert [tenant.tenant_id for tenant in fresh.all()] == ["wakaba"]
    directory.refresh()
    assert [tenant.tenant_id for tenant in directory.all()] == ["aoba", "wakaba"]
    if "data_key" in damage:  # opened keys stay open
        assert directory.tenant("aoba").keys is known.keys
    else:
        assert directory.tenant("aoba") is known


def test_an_unknown_address_is_busy_and_not_unknown_while_the_database_is_lost(aoba, another):
    """503 with Retry-After, and known tenants go on: nobody can say whether there is such a tenant."""
    directory, seconds = another
    browser = Client(TenancyMiddleware(Response(status=204), directory))
    lose_database(aoba)
    seconds.value = MISS_SECONDS
    answer = browser.get("/t/midori/jwks", base_url=BASE_URL)
    assert (answer.status_code, "Retry-After" in answer.headers) == (503, True)
    assert browser.get("/t/aoba/jwks", base_url=BASE_URL).status_code == 204


@pytest.mark.parametrize("path", ["/", "/?lang=en"])
def test_the_bare_host_leads_where_the_operator_says(another, path):
    """Else it is the plain 404 of every address that is nobody's; a tenant's own addresses are its own."""
    directory, _ = another
    led = Client(TenancyMiddleware(Response(status=204), directory, "https://www.city.example/"))
    answer = led.get(path, base_url=BASE_URL)
    assert (answer.status_code, answer.headers["Location"]) == (303, "https://www.city.example/")
    assert led.get("/elsewhere", base_url=BASE_URL).status_code == 404
    assert led.get("/t/aoba", base_url=BASE_URL).status_code == 204
    assert Client(TenancyMiddleware(Response(), directory)).get(path, base_url=BASE_URL).status_code == 404


def test_sandbox_tenants_and_plain_http_are_for_the_sandbox_mode(aoba):
    """In production neither is served: a test certificate would sign in, cookies would travel in clear."""
    aoba.product.administration.create_tenant(CITY)
    trial = replace(CITY, tenant_id="trial", issuer="https://id.trial.example", sandbox=True)
    aoba.product.administration.create_tenant(trial)
    product = aoba.product
    directory = Directory(product.store, product.keys, secrets.token_bytes, Seconds())
    directory.refresh()
    assert [tenant.tenant_id for tenant in directory.all()] == ["midori"]
    assert directory.at(HOST, "/t/aoba/jwks") is None


def test_a_production_process_over_the_same_database_answers_404(aoba):
    """From outside: the http tenants are nobody there, and the https tenant's cookies are __Host- ones."""
    city = aoba.product.administration.create_tenant(CITY)
    made = aoba.register("midori", "museum", redirect_uris=("https://museum.example/callback",))
    jlis = {f"IDP_{name.upper()}_URL": f"https://j.example/{name}" for name in ("lineage", "ties", "latest")}
    aoba.environment |= {"IDP_MODE": "production", **jlis}
    sandbox, aoba.product = aoba.product, aoba.build()
    try:
        assert aoba.get(aoba.browser(), f"{BASE_URL}/t/aoba/jwks").status_code == 404
        query = {
            "client_id": made.client_id,
            "redirect_uri": "https://museum.example/callback",
            "response_type": "code",
            "scope": "openid",
        }
        answer = aoba.browser().get("/authorize", base_url=city.issuer, query_string=query)
        cookie = answer.headers["Set-Cookie"]
        assert answer.status_code == 200
        assert cookie.startswith("__Host-midori-tx-")
        assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))
        assert "Domain" not in cookie
    finally:
        aoba.product.store.engine.dispose()
        aoba.product = sandbox
