"""Lists in a folder of indexes serve logins while OCSP is away, and are replaced under a running process."""

import io
import urllib.request

import pytest
from components.town import town

from connectors.ports import CertificateKind
from idp.errors import Reason
from idp.store.crl_index.catalogue import Catalogue


@pytest.fixture
def indexed(tmp_path, founded_world):
    """A town whose process has no source of lists but what somebody loads into a folder; OCSP is down."""
    folder = tmp_path / "lists"
    folder.mkdir()
    environment = {"IDP_CRL_DIRECTORY": str(folder), "IDP_CRL_URL": None}
    with town(tmp_path, founded_world, environment=environment) as made:
        made.control(do="ocsp", mode="down")
        yield made, Catalogue(folder, max_bytes=1 << 20)


def load(made, catalogue):
    """What `idp crl load` does with the newest list of each generation."""
    for authority in made.world.authorities:
        if authority.kind is CertificateKind.USER:
            with urllib.request.urlopen(f"{made.jlis}/crl/user/{authority.key_id.hex()}.crl") as answer:
                anchors = made.product.directory.tenant("aoba").anchors
                catalogue.load(io.BytesIO(answer.read()), anchors, now=made.clock)


def proof_of_hanako(made):
    """The provider's answer to her proof."""
    login = made.begin(made.library)
    made.challenge(login)
    return made.prove(login, made.sign(login))


def test_without_a_list_nobody_is_let_in(indexed):
    """No list was ever loaded: that is another thing than a certificate that stands in none."""
    made, _ = indexed
    assert proof_of_hanako(made).json["code"] == Reason.REVOCATION_UNAVAILABLE


def test_a_loaded_list_serves_the_next_login(indexed):
    """Loaded under the running process: accepted by list; revoked and loaded anew: refused with its reason."""
    made, catalogue = indexed
    load(made, catalogue)
    claims = made.sign_in(made.library, scope="openid jpki_status")
    assert (claims["revocation"]["method"], claims["revocation"]["fallback"]) == ("crl", True)
    made.clock.set_offset(60)
    made.control(do="revoke", resident="hanako")
    made.control(do="tick")
    load(made, catalogue)
    answer = proof_of_hanako(made)
    assert answer.json["code"] == Reason.CERTIFICATE_REVOKED
    assert answer.json["reason"]


def test_a_list_grows_old(indexed):
    """Three days later the list proves nothing any more."""
    made, catalogue = indexed
    load(made, catalogue)
    made.clock.set_offset(3 * 24 * 3600)
    assert proof_of_hanako(made).json["code"] == Reason.EVIDENCE_TOO_OLD
