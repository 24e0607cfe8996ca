"""A code is redeemed once, however many ask for it at the same moment: on SQLite and on a real PostgreSQL."""

from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qs, urlsplit

import pytest
from components.postgres import Postgres
from components.scale import scaled
from components.town import town

CODES, AT_ONCE = scaled(50, 1000), scaled(20, 200)
THREADS = 20


@pytest.fixture(params=["sqlite", "postgresql"])
def either(request, tmp_path, founded_world):
    """A town on one of the two databases."""
    if request.param == "sqlite":
        with town(tmp_path, founded_world) as made:
            yield made
        return
    with Postgres() as server:
        database = server.database()
        environment = {**database.environment, "IDP_CRL_DIRECTORY": str(tmp_path / "lists")}
        with town(tmp_path, founded_world, environment=environment, owner_url=database.owner_url) as made:
            yield made


def codes(made):
    """Codes of one browser's session, one after the other as they are needed."""
    browser = made.browser()
    login, url = made.come(made.library, browser)
    made.redeem(parse_qs(urlsplit(url).query)["code"][0], login)  # the session goes on from here
    for _ in range(CODES):
        login, url = made.ask(made.library, browser)
        yield login, parse_qs(urlsplit(url).query)["code"][0]


def test_every_code_gives_its_tokens_once(either):
    """Of all redemptions of each code at once exactly one succeeds; the others are `invalid_grant`, each."""
    succeeded = 0
    with ThreadPoolExecutor(THREADS) as pool:
        for login, code in codes(either):
            answers = list(pool.map(lambda _, c=code, at=login: either.redeem(c, at), range(AT_ONCE)))
            given = [answer for answer in answers if answer.status_code == 200]
            refused = [answer.json["error"] for answer in answers if answer.status_code != 200]
            assert (len(given), set(refused)) == (1, {"invalid_grant"})
            succeeded += len(given)
    print(f"codes redeemed once: {succeeded} of {CODES}, {AT_ONCE} redemptions of each")
    assert succeeded == CODES
