"""Two services pool everything that they received of many residents, and cannot tell who is whom.

Tokens, UserInfo, headers, errors, error pages, logout tokens and events with the moments of their arrival. By
design two can be joined: services of one sector; and what somebody does at both when nobody else does anything.
"""

import pytest
from components.peer import Peer
from components.scale import scaled
from components.town import town
from isolation.crowd import ACCEPTED, LOGOUT, STATES, gather
from isolation.pooling import joins, nearest, rank_correlation, same_place, without_rounded_times
from isolation.received import Received

COUNT = scaled(12, 200)
UNRELATED = [("library", "childcare"), ("library", "school"), ("library", "parking"), ("school", "parking")]
LUCKY = 8
"""Guesses of which about one is right by chance: so many are right once in 100 000 times."""
WHOLE = pytest.mark.parametrize("seen_as", [Received.joined, Received.windows], ids=["values", "bytes"])
PROMPT_SECONDS = 5 * 60
APART = [("library", "childcare"), ("library", "school")]
"""Services of one municipality that are told by one logging out."""


@pytest.fixture(scope="module")
def crowd(tmp_path_factory, founded_world):
    """Everybody has lived through everything."""
    with town(tmp_path_factory.mktemp("crowd"), founded_world) as made, Peer(lambda _: ACCEPTED) as peer:
        gathered = gather(made, peer, COUNT)
        gathered.live()
        yield gathered


@pytest.fixture(scope="module")
def pool(crowd):
    """(resident, service) -> what was received, without times that may be equal."""
    return {key: without_rounded_times(received) for key, received in crowd.pool.items()}


def moments(crowd, service, kind):
    """(moment, resident) of every message of a kind, in order of arrival."""
    return [(came.at, came.resident) for came in crowd.arrivals[service] if came.kind == kind]


def order(crowd, service, kind):
    """Residents in the order of these messages."""
    return [who for _, who in moments(crowd, service, kind)]


def test_every_service_received_everything_of_everybody(crowd, pool):
    """Each kind of message once from each, and as many values: the comparison compares something."""
    assert len(pool) == 4 * COUNT
    for service, came in crowd.arrivals.items():
        kinds = [one.kind for one in came]
        assert {kind: kinds.count(kind) for kind in kinds} == dict.fromkeys((LOGOUT, *STATES), COUNT), service
    channels = ("no prompt error", "denied error", "made-up code word", "replayed word", "wrong redirect word")
    for channel in (*channels, "dead token header", "ID token sub", "userinfo sub", "account-disabled jti"):
        assert all(any(name.startswith(channel) for name in one.values) for one in pool.values()), channel
    assert sum("front channel sid" in one.values for one in pool.values()) == 2 * COUNT


@WHOLE
@pytest.mark.parametrize(("one", "other"), UNRELATED)
def test_no_value_joins_two_services(crowd, pool, one, other, seen_as):
    """What both hold of one resident, they hold of all: at one municipality and at two."""
    assert joins(pool, crowd.residents, one, other, seen_as) == set()


@WHOLE
def test_the_search_finds_what_a_shared_sector_shares(crowd, pool, seen_as):
    """The number of each, and nothing that does not come from it."""
    numbers = {pool[who, "school"].values["ID token sub"] for who in crowd.residents}
    found = joins(pool, crowd.residents, "childcare", "school", seen_as)
    assert len(numbers) == COUNT
    if seen_as is Received.joined:
        assert found == numbers
    else:
        assert found == {number[at : at + 8].encode() for number in numbers for at in range(36)}


@WHOLE
@pytest.mark.parametrize("channel", ["replayed", "wrong redirect", "logout request", "account-disabled"])
def test_the_search_finds_one_planted_value(crowd, pool, channel, seen_as):
    """Of one resident among all, wherever it stands, and as eight bytes of something longer."""
    who, secret = crowd.residents[COUNT // 2], pool[crowd.residents[COUNT // 2], "library"].values["ID token sid"]
    victim, value = pool[who, "parking"], secret if seen_as is Received.joined else f"v1.{secret[5:15]}!"
    planted = victim | Received({f"{channel} x": value}, {f"{channel} x": value.encode()})
    assert joins(pool | {(who, "parking"): planted}, crowd.residents, "library", "parking", seen_as)


@pytest.mark.parametrize("kind", STATES)
@pytest.mark.parametrize(("one", "other"), [*UNRELATED, ("childcare", "school")])
def test_events_arrive_in_orders_that_have_nothing_to_do_with_each_other(crowd, one, other, kind):
    """Neither the place, nor the nearest moment, nor the whole ranking tells who is whom."""
    here, there = order(crowd, one, kind), order(crowd, other, kind)
    assert same_place(here, there) < LUCKY
    assert nearest(moments(crowd, one, kind), moments(crowd, other, kind)) < max(LUCKY, COUNT // 10)
    assert abs(rank_correlation(here, there)) < scaled(0.95, 0.4)


@pytest.mark.parametrize("kind", STATES)
def test_events_do_not_arrive_in_the_order_in_which_things_happened(crowd, kind):
    """Whoever knows when a thing happened learns from the arrival on which day, no more."""
    happened = sorted(crowd.residents, key=lambda who: crowd.happened[kind, who])
    for service in crowd.services:
        assert same_place(order(crowd, service, kind), happened) < LUCKY
        days = {int((at + 9 * 3600) // 86400) for at, _ in moments(crowd, service, kind)}
        assert days == {int((crowd.happened[kind, crowd.residents[0]] + 9 * 3600) // 86400) + 1}


@pytest.mark.parametrize(("one", "other"), APART)
def test_those_who_log_out_of_everything_at_one_time_are_told_apart(crowd, one, other):
    """Where they did, the service hears at once; in other sectors within minutes, in an order of its own."""
    assert order(crowd, one, LOGOUT) == sorted(crowd.residents, key=lambda who: crowd.happened[LOGOUT, who])
    assert all(
        0 <= at - crowd.happened[LOGOUT, who] < PROMPT_SECONDS + 5 for at, who in moments(crowd, other, LOGOUT)
    )
    assert same_place(order(crowd, one, LOGOUT), order(crowd, other, LOGOUT)) < LUCKY


def test_the_attacks_find_everybody_where_messages_come_promptly(crowd):
    """The moments at which things happened, told within five minutes at two services: the tests above can fail."""
    for kind in STATES:
        truth = sorted((crowd.happened[kind, who], who) for who in crowd.residents)
        apart = [(at + gap * 86400 / COUNT, who) for gap, (at, who) in enumerate(truth)]
        late = [(at + crowd.chance.uniform(0, 300 * 12 / COUNT), who) for at, who in apart]
        names = [who for _, who in sorted(late)]
        assert rank_correlation(names, [who for _, who in apart]) == 1
        assert same_place(names, [who for _, who in apart]) == nearest(apart, late) == COUNT
