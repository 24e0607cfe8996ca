"""A code is redeemed once, however many ask for it at the same moment: on SQLite and on a real PostgreSQL."""

import base64
import io
import json
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qs, urlsplit

import pytest
from components.postgres import Postgres
from components.scale import scaled
from components.town import BASE_URL, REDIRECT_URI, town
from werkzeug.test import EnvironBuilder, run_wsgi_app

CODES, AT_ONCE = scaled(50, 1000), scaled(20, 200)


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


def redemption(made, login, code):
    """A function that sends one and the same token request: a client that computes nothing leaves no gaps."""
    secret = base64.b64encode(f"{login.service.client_id}:{login.service.client_secret}".encode()).decode()
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT_URI}
    builder = EnvironBuilder(
        f"/t/{login.service.tenant_id}/token",
        BASE_URL,
        method="POST",
        data={**form, "code_verifier": login.verifier},
        headers={"Authorization": f"Basic {secret}"},
    )
    environ = builder.get_environ()
    body = environ["wsgi.input"].read()

    def send():
        content, status, _ = run_wsgi_app(made.product.app.wsgi_app, {**environ, "wsgi.input": io.BytesIO(body)})
        return int(status[:3]), json.loads(b"".join(content))

    return send


@pytest.mark.prove_oidc
def test_every_code_gives_its_tokens_once(either):
    """Of all redemptions of each code at once exactly one succeeds; the others are `invalid_grant`, each."""
    succeeded = 0
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for login, code in codes(either):
            send = redemption(either, login, code)
            answers = list(pool.map(lambda _, send=send: send(), range(AT_ONCE)))
            given = [body for status, body in answers if status == 200]
            refused = {body["error"] for status, body in answers if status != 200}
            assert (len(given), refused) == (1, {"invalid_grant"})
            succeeded += len(given)
    print(f"codes redeemed once: {succeeded} of {CODES}, {AT_ONCE} redemptions of each")
    assert succeeded == CODES
