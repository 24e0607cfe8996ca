"""One provider for the folder, with every service that a foreign client plays."""

import pytest
from clients import sites, ways
from clients.provider import provider, serving
from clients.visitor import Visitor
from components.ports import free_port

OTHERS = ("django", "idpyoidc", "apache", "apache-keyed")
LIBRARIES = ("openid_client", "oauth4webapi")
OLDER = "openid_client_5"


@pytest.fixture(scope="package")
def founded(tmp_path_factory, founded_world):
    """The provider, before its server starts: services are registered first, which nobody has to wait for."""
    with provider(tmp_path_factory.mktemp("clients"), founded_world) as made:
        yield made


@pytest.fixture(scope="package")
def ports():
    """Where each of the services listens."""
    return {name: free_port() for name in (*LIBRARIES, OLDER, *OTHERS)}


@pytest.fixture(scope="package")
def registered(founded, ports):
    """The ways in which the services in JavaScript sign residents in."""
    return ways.register(founded, [ports[library] for library in (*LIBRARIES, OLDER)])


@pytest.fixture(scope="package")
def others(founded, ports):
    """Client ids and secrets of the other services."""
    return ways.register_others(founded, ports)


@pytest.fixture(scope="package")
def served(founded, registered, others):
    """The provider at work."""
    with serving(founded):
        yield founded


@pytest.fixture(scope="package", params=LIBRARIES)
def site(request, served, registered, ports):
    """The address of the service that signs residents in with that library."""
    with sites.javascript(served, request.param, ports[request.param], registered) as address:
        yield address


@pytest.fixture(scope="module")
def older(served, registered, ports):
    """The address of the service with openid-client 5."""
    with sites.javascript(served, OLDER, ports[OLDER], registered) as address:
        yield address


@pytest.fixture
def visitor(served):
    """A resident with a browser of their own."""
    return Visitor(served)


@pytest.fixture
def django(served, ports, others):
    """The address of the service in Django."""
    with sites.python(served, "django_site", ports["django"], others["django"]) as address:
        yield address


@pytest.fixture
def idpyoidc(served, ports, others):
    """The address of the service with idpyoidc's handler."""
    with sites.python(served, "idpyoidc_site", ports["idpyoidc"], others["idpyoidc"]) as address:
        yield address


@pytest.fixture(scope="module")
def pages(served, ports, others):
    """The addresses of the pages that Apache protects, by service."""
    with sites.apache(served, ports, others) as addresses:
        yield addresses
