"""R21: a mandate offered, taken up, seen and ended by the two people themselves, each on their own pages."""

import re

import pytest
from components.agents import acted, asked_for_whom, taking_agents
from components.my_page import MyPage, marks
from components.refreshing import refresh

OFFER = {"label": "長男", "service": "welfare", "times": "often", "months": "6"}


@pytest.fixture
def welfare(aoba):
    """A service of a fresh town, at which agents may sign in."""
    return taking_agents(aoba)


@pytest.fixture
def hanako(aoba, welfare):
    """Hanako at her own pages."""
    return MyPage(aoba).entered()


@pytest.fixture
def ichiro(aoba, welfare):
    """Ichiro at his own pages."""
    return MyPage(aoba, "ichiro").entered()


def offered(page, **changes):
    """The code that an offer gives."""
    answer = page.send("/agents/offer", **{**OFFER, **changes})
    assert answer.status_code == 200, answer.text
    return re.search(r'id="code">([^<]+)<', answer.text)[1]


def taken_up(page, code, label="母"):
    """What the page says after the code was typed and the terms were accepted."""
    terms = page.send("/agents/accept", code=code)
    assert terms.status_code == 200, terms.text
    sent = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', terms.text))
    return page.post("/agents/accepted", **sent, label=label)


def test_from_the_offer_to_the_end(aoba, welfare, hanako, ichiro):
    """Offered with a code, taken up, used, seen by both in their own words, and ended by the person at once."""
    code = offered(hanako)
    assert "コードを渡した方の入力を待っています" in hanako.get("/agents").text
    terms = ichiro.send("/agents/accept", code=code.lower()).text
    assert "見本のwelfare" in terms
    assert "期間の中で何回でも" in terms
    assert "代理を引き受けました" in taken_up(ichiro, code).text
    tokens, _ = acted(aoba, welfare)
    mine, theirs = hanako.get("/agents").text, ichiro.get("/agents").text
    assert ("長男" in mine, "母" in mine) == (True, False)
    assert ("長男" in theirs, "母" in theirs) == (False, True)
    assert "「見本のwelfare」1回" in mine
    assert "「見本のwelfare」1回" in theirs
    assert "代理の方が" in hanako.get("/services/welfare").text
    [mark] = marks(hanako.get("/agents"), "end")
    assert "代理を終わらせました" in hanako.send("/agents", end=mark).text
    assert refresh(aoba, welfare, tokens["refresh_token"]).status_code == 400
    assert "代理を頼んだ方が終わらせました" in ichiro.get("/agents").text
    assert "この代理は、もう終わっています" in hanako.send("/agents", end=mark).text


def test_the_agent_gives_it_up(aoba, welfare, hanako, ichiro):
    """Either side ends it; nobody ends what is another's."""
    taken_up(ichiro, offered(hanako))
    [theirs] = marks(ichiro.get("/agents"), "end")
    assert "もう終わっています" in hanako.send("/agents", end=theirs).text
    assert asked_for_whom(aoba, welfare).marks
    assert "代理を終わらせました" in ichiro.send("/agents", end=theirs).text
    assert "act" not in aoba.sign_in(welfare, "ichiro")


def test_a_code_counts_once_and_for_a_day(aoba, hanako, ichiro):
    """Not for whoever made it, not twice, not a day later, not after it was taken back."""
    code = offered(hanako)
    own = hanako.send("/agents/accept", code=code)
    assert (own.status_code, "ご自分で作ったコード" in own.text) == (400, True)
    taken_up(ichiro, code)
    assert ichiro.send("/agents/accept", code=code).status_code == 400
    late, taken_back = offered(hanako, service="welfare"), offered(hanako)
    page = hanako.get("/agents")
    hanako.send("/agents", end=marks(page, "end")[0])
    hanako.send("/agents", end=marks(page, "end")[1])
    aoba.control(do="clock", seconds=25 * 3600)
    again = MyPage(aoba, "ichiro").entered()
    for over in (late, taken_back):
        assert again.send("/agents/accept", code=over).status_code == 400


def test_codes_are_not_guessed(hanako, ichiro):
    """After ten tries in an hour not even the right one is looked at; nobody else is kept from theirs by that."""
    code = offered(hanako)
    for _ in range(10):
        wrong = ichiro.send("/agents/accept", code="0000-0000-0000")
        assert (wrong.status_code, "コードが違うか" in wrong.text) == (400, True)
    right = ichiro.send("/agents/accept", code=code)
    assert (right.status_code, "入力の回数が多すぎます" in right.text) == (400, True)
    assert taken_up(MyPage(hanako.town, "midori").entered(), code).status_code == 200


@pytest.mark.parametrize(
    "changes",
    [
        {"label": " "},
        {"label": "x" * 21},
        {"service": "library"},
        {"service": "nowhere"},
        {"months": "99"},
        {"months": "x"},
    ],
)
def test_an_offer_that_cannot_be_is_refused(aoba, hanako, changes):
    """The page says what is missing; nothing is kept."""
    refused = hanako.send("/agents/offer", **{**OFFER, **changes})
    assert (refused.status_code, "サービスを1つ以上選んでください" in refused.text) == (400, True)
    assert aoba.rows("representation") == 0


def test_offers_are_counted(hanako):
    """Ten a day."""
    for _ in range(10):
        offered(hanako)
    refused = hanako.send("/agents/offer", **OFFER)
    assert (refused.status_code, "今日は、これ以上コードを作れません" in refused.text) == (400, True)


def test_a_label_is_needed_to_know_for_whom(aoba, hanako, ichiro):
    """Without one the terms are shown again, and the code is not spent."""
    code = offered(hanako)
    missing = taken_up(ichiro, code, label="")
    assert (missing.status_code, "呼び名を入力してください" in missing.text) == (400, True)
    assert taken_up(ichiro, code, label="母").status_code == 200


def test_giving_and_taking_need_the_card_anew(aoba, hanako, ichiro):
    """Six minutes after the proof the card is read again; what is there is seen and ended without it."""
    taken_up(ichiro, offered(hanako))
    aoba.control(do="clock", seconds=6 * 60)
    for path in ("/agents/offer", "/agents/accept"):
        assert 'id="my-sign-in"' in hanako.get(path).text
    assert "長男" in hanako.get("/agents").text
    [mark] = marks(hanako.get("/agents"), "end")
    assert "代理を終わらせました" in hanako.send("/agents", end=mark).text


def test_where_no_service_takes_agents_nothing_is_offered(aoba):
    """No link, and no page behind it."""
    page = MyPage(aoba).entered()
    assert "/agents/offer" not in page.get("/agents").text
    assert page.get("/agents/offer").status_code == 404


def test_somebody_elses_sign_in_takes_back_what_was_given(aoba, welfare, hanako, ichiro):
    """ "This was not me": whoever was here may have given a mandate."""
    taken_up(ichiro, offered(hanako))
    hanako.send("/history/not-me", visit="unnamed")
    assert "act" not in aoba.sign_in(welfare, "ichiro")


def test_the_file_of_everything_has_both_sides(aoba, hanako, ichiro):
    """In their own words, without anything of the other."""
    taken_up(ichiro, offered(hanako))
    body = hanako.send("/data", **{"as": "json"}).json
    [mine] = body["agents_for_me"]
    assert (mine["called"], mine["basis"], mine["services"]) == ("長男", "mandate", ["welfare"])
    assert body["people_i_act_for"] == []
    assert "母" not in str(body)
