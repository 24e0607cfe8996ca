"""The product on its production parts together: PostgreSQL, Redis, and keys in a real OpenBao."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from components.postgres import Postgres
from components.town import town


@pytest.fixture
def production(tmp_path, founded_world, openbao, redis_server):
    """A town on all three, founded under the administrator's Vault policy and served under the service's."""
    files = {
        "VAULT_CA_FILE": openbao.ca_file,
        "VAULT_ROLE_ID_FILE": write(tmp_path / "role", openbao.use.role_id),
        "VAULT_SECRET_ID_FILE": write(tmp_path / "secret", openbao.use.secret_id),
        "VAULT_ADMIN_ROLE_ID_FILE": write(tmp_path / "admin-role", openbao.admin.role_id),
        "VAULT_ADMIN_SECRET_ID_FILE": write(tmp_path / "admin-secret", openbao.admin.secret_id),
    }
    with Postgres() as server:
        database = server.database()
        environment = (
            {f"IDP_{name}": str(path) for name, path in files.items()}
            | database.environment
            | {
                "IDP_REDIS_URL": redis_server.url,
                "IDP_VAULT_ADDRESS": openbao.address,
            }
        )
        with town(
            tmp_path, founded_world, environment=environment, owner_url=database.owner_url, keyfile=False
        ) as made:
            founding = made.product
            for name in ("IDP_VAULT_ADMIN_ROLE_ID_FILE", "IDP_VAULT_ADMIN_SECRET_ID_FILE"):
                del made.environment[name]
            made.product = made.build()
            yield made
            founding.background.stop()
            founding.store.engine.dispose()


def write(path, text):
    """A secret's file."""
    path.write_text(text + "\n")
    return path


def test_the_main_job_on_production_parts(production):
    """Numbers as everywhere: equal within the shared sector, different elsewhere, stable."""
    services = (production.library, production.childcare, production.school)
    subs = [production.sign_in(service)["sub"] for service in services]
    assert subs[1] == subs[2] != subs[0]
    assert subs == [production.sign_in(service)["sub"] for service in services]


def test_ten_logins_at_once_give_one_number(production):
    """The race for the first pair is decided by the database, not by the process."""
    with ThreadPoolExecutor(10) as pool:
        subs = set(pool.map(lambda _: production.sign_in(production.library)["sub"], range(10)))
    assert len(subs) == 1


def test_a_second_process_goes_on_where_the_first_one_stopped(production):
    """A login begun in one process is finished in another: the state is shared."""
    login = production.begin(production.library)
    production.product = production.build()
    production.product.directory.refresh()
    answer = production.get(login.browser, login.page_url)
    assert answer.status_code == 200
    login.browser = _same_cookies(production, login)
    answer = production.get(login.browser, production.accept(login))
    assert answer.headers["Location"].endswith("/consent")


def _same_cookies(production, login):
    """The browser, now talking to the other process."""
    browser = production.browser()
    browser._cookies = login.browser._cookies
    return browser


def test_a_sealed_vault_serves_known_pairs_and_says_so_for_new_ones(production, openbao):
    """Known pair: as ever. New pair: 503 with Retry-After within a second, nothing stored. Unsealed: it works."""
    production.sign_in(production.library)
    openbao.seal()
    try:
        production.sign_in(production.library)
        login = production.begin(production.childcare)
        answer = production.get(login.browser, production.accept(login))
        consent_url = answer.headers["Location"]
        began = time.monotonic()
        refused = production.consent(login, consent_url)
        assert time.monotonic() - began < 1
        assert refused.status_code == 503
        assert "Retry-After" in refused.headers
    finally:
        openbao.unseal()
    allowed = production.consent(login, consent_url)
    assert "code=" in allowed.headers["Location"]


def test_a_lost_redis_is_busy_and_not_broken(production, redis_server):
    """503 while it is away; residents start again when it is back."""
    redis_server.stop()
    try:
        answer = production.get(production.browser(), f"http://localhost:8000/t/aoba/login/{'A' * 22}")
        assert answer.status_code == 503
        assert "Retry-After" in answer.headers
    finally:
        redis_server.start()
    assert len(production.sign_in(production.library)["sub"]) == 43
