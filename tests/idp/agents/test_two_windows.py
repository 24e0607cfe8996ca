"""One login in two windows at once: signed in the one, chosen for whom in the other. The first counts."""

import pytest
from components.agents import asked_for_whom, choose, mandate, taking_agents

from idp.basic4.request import settled
from idp.login.dispatch import WITHOUT_SIGNATURE
from idp.login.transaction import Attempt

SIGNED = "0" * 32


@pytest.fixture(scope="module")
def town(shared_town):
    """A town in which Ichiro acts for Hanako at the welfare office."""
    shared_town.welfare = taking_agents(shared_town)
    mandate(shared_town, shared_town.welfare)
    return shared_town


@pytest.fixture
def steps(town):
    """The pages of logins, whose steps two windows take at one moment."""
    return town.product.app.view_functions["consent"].__self__


def seen(town, steps, asked):
    """The login as a window sees it now."""
    tenant = town.product.directory.tenant(town.welfare.tenant_id)
    transaction = steps.transactions.records.read(tenant, asked.url.split("/")[-2])
    return Attempt(tenant, tenant.clients[town.welfare.client_id], transaction)


def test_what_an_agent_signs_is_never_the_persons(town, steps):
    """Whoever has gone on for somebody meanwhile has not signed: it would stand under the other's number."""
    asked = asked_for_whom(town, town.welfare)
    before = seen(town, steps, asked)
    assert choose(town, asked, asked.marks[0]).headers["Location"].endswith("/consent")
    assert settled(steps.for_whom.records, before, None, signature=SIGNED) is None
    assert steps.application.without(before) is None
    after = seen(town, steps, asked).transaction
    assert (after.signature, after.application_signed) == ("", "")
    assert after.for_whom


@pytest.mark.parametrize("signed", ["signature", "application"])
def test_whoever_has_signed_meanwhile_goes_on_for_themselves(town, steps, signed):
    """The other way round: the choice comes too late, and nobody is acted for."""
    asked = asked_for_whom(town, town.welfare)
    before = seen(town, steps, asked)
    if signed == "signature":
        assert settled(steps.for_whom.records, before, None, signature=WITHOUT_SIGNATURE) is not None
    else:
        assert steps.application.without(before) is not None
    assert steps.for_whom.choose(before, asked.marks[0]) is None
    assert seen(town, steps, asked).transaction.for_whom == ""
