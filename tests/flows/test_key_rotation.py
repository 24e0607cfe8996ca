"""A service with stock software through a rotation: Authlib's client keeps its key set, and no login fails."""

import base64
import json
import subprocess
import time

import pytest
import requests
from authlib.integrations.flask_client import OAuth
from components.demo import IDP, Demo
from components.stock_client import begin, follow, link_of, use_card
from flask import Flask

NONCE = "n-0S6_WzA2Mj"
"""That of `stock_client.begin`."""
PUBLISHED_SECONDS = 310
"""How long a key is published before it signs."""
SIGNING_ALGS = ("RS256", "ES256", "PS256", "EdDSA")


@pytest.fixture(scope="module")
def own_demo(tmp_path_factory):
    """A demo whose keys and clock are turned."""
    running = Demo(tmp_path_factory.mktemp("rotation"))
    running.start()
    yield running
    running.stop()


class RelyingParty:
    """A service on Authlib's Flask client; `fetched`: how often it asked for the key set."""

    def __init__(self, demo, service_id):
        self.demo, self.service, self.fetched = demo, demo.service(service_id), 0
        self._app = Flask("relying-party")
        self._app.secret_key = "for the session of a test"
        self._client = OAuth(self._app).register(
            "town",
            client_id=self.service["client_id"],
            client_secret=self.service["client_secret"],
            server_metadata_url=demo.tenant()["issuer"] + "/.well-known/openid-configuration",
            client_kwargs={"scope": "openid"},
        )
        fetch = self._client.fetch_jwk_set

        def counted(force=False):
            self.fetched += force or "jwks" not in self._client.server_metadata
            return fetch(force)

        self._client.fetch_jwk_set = counted

    def sign_in(self, folder):
        """A whole login; the key id of the ID token, and its number as Authlib verified it."""
        browser = requests.Session()
        client, metadata, verifier, page = begin(self.demo.tenant(), self.service, browser)
        answer = use_card(link_of(page), self.demo.resident("hanako"), folder)
        token = client.fetch_token(
            metadata["token_endpoint"],
            authorization_response=follow(browser, answer["return_url"]),
            code_verifier=verifier,
            timeout=20,
        )
        head = token["id_token"].split(".")[0]
        with self._app.app_context():
            person = self._client.parse_id_token(token, NONCE)
        return json.loads(base64.urlsafe_b64decode(head + "=="))["kid"], person["sub"]


def keys_of(demo):
    """Ids of the published keys that sign, in their order."""
    keys = requests.get(demo.tenant()["issuer"] + "/jwks", timeout=10).json()["keys"]
    return [key["kid"] for key in keys if key["use"] == "sig"]


def until(true, seconds):
    """Wait for something that running processes do by themselves."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.2)


def rotated(demo, *more):
    """`idp keys rotate`, and the running server follows within seconds."""
    first = keys_of(demo)[0]
    command = [IDP, "keys", "rotate", "--tenant", "aoba", "--json", "--data", demo.data, *more]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    until(lambda: keys_of(demo)[0] != first, 10)
    return json.loads(done.stdout)


def test_a_client_that_keeps_its_key_set_lives_through_a_rotation(own_demo, tmp_path):
    """The worker publishes the next keys by itself; what signs then was in the set that the client has."""
    until(lambda: len(keys_of(own_demo)) == 2 * len(SIGNING_ALGS), 60)
    service = RelyingParty(own_demo, "library")
    before = service.sign_in(tmp_path)
    own_demo.control(do="clock", seconds=PUBLISHED_SECONDS)
    done = rotated(own_demo)
    own_demo.control(do="clock", seconds=0)
    assert (len(done["activated"]), done["removed"], done["follows"]) == (len(SIGNING_ALGS) + 2, [], [])
    after = service.sign_in(tmp_path)
    assert (after[1], after[0] != before[0]) == (before[1], True)
    assert service.fetched == 1


def test_a_client_that_keeps_its_key_set_lives_through_an_emergency(own_demo, tmp_path):
    """A key that it has never seen makes it ask for the set once more, and the login is good."""
    service = RelyingParty(own_demo, "library")
    before = service.sign_in(tmp_path)
    for _ in range(2):  # the first time a key signs that the client has, or not: the second time it is a new one
        done = rotated(own_demo, "--now", "--compromised", "--alg", "RS256")
        assert len(done["removed"]) == 1
        assert done["follows"]
    after = service.sign_in(tmp_path)
    assert (after[1], after[0] != before[0]) == (before[1], True)
    assert before[0] not in keys_of(own_demo)
    assert service.fetched == 2
