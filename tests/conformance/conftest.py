"""The services of the plans, and the two ways in which they want their answers."""

import pytest
from components.relying_party import GRANTS, SCOPES, RelyingParty
from components.town import town


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
