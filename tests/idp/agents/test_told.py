"""What services hear when a representation ends: a logout token and an event, each by numbers of their own."""

import pytest
from components.agents import acted, claims_of, end, mandate, taking_agents
from components.backs import BackChannels, read
from components.peer import Peer, answer
from components.town import id_token_claims, town

from idp.agents.representation import EndedBy


@pytest.fixture
def prompt(tmp_path, founded_world):
    """A town whose services are told things without delay."""
    with town(tmp_path, founded_world, environment={"IDP_EVENT_DELAY_SECONDS": "0"}) as made:
        yield made


@pytest.fixture
def told(prompt):
    """A service that hears of both, where Ichiro has acted for Hanako: its tokens, and where it hears."""
    with BackChannels() as back, Peer(lambda _: [answer("202 Accepted")]) as receiver:
        service = taking_agents(
            prompt,
            backchannel_logout_uri=back.uri,
            backchannel_logout_session_required=True,
            event_endpoint=f"{receiver.origin}/events",
        )
        kept = mandate(prompt, service)
        tokens, _ = acted(prompt, service)
        yield kept, claims_of(tokens), back, receiver


def test_the_service_hears_that_it_is_over(prompt, told):
    """The session and the person by its own names; in the event the agent as well, and the day alone."""
    kept, claims, back, receiver = told
    end(prompt, kept, EndedBy.PRINCIPAL)
    prompt.product.worker.once()
    [logout] = [read(prompt, token)[1] for token in back.tokens()]
    assert (logout["sub"], logout["sid"]) == (claims["sub"], claims["sid"])
    [request] = receiver.requests
    event = id_token_claims(request.body.decode())
    assert event["sub_id"]["sub"] == claims["sub"]
    [(uri, data)] = event["events"].items()
    assert uri.endswith("/t/aoba/events/representation-ended")
    assert data.keys() == {"act", "occurred_on"}
    assert data["act"] == claims["act"]


def test_a_service_where_it_was_never_used_hears_nothing(prompt, told):
    """Nobody learns from us that somebody might have acted there."""
    kept, _, _, receiver = told
    with Peer(lambda _: [answer("202 Accepted")]) as elsewhere:
        other = taking_agents(prompt, "tax", event_endpoint=f"{elsewhere.origin}/events")
        for resident in ("hanako", "ichiro"):
            prompt.sign_in(other, resident)
        end(prompt, kept, EndedBy.AGENT)
        prompt.product.worker.once()
        assert elsewhere.requests == []
    assert len(receiver.requests) == 1
