"""A product over a cluster whose active node dies while logins run: by its nodes' names, or by one for all."""

import secrets

import pytest
from components.balancer import Balancer
from components.custody import VaultCustody
from components.openbao import OpenBao
from components.tls import make_tls
from components.town import town
from components.vault_trouble import (
    consenting,
    environment_of,
    recovered,
    residents_keep_coming,
    served_again,
)


@pytest.fixture
def cluster(tmp_path):
    """Three nodes on raft, the fewest of which one may die; the first leads, and all have a vote."""
    folder = tmp_path / "cluster"
    folder.mkdir()
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
        nodes[0].wait_until(lambda: all_vote(nodes[0]))
        yield nodes
    finally:
        for node in nodes:
            node.stop()


@pytest.fixture
def balancer(cluster):
    """One address in front of all nodes, a standby's turn first."""
    ports = [int(node.address.rpartition(":")[2]) for node in cluster]
    with Balancer([*ports[1:], ports[0]]) as between:
        yield between


def all_vote(node):
    """Whether every node of the cluster has a vote already."""
    servers = node.root.sys.read_raft_config()["data"]["config"]["servers"]
    return len(servers) == 3 and all(server["voter"] for server in servers)


def the_active_node_dies(made, cluster):
    """Known pairs never notice, new ones are served again within 10 s, none is wrong."""
    keys, message = made.product.keys, secrets.token_bytes(40)
    known, tag = made.sign_in(made.library)["sub"], keys.hmac_sha256("aoba", 1, message)
    login, consent_url = consenting(made, made.childcare)
    with residents_keep_coming(made, made.library, known):
        cluster[0].kill()
        served_again(made, login, consent_url, "active node dead")
    assert recovered(lambda: keys.hmac_sha256("aoba", 1, message)) == tag
    assert recovered(lambda: keys.rotate("aoba")) == 2
    assert keys.hmac_sha256("aoba", 1, message) == tag
    assert made.sign_in(made.childcare)["sub"] == made.sign_in(made.school)["sub"] != known


def test_a_standby_takes_over(tmp_path, founded_world, cluster):
    """The product knows every node by name."""
    environment = environment_of(tmp_path, cluster[0], " ".join(node.address for node in cluster))
    with town(tmp_path, founded_world, environment=environment, keyfile=False) as made:
        the_active_node_dies(made, cluster)


def test_a_standby_takes_over_behind_one_address(tmp_path, founded_world, cluster, balancer):
    """The product knows one name, and its connections end at whichever node answers."""
    environment = environment_of(tmp_path, cluster[0], balancer.address)
    with town(tmp_path, founded_world, environment=environment, keyfile=False) as made:
        the_active_node_dies(made, cluster)


def test_every_node_behind_one_address_gives_the_same(cluster, balancer):
    """A standby forwards: three clients, each at another node, make, rotate and derive as one."""
    custody, tenant = VaultCustody(cluster[0]), f"town-{secrets.token_hex(6)}"
    clients = [custody.under(custody.server.use, custody.server.admin, address=balancer.address) for _ in cluster]
    assert clients[0].create(tenant) == 1
    tags = [client.hmac_sha256(tenant, 1, b"m") for client in clients]
    assert [client.rotate(tenant) for client in clients] == [2, 3, 4]
    assert {client.hmac_sha256(tenant, 1, b"m") for client in clients} == set(tags)
    assert len(set(tags)) == 1
    assert [recovered(lambda of=client: of.latest_version(tenant)) for client in clients] == [4, 4, 4]
    assert all(balancer.connections.values())
