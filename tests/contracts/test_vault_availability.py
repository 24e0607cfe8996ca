"""A whole product whose Vault is sealed, slow, forgetful or fails over, while logins run."""

import secrets
import time

import pytest
from components.openbao import OpenBao
from components.relay import Relay
from components.tls import make_tls
from components.town import town

from connectors.errors import ConnectorError

HONEST_SECONDS = 1.0
RECOVERY_SECONDS = 10.0


def write(path, text):
    """A secret's file."""
    path.write_text(text + "\n")
    path.chmod(0o600)
    return str(path)


def environment_of(folder, server, address=None):
    """The settings of a product whose keys are in that server, used and made under one identity."""
    role = server.role("idp-use", "idp-admin")
    return {
        "IDP_VAULT_ADDRESS": address or server.address,
        "IDP_VAULT_CA_FILE": str(server.ca_file),
        "IDP_VAULT_ROLE_ID_FILE": write(folder / "role", role.role_id),
        "IDP_VAULT_SECRET_ID_FILE": write(folder / "secret", role.secret_id),
    }


@pytest.fixture
def relay(openbao):
    """What stands between the product and its Vault."""
    with Relay(int(openbao.address.rpartition(":")[2])) as between:
        yield between


@pytest.fixture
def aoba(tmp_path, founded_world, openbao, relay):
    """A town whose keys are in OpenBao, reached through the relay."""
    environment = environment_of(tmp_path, openbao, f"https://127.0.0.1:{relay.port}")
    with town(tmp_path, founded_world, environment=environment, keyfile=False) as made:
        yield made


def consenting(aoba, service):
    """A login that stands before the consent page of a service where the person is new."""
    login = aoba.begin(service)
    return login, aoba.get(login.browser, aoba.accept(login)).headers["Location"]


def refused_honestly(aoba, login, consent_url):
    """The new pair is refused within a second, with a time to come back, and nothing is stored."""
    pairs, began = aoba.rows("pair"), time.monotonic()
    answer = aoba.consent(login, consent_url)
    assert time.monotonic() - began < HONEST_SECONDS
    assert answer.status_code == 503
    assert "Retry-After" in answer.headers
    assert aoba.rows("pair") == pairs


def recovered(ask, seconds=RECOVERY_SECONDS):
    """What `ask` gives as soon as it answers again."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            return ask()
        except ConnectorError:
            assert time.monotonic() < deadline, "no recovery in time"


def test_a_slow_vault_is_no_wait_for_residents(aoba, relay):
    """Answers take 5 s: known pairs as ever, a new one 503 within a second; quick again, the same login ends."""
    known = aoba.sign_in(aoba.library)["sub"]
    relay.delay_seconds = 5.0
    login, consent_url = consenting(aoba, aoba.childcare)
    began = time.monotonic()
    assert aoba.sign_in(aoba.library)["sub"] == known
    assert time.monotonic() - began < 5
    refused_honestly(aoba, login, consent_url)
    relay.delay_seconds = 0.0
    assert "code=" in aoba.consent(login, consent_url).headers["Location"]
    assert aoba.sign_in(aoba.childcare)["sub"] == aoba.sign_in(aoba.school)["sub"] != known


def test_a_slow_vault_and_a_lost_token_are_still_one_second(aoba, relay, openbao):
    """With the token gone as well, logging in again is within the same second."""
    aoba.sign_in(aoba.library)
    login, consent_url = consenting(aoba, aoba.childcare)
    openbao.revoke_tokens()
    relay.delay_seconds = 5.0
    refused_honestly(aoba, login, consent_url)
    relay.delay_seconds = 0.0
    assert "code=" in aoba.consent(login, consent_url).headers["Location"]


def test_sealed_and_unsealed_without_a_restart(aoba, openbao):
    """Sealed: known pairs as ever, a new one 503; unsealed: it is made at once, by the same process."""
    known = aoba.sign_in(aoba.library)["sub"]
    login, consent_url = consenting(aoba, aoba.childcare)
    openbao.seal()
    try:
        assert aoba.sign_in(aoba.library)["sub"] == known
        refused_honestly(aoba, login, consent_url)
    finally:
        openbao.unseal()
    recovered(aoba.product.keys.ping)
    assert "code=" in aoba.consent(login, consent_url).headers["Location"]


def test_an_expired_token_is_nobodys_trouble(aoba, openbao):
    """Known and new pairs are served by a process whose token has just ended."""
    known = aoba.sign_in(aoba.library)["sub"]
    openbao.revoke_tokens()
    assert aoba.sign_in(aoba.library)["sub"] == known
    assert aoba.sign_in(aoba.childcare)["sub"] not in (None, known)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """Three nodes on raft: the fewest of which one may die."""
    folder = tmp_path_factory.mktemp("cluster")
    tls, nodes = make_tls(folder), []
    for number in range(3):
        (folder / f"node{number}").mkdir()
        nodes.append(OpenBao(folder / f"node{number}", storage="raft", tls=tls))
    try:
        nodes[0].start()
        nodes[0].root.adapter.post(
            "/v1/sys/storage/raft/autopilot/configuration", json={"server_stabilization_time": "1s"}
        )
        for node in nodes[1:]:
            node.join(nodes[0])
        yield nodes
    finally:
        for node in nodes:
            node.stop()


def all_vote(node):
    """Whether every node of the cluster has a vote already."""
    servers = node.root.sys.read_raft_config()["data"]["config"]["servers"]
    return len(servers) == 3 and all(server["voter"] for server in servers)


def test_a_standby_takes_over(tmp_path, founded_world, cluster):
    """The active node dies: known pairs never notice, new ones are served again within 10 s, none is wrong."""
    active = cluster[0]
    active.wait_until(lambda: all_vote(active))
    addresses = " ".join(node.address for node in cluster)
    environment = environment_of(tmp_path, active, addresses)
    with town(tmp_path, founded_world, environment=environment, keyfile=False) as made:
        keys, message = made.product.keys, secrets.token_bytes(40)
        known, tag = made.sign_in(made.library)["sub"], keys.hmac_sha256("aoba", 1, message)
        login, consent_url = consenting(made, made.childcare)
        active.kill()
        assert made.sign_in(made.library)["sub"] == known
        assert recovered(lambda: keys.hmac_sha256("aoba", 1, message)) == tag
        assert "code=" in made.consent(login, consent_url).headers["Location"]
        assert recovered(lambda: keys.rotate("aoba")) == 2
        assert keys.hmac_sha256("aoba", 1, message) == tag
        assert made.sign_in(made.library)["sub"] == known
