"""The services of the plans, and the two ways in which they want their answers; those of FAPI 2.0 beside them."""

import pytest
from components.fapi_party import WAYS, Credentials, again, fapi_party
from components.hop import certificate, hop_town
from components.relying_party import GRANTS, SCOPES, RelyingParty
from components.town import town
from joserfc.jwk import ECKey, RSAKey


@pytest.fixture(scope="package")
def plan_town(tmp_path_factory, founded_world):
    """One town for all modules of the plans; its clock goes forward now and then."""
    with town(tmp_path_factory.mktemp("plans"), founded_world) as made:
        yield made


@pytest.fixture(scope="package")
def services(plan_town):
    """Two services of one kind, as the plans need them, and one that sends its secret in the body."""
    wishes = {"scopes": SCOPES, "grant_types": GRANTS}
    posting = {"token_endpoint_auth_method": "client_secret_post"}
    return {
        "first": plan_town.register("aoba", "plan-first", **wishes),
        "second": plan_town.register("aoba", "plan-second", **wishes),
        "posting": plan_town.register("aoba", "plan-posting", **wishes, **posting),
    }


@pytest.fixture(params=["query", "form_post"])
def mode(request):
    """Basic OP as it is, and Form Post OP: the same modules with response_mode=form_post."""
    return request.param


@pytest.fixture
def party(plan_town, services, mode):
    """The first service with a browser that nobody has used."""
    return RelyingParty(plan_town, services["first"], mode)


@pytest.fixture(scope="package")
def strict_town(tmp_path_factory, founded_world):
    """The town of FAPI 2.0, with an mTLS host."""
    with hop_town(tmp_path_factory.mktemp("strict"), founded_world) as made:
        yield made


@pytest.fixture(scope="package")
def strict_parties(strict_town, tmp_path_factory):
    """Two services of every way, each with what is its own; the first signs by PS256."""
    folder = tmp_path_factory.mktemp("certificates")
    first = Credentials(RSAKey.generate_key(2048, {"kid": "rsa"}), "PS256", certificate(folder, "first"))
    second = Credentials(ECKey.generate_key("P-256", {"kid": "ec"}), "ES256", certificate(folder, "second"))
    return {
        name: (
            fapi_party(strict_town, f"{name}-1", way, first),
            fapi_party(strict_town, f"{name}-2", way, second, second=True),
        )
        for name, way in WAYS.items()
    }


@pytest.fixture(params=WAYS)
def way(request):
    """How services authenticate, what their tokens are bound to, whether messages are signed."""
    return request.param


@pytest.fixture
def strict(strict_parties, way):
    """The first service of that way."""
    return again(strict_parties[way][0])


@pytest.fixture
def second(strict_parties, way):
    """The second one."""
    return again(strict_parties[way][1])
