"""Limits of one service: requests a minute, serial numbers a day, told in headers before they bite."""

import pytest
from components.town import town
from components.verifier import VERIFIES, Verifier

from idp.verification import limits


@pytest.fixture
def bounded(tmp_path, founded_world):
    """A service that may send 4 requests a minute and 10 serial numbers a day."""
    limits = {"IDP_API_REQUESTS_PER_MINUTE": "4", "IDP_API_SERIALS_PER_DAY": "10"}
    with town(tmp_path, founded_world, environment=limits) as made:
        yield Verifier(made, made.register("aoba", "verifier", **VERIFIES))


def test_requests_over_the_limit_wait(bounded):
    """429 with Retry-After; what is left is told all along; a minute later it goes on."""
    left = []
    for _ in range(4):
        answer = bounded.post("/challenges")
        assert answer.status_code == 200
        assert answer.headers["RateLimit-Policy"] == '"requests";q=4;w=60'
        left.append(answer.headers["RateLimit"].split(";")[1])
    assert left == ["r=3", "r=2", "r=1", "r=0"]
    answer = bounded.post("/challenges")
    assert (answer.status_code, answer.json["code"]) == (429, "rate_limited")
    assert 1 <= int(answer.headers["Retry-After"]) <= 60
    assert answer.headers["RateLimit"].startswith('"requests";r=0;t=')
    bounded.town.control(do="clock", seconds=61)
    assert bounded.post("/challenges").status_code == 200


def test_the_limit_is_one_service_s_own(bounded):
    """Another one still has all of its requests."""
    for _ in range(5):
        bounded.post("/challenges")
    other = Verifier(bounded.town, bounded.town.register("aoba", "other", **VERIFIES))
    assert other.post("/challenges").status_code == 200


def test_a_stranger_uses_up_nobody_s_limit(bounded):
    """Who calls is known before anything is counted."""
    for _ in range(6):
        bounded.post("/challenges", headers={"Authorization": "Bearer stranger"})
    assert bounded.post("/challenges").headers["RateLimit"].split(";")[1] == "r=3"


def test_serial_numbers_over_the_limit_wait_till_tomorrow(bounded):
    """A batch that is refused takes nothing; a smaller one still fits."""

    def hand_in(count):
        return bounded.post("/certificates/checks", {"kind": "user", "serials": ["1a"] * count})

    assert hand_in(6).status_code == 202
    answer = hand_in(5)
    assert (answer.status_code, answer.json["code"]) == (429, "rate_limited")
    assert int(answer.headers["Retry-After"]) > 80_000
    assert hand_in(4).status_code == 202
    assert bounded.town.rows("batch") == 2


def test_a_refusal_for_the_limit_is_not_kept_under_its_key(bounded):
    """Tomorrow the same request with the same key is done."""
    key, batch = {"Idempotency-Key": "k"}, {"kind": "user", "serials": ["1a"] * 6}
    bounded.submit(batch)
    for seconds, status in ((12 * 3600, 429), (24 * 3600 + 1, 202)):
        bounded.town.control(do="clock", seconds=seconds)
        bounded.token = bounded.fetch_token().json["access_token"]
        assert bounded.post("/certificates/checks", batch, headers=key).status_code == status


def test_refusals_say_what_is_left_too(bounded):
    """Whatever the answer was."""
    answer = bounded.post("/authentications", {})
    assert (answer.status_code, answer.headers["RateLimit"].split(";")[1]) == (400, "r=3")


def test_challenges_that_nobody_signs_have_their_limit(fresh, monkeypatch):
    """429 until one is taken, or their five minutes are over; a service alone has them all."""
    monkeypatch.setattr(limits, "CHALLENGES", 3)
    given = [fresh.challenge() for _ in range(3)]
    answer = fresh.post("/challenges")
    assert (answer.status_code, answer.json["code"]) == (429, "rate_limited")
    assert 1 <= int(answer.headers["Retry-After"]) <= limits.CHALLENGE_SECONDS
    other = Verifier(fresh.town, fresh.town.register("aoba", "other", **VERIFIES))
    assert other.post("/challenges").status_code == 200
    assert fresh.post("/authentications", fresh.proof(given[0])).status_code == 200
    assert fresh.post("/challenges").status_code == 200
    assert fresh.post("/challenges").status_code == 429
    fresh.town.control(do="clock", seconds=limits.CHALLENGE_SECONDS)
    assert fresh.post("/challenges").status_code == 200


def test_a_challenge_makes_room_once_and_for_its_own_time(fresh, monkeypatch):
    """Neither by being taken twice, nor by another service, nor for challenges of later minutes."""
    monkeypatch.setattr(limits, "CHALLENGES", 2)
    other = Verifier(fresh.town, fresh.town.register("aoba", "other", **VERIFIES))
    first, second = (fresh.challenge() for _ in range(2))
    assert other.post("/authentications", other.proof(second)).json["code"] == "not_found"
    assert fresh.post("/challenges").status_code == 429
    for code in (None, "already_used"):
        assert fresh.post("/authentications", fresh.proof(first)).json.get("code") == code
    assert fresh.post("/challenges").status_code == 200
    assert fresh.post("/challenges").status_code == 429
    fresh.town.control(do="clock", seconds=limits.CHALLENGE_SECONDS)
    later = [fresh.challenge() for _ in range(2)]
    fresh.post("/authentications", fresh.proof(second))
    assert fresh.post("/challenges").status_code == 429
    assert fresh.post("/authentications", fresh.proof(later[0])).status_code == 200
    assert fresh.post("/challenges").status_code == 200
