"""The end of a representation: at once, in whatever window, for every token; and in people's lives."""

import pytest
from components.agents import (
    acted,
    asked_for_whom,
    choose,
    consented,
    end,
    handle_of,
    kept_of,
    mandate,
    taking_agents,
)
from components.refreshing import ask_about, refresh
from components.residents import Office

from idp.agents.representation import EndedBy, State

_DAY = 24 * 3600


@pytest.fixture
def welfare(aoba):
    """A service of a fresh town, at which agents may sign in."""
    return taking_agents(aoba)


def tokens_count(town, service, tokens):
    """Whether any of the tokens of an answer counts still, for whomever it is shown to."""
    asked = [ask_about(town, service, tokens[name]).json["active"] for name in ("access_token", "refresh_token")]
    info = town.userinfo(service, tokens["access_token"]).status_code
    return any(asked) or info == 200 or refresh(town, service, tokens["refresh_token"]).status_code == 200


@pytest.mark.parametrize("by", [EndedBy.PRINCIPAL, EndedBy.AGENT, EndedBy.OFFICE])
def test_tokens_end_with_it(aoba, welfare, by):
    """Whoever ends it: access and refresh tokens are over, and the agent is asked for nobody any more."""
    kept = mandate(aoba, welfare)
    tokens, _ = acted(aoba, welfare)
    own = aoba.redeem(*aoba.code(welfare, "hanako", scope="openid jpki_status offline_access")).json
    assert end(aoba, kept, by)
    assert not end(aoba, kept, by)
    assert not tokens_count(aoba, welfare, tokens)
    assert tokens_count(aoba, welfare, own)
    assert "act" not in aoba.sign_in(welfare, "ichiro")


def test_one_that_ended_in_another_window_gives_nothing(aoba, welfare):
    """Before the choice, before consent, and between consent and the token request."""
    kept = mandate(aoba, welfare)
    first, second, third = (asked_for_whom(aoba, welfare) for _ in range(3))
    consent_url = choose(aoba, second, second.marks[0]).headers["Location"]
    code = consented(aoba, third)
    end(aoba, kept, EndedBy.PRINCIPAL)
    assert choose(aoba, first, first.marks[0]).status_code == 410
    assert aoba.consent(second.login, consent_url).status_code == 410
    refused = aoba.redeem(code, third.login)
    assert (refused.status_code, refused.json["error"]) == (400, "invalid_grant")


def test_nobody_is_chosen_by_a_forged_form(aoba, welfare):
    """Marks of another login or person, ids and nonsense: nothing is chosen, and the right one still is."""
    kept = mandate(aoba, welfare)
    mandate(aoba, welfare, principal="yoko", agent="midori")
    mine, other, theirs = (asked_for_whom(aoba, welfare, who) for who in ("ichiro", "ichiro", "midori"))
    forged = [
        other.marks[0],
        theirs.marks[0],
        kept.representation_id.hex(),
        "",
        "self ",
        "é",
        handle_of(aoba, aoba.library, "hanako").hex(),
    ]
    for chosen in forged:
        assert choose(aoba, mine, chosen).status_code == 410
    assert choose(aoba, mine, mine.marks[0], form="another").status_code == 400
    assert choose(aoba, theirs, theirs.marks[0]).status_code == 303
    assert choose(aoba, theirs, theirs.marks[0]).status_code == 410
    assert consented(aoba, mine)


def test_an_agents_agent_acts_for_nobody_but_them(aoba, welfare):
    """Midori acts for Ichiro, who acts for Hanako: Midori is offered Ichiro alone."""
    mandate(aoba, welfare, label="母")
    mandate(aoba, welfare, principal="ichiro", agent="midori", label="父")
    asked = asked_for_whom(aoba, welfare, "midori")
    assert len(asked.marks) == 1
    assert "「父」の代理として進む" in asked.text


def test_one_for_once_is_over_when_it_was_used(aoba, welfare):
    """Its tokens live on that day; the next login is of oneself."""
    kept = mandate(aoba, welfare, once=True)
    tokens, _ = acted(aoba, welfare)
    assert tokens_count(aoba, welfare, tokens)
    [after] = kept_of(aoba, "principal", kept.body.principal)
    assert (after.body.state, after.body.ended_by) == (State.ENDED, "used")
    assert "act" not in aoba.sign_in(welfare, "ichiro")
    aoba.control(do="clock", seconds=_DAY)
    assert not tokens_count(aoba, welfare, tokens)


def test_it_ends_after_its_last_day(aoba, welfare):
    """Tokens and choices end with that day; the sweep writes it down, and forgets it a year later."""
    kept = mandate(aoba, welfare)
    aoba.control(do="clock", seconds=182 * _DAY)
    tokens, _ = acted(aoba, welfare)
    aoba.control(do="clock", seconds=184 * _DAY)
    assert not tokens_count(aoba, welfare, tokens)
    passing, tenants = aoba.product.agents.passing, [aoba.product.directory.tenant("aoba")]
    assert passing.sweep(tenants) == 1
    assert passing.sweep(tenants) == 0
    [after] = kept_of(aoba, "agent", kept.body.agent)
    assert after.body.ended_by == "time"
    aoba.control(do="clock", seconds=560 * _DAY)
    passing.sweep(tenants)
    assert aoba.rows("representation") == aoba.rows("representation_party") == aoba.rows("acting_login") == 0


def test_a_scope_holds_where_it_says_alone(aoba, welfare):
    """A mandate for the welfare office is none at the tax office, which takes agents too."""
    tax = taking_agents(aoba, "tax")
    mandate(aoba, welfare)
    assert "act" not in aoba.sign_in(tax, "ichiro")
    assert asked_for_whom(aoba, welfare).marks


def test_a_service_that_takes_no_agents_any_more_keeps_no_tokens(aoba, welfare):
    """What an administrator takes back counts at once."""
    from idp.services.service_changes import ServiceChange

    mandate(aoba, welfare)
    tokens, _ = acted(aoba, welfare)
    tenant = aoba.product.directory.tenant("aoba")
    change = ServiceChange(agent_kinds=())
    aoba.product.service_changes.change(tenant, tenant.clients[welfare.client_id], change)
    assert not tokens_count(aoba, welfare, tokens)


@pytest.mark.parametrize("who", ["hanako", "ichiro"])
def test_whoever_stops_the_service_ends_what_is_open_there(aoba, welfare, who):
    """The person or the agent: logins of the agent there end; the mandate itself stays."""
    kept = mandate(aoba, welfare)
    tokens, _ = acted(aoba, welfare)
    tenant = aoba.product.directory.tenant("aoba")
    handle = kept.body.principal if who == "hanako" else kept.body.agent
    with aoba.product.store.for_tenant("aoba").write() as tx:
        aoba.product.people.ending.run(tx, tenant, tenant.clients[welfare.client_id], handle)
    assert not tokens_count(aoba, welfare, tokens)
    assert asked_for_whom(aoba, welfare).marks


@pytest.mark.parametrize("who", ["hanako", "ichiro"])
@pytest.mark.parametrize("how", ["leaves", "is no more"])
def test_it_ends_with_either_person(aoba, welfare, who, how):
    """Who leaves, or is disabled by two officers, is nobody's agent and has none."""
    kept = mandate(aoba, welfare)
    tokens, _ = acted(aoba, welfare)
    tenant = aoba.product.directory.tenant("aoba")
    handle = kept.body.principal if who == "hanako" else kept.body.agent
    people = aoba.product.people
    act = people.leaving.run if how == "leaves" else people.ending.disable
    with aoba.product.store.for_tenant("aoba").write() as tx:
        act(tx, tenant, handle)
    assert not tokens_count(aoba, welfare, tokens)
    assert "act" not in aoba.sign_in(welfare, "ichiro")


def test_a_person_without_a_good_certificate_is_acted_for_by_nobody(aoba, welfare):
    """All of Hanako's certificates are revoked: tokens end with the sweep; with a new card it holds again."""
    mandate(aoba, welfare)
    tokens, _ = acted(aoba, welfare)
    aoba.control(do="revoke", resident="hanako")
    aoba.control(do="tick")
    aoba.product.departing.sweep()
    assert not tokens_count(aoba, welfare, tokens)
    assert "act" not in aoba.sign_in(welfare, "ichiro")
    aoba.control(do="renew", resident="hanako")
    aoba.control(do="tick")
    aoba.sign_in(aoba.library, "hanako")
    assert asked_for_whom(aoba, welfare).marks


def test_a_merge_carries_it_and_a_split_gives_it_back(aoba, welfare):
    """Yoko turns out to be Hanako, and not to be her after all: who made the mandate has it each time."""
    office = Office(aoba)
    kept = mandate(aoba, welfare, principal="yoko")
    tokens, _ = acted(aoba, welfare)
    hanako, yoko = (aoba.sign_in(aoba.library, who)["sub"] for who in ("hanako", "yoko"))
    mine = handle_of(aoba, aoba.library, "hanako")
    aoba.control(do="clock", seconds=5)
    operation = office.merge(office.refer(aoba.library, hanako), office.refer(aoba.library, yoko))
    assert not tokens_count(aoba, welfare, tokens)
    assert [one.representation_id for one in kept_of(aoba, "principal", mine)] == [kept.representation_id]
    again, _ = acted(aoba, welfare)
    office.split(operation)
    assert not tokens_count(aoba, welfare, again)
    assert kept_of(aoba, "principal", mine) == []
    [back] = kept_of(aoba, "principal", kept.body.principal)
    assert back.body.state is State.LIVE
    assert asked_for_whom(aoba, welfare).marks


def test_what_was_made_since_a_merge_ends_with_the_split(aoba, welfare):
    """Either of the two may have made it."""
    office = Office(aoba)
    hanako, yoko = (aoba.sign_in(aoba.library, who)["sub"] for who in ("hanako", "yoko"))
    operation = office.merge(office.refer(aoba.library, hanako), office.refer(aoba.library, yoko))
    kept = mandate(aoba, welfare, principal="yoko")
    office.split(operation)
    [after] = kept_of(aoba, "agent", kept.body.agent)
    assert (after.body.state, after.body.ended_by) == (State.ENDED, "person")


def test_two_who_are_one_act_for_nobody(aoba, welfare):
    """Agent and person are merged: the mandate ends."""
    office = Office(aoba)
    kept = mandate(aoba, welfare)
    hanako, ichiro = (aoba.sign_in(aoba.library, who)["sub"] for who in ("hanako", "ichiro"))
    office.merge(office.refer(aoba.library, hanako), office.refer(aoba.library, ichiro))
    [after] = kept_of(aoba, "agent", handle_of(aoba, aoba.library, "hanako"))
    assert after.representation_id == kept.representation_id
    assert (after.body.state, after.body.ended_by) == (State.ENDED, "person")
