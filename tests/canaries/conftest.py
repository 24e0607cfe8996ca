"""One deployment for the folder: logins of every outcome, and everything that was left behind."""

import pytest
from canaries.left_behind import everything
from canaries.logins import Logins
from components.deployed import deployed
from components.peer import Peer, answer
from components.scale import scaled

RESIDENTS, LOGINS = scaled((6, 30), (60, 1000))


@pytest.fixture(scope="package")
def lived(tmp_path_factory, founded_world):
    """(canaries, place -> all that is there): after the logins, the outages and the crashes."""
    # A path of its own that is short: addresses of UNIX sockets hold 107 bytes.
    with (
        deployed(tmp_path_factory.mktemp("c"), founded_world) as deployment,
        Peer(lambda _: [answer("202 Accepted")]) as receiver,
    ):
        logins = Logins(deployment, receiver, RESIDENTS)
        logins.run(LOGINS)
        yield logins, everything(deployment)
