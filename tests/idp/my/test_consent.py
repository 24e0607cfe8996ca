"""Taking back what was agreed to, from one's own pages: item by item or all of it, at once."""

import pytest
from components.my_page import MyPage


@pytest.fixture
def clinic(aoba):
    """A service that receives name and address."""
    return aoba.register(
        "aoba", "clinic", scopes=("openid", "name", "address"), event_endpoint="https://rp.example/events"
    )


@pytest.fixture
def mine(aoba, clinic):
    """Hanako, who let the clinic have both, with the tokens of that login."""
    answer = aoba.redeem(*aoba.code(clinic, scope="openid name address"))
    page = MyPage(aoba).entered()
    page.bearer = answer.json["access_token"]
    return page


def test_an_item_is_gone_from_what_the_service_gets(aoba, clinic, mine):
    """On the token that it has already; the other item stays, and the page says what was done."""
    assert set(aoba.userinfo(clinic, mine.bearer).json) >= {"sub", "name", "address"}
    page = mine.send("/services/clinic/consent", withdraw="address")
    assert "渡すのをやめました" in page.text
    assert 'value="address"' not in page.text
    told = aoba.userinfo(clinic, mine.bearer).json
    assert "name" in told
    assert "address" not in told


def test_all_of_it_is_withdrawn_and_asked_for_again(aoba, clinic, mine):
    """The token gives nothing any more; the next login shows the consent page, and the number is the same."""
    sub = aoba.userinfo(clinic, mine.bearer).json["sub"]
    assert "すべて取り消しました" in mine.send("/services/clinic/consent", withdraw="all").text
    assert aoba.userinfo(clinic, mine.bearer).status_code == 403
    assert "取り消されています" in mine.get("/services/clinic/consent").text
    login = aoba.begin(clinic, scope="openid name address")
    back = aoba.get(login.browser, aoba.accept(login))
    assert back.headers["Location"].endswith("/consent")
    aoba.consent(login, back.headers["Location"])
    assert sub in mine.get("/services/clinic").text


def test_the_service_is_told(aoba, clinic, mine):
    """By an event of each withdrawal."""
    before = aoba.rows("outbox")
    mine.send("/services/clinic/consent", withdraw="address")
    mine.send("/services/clinic/consent", withdraw="all")
    assert aoba.rows("outbox") == before + 2


@pytest.mark.parametrize("named", ["gender", "openid", "x", ""])
def test_what_was_not_agreed_to_cannot_be_taken_back(aoba, mine, named):
    """An edited form changes nothing."""
    assert mine.send("/services/clinic/consent", withdraw=named).status_code == 400
    assert 'value="address"' in mine.get("/services/clinic/consent").text


def test_nobody_else_can(aoba, mine):
    """Neither another person's form nor one of another service."""
    other = MyPage(aoba, "ichiro").entered()
    aoba.sign_in(aoba.library)
    aoba.sign_in(aoba.library, "ichiro")
    form = other.form("/services/library/consent")
    assert other.get("/services/clinic/consent").status_code == 404
    assert mine.post("/services/clinic/consent", withdraw="all", **form).status_code == 400
    form = mine.form("/services/library/consent")
    assert mine.post("/services/clinic/consent", withdraw="all", **form).status_code == 400
    assert 'value="address"' in mine.get("/services/clinic/consent").text
