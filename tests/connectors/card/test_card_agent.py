"""The card agent's talk with a provider: what it sends, what it refuses to follow, what it tells."""

import pytest
from components.card_provider import CLAIM, CardProvider, answer, refusal
from werkzeug.wrappers import Response

from connectors.card.agent import Agent, RefusedByServer
from connectors.card.errors import AttributesUnreadable, PinBlocked, PinIncorrect
from connectors.card.link import parse
from connectors.card.softcard import SoftwareCard
from connectors.errors import Garbled, Unreachable
from connectors.http import Outbound
from connectors.ports import CertificateKind

PIN = "1234"


@pytest.fixture
def agent(provider: CardProvider) -> Agent:
    """An agent at the provider's one link."""
    link = parse(provider.link, dev=True)
    return Agent(link, Outbound([link.origin]))


def test_a_card_signs_in(agent: Agent, provider: CardProvider, card: SoftwareCard) -> None:
    """The provider accepts the signature, and only the agreed members were sent."""
    accepted = agent.prove(agent.challenge(), card, PIN)
    assert provider.return_url == accepted.return_url
    assert [{"certificate", "algorithm", "signature", "device"}] == [set(proof) for proof in provider.proofs]
    assert provider.proofs[0]["device"] == "reader"


def test_a_wrong_pin_sends_nothing(agent: Agent, provider: CardProvider, card: SoftwareCard) -> None:
    """Without a signature there is no proof; the provider never learns that somebody tried."""
    challenge = agent.challenge()
    for refused in (PinIncorrect, PinIncorrect, PinBlocked):
        with pytest.raises(refused):
            agent.prove(challenge, card, "9999")
    assert provider.proofs == []


def test_attributes_are_not_made_up(agent: Agent, provider: CardProvider, card: SoftwareCard) -> None:
    """A card that cannot hand over the Basic 4 refuses before a PIN is tried."""
    provider.challenge_changes = {"attributes": ["name"]}
    with pytest.raises(AttributesUnreadable):
        agent.prove(agent.challenge(), card, "9999")
    assert (provider.proofs, card.tries_left(CertificateKind.USER)) == ([], 3)


def test_a_claim_is_sent_with_every_later_step(agent: Agent, provider: CardProvider, card: SoftwareCard) -> None:
    """A QR handle belongs to who claimed it: proof, decline and a later fetch show the claim."""
    provider.challenge_changes = {"channel": "cross-device", "claim": CLAIM}
    claimed = agent.challenge()
    provider.challenge_changes = {"channel": "cross-device"}
    again = agent.challenge(claimed.claim)
    agent.prove(again, card, PIN)
    agent.decline(again)
    assert provider.claims == [None, CLAIM, CLAIM, CLAIM]


def test_declining_ends_the_login(agent: Agent, provider: CardProvider) -> None:
    """The provider is told, and answers without a body."""
    agent.decline(agent.challenge())
    assert provider.declined


@pytest.mark.parametrize("status", [400, 403, 409, 410, 429, 503])
def test_a_refusal_is_typed(agent: Agent, provider: CardProvider, card: SoftwareCard, status: int) -> None:
    """Status, code and reason of the provider's problem reach the caller."""
    challenge = agent.challenge()
    provider.instead["POST", "proof"] = refusal(status, "certificate_revoked", reason="keyCompromise")
    with pytest.raises(RefusedByServer) as refused:
        agent.prove(challenge, card, PIN)
    assert (refused.value.status, refused.value.code, refused.value.reason) == (
        status,
        "certificate_revoked",
        "keyCompromise",
    )


@pytest.mark.parametrize(
    "unexpected",
    [
        Response("<html>", mimetype="text/html"),
        Response("{}", mimetype="text/plain"),
        Response("{}", mimetype="application/problem+json"),
        Response(status=302, headers={"Location": "/elsewhere"}),
        Response(status=307, headers={"Location": "https://evil.example/"}),
        answer({}, 201),
        answer([]),
        answer({"status": "accepted", "return_url": "https://evil.example/"}),
        Response("x" * 70_000, mimetype="application/json"),
        Response("<html>", status=502),
        Response("{}", status=404, mimetype="application/problem+json"),
        refusal(400, "<script>"),
    ],
)
@pytest.mark.parametrize("step", [("GET", "card"), ("POST", "proof")])
def test_any_other_answer_is_garbled(
    agent: Agent, provider: CardProvider, card: SoftwareCard, step: tuple[str, str], unexpected: Response
) -> None:
    """No redirect is followed, and what is not of the protocol is not read."""
    provider.instead[step] = unexpected
    with pytest.raises(Garbled):
        agent.prove(agent.challenge(), card, PIN)


def test_nobody_there_is_unreachable(card: SoftwareCard) -> None:
    """A closed port is told apart from a refusal."""
    provider = CardProvider()
    provider.serve()()
    link = parse(provider.link, dev=True)
    with pytest.raises(Unreachable):
        Agent(link, Outbound([link.origin])).challenge()
