"""What people see of the services that know them, and how they stop one."""

from datetime import datetime, time, timedelta

import pytest
from components.going_on import MINUTE, pass_time
from components.my_page import MyPage

from idp.japan import JAPAN, day_in_japan

NAME = "見本の{}"


@pytest.fixture
def mine(aoba):
    """Hanako, who uses three services of two sectors, signed in."""
    for service in (aoba.library, aoba.childcare, aoba.school):
        aoba.sign_in(service)
    return MyPage(aoba).entered()


def test_every_service_that_holds_a_number_is_listed_and_no_other(aoba, mine):
    """Found by computing: of all sectors those where she has a pair."""
    aoba.register("aoba", "unused")
    page = mine.get().text
    for service_id in ("library", "childcare", "school"):
        assert f"/my/services/{service_id}" in page
    assert "unused" not in page
    assert mine.get("/services/unused").status_code == 404
    assert mine.get("/services/nothing").status_code == 404


def test_a_service_page_shows_its_number_and_when_it_was_used(aoba, mine):
    """The number is the one that the service has; a sign-in stands with its way and what was handed over."""
    sub = aoba.sign_in(aoba.library)["sub"]
    page = mine.get("/services/library").text
    assert sub in page
    assert page.count("カードで") == 2
    assert "このサービスだけで使う番号です" in page
    assert NAME.format("school") in mine.get("/services/childcare").text


def test_the_first_day_is_a_day_in_japan(aoba):
    """Whoever begins there after midnight, when it is still yesterday in UTC, reads the day of their calendar."""
    tomorrow = day_in_japan(aoba.clock()) + timedelta(days=1)
    early = datetime.combine(tomorrow, time(1, 30), tzinfo=JAPAN)
    pass_time(aoba, int((early - aoba.clock()).total_seconds()))
    aoba.sign_in(aoba.library)
    page = MyPage(aoba).entered().get("/services/library").text
    on_that_day = f"{tomorrow.year}年{tomorrow.month}月{tomorrow.day}日"
    assert f"同意した日：{on_that_day}" in page
    assert f"<dd>{on_that_day}" in page


def test_attributes_that_were_let_go_stand_with_the_sign_in(aoba, mine):
    """Names of them, never a value."""
    clinic = aoba.register("aoba", "clinic", scopes=("openid", "name", "address"))
    aoba.sign_in(clinic, scope="openid name address")
    page = mine.get("/services/clinic").text
    assert "渡したもの：氏名、住所" in page
    assert "花子" not in page


def test_stopping_needs_a_card_of_the_last_minutes(aoba, mine):
    """Later the page asks for it again, and the form does nothing."""
    form = mine.form("/services/library/stop")
    pass_time(aoba, 6 * MINUTE)
    assert "もう一度" in mine.get("/services/library/stop").text
    refused = mine.post("/services/library/stop", **form)
    assert refused.headers["Location"] == f"{mine.issuer}/my/services/library/stop"
    assert aoba.rows("pair_grant") == 3
    assert mine.enter("/my/services/library/stop").endswith("/my/services/library/stop")
    assert "やめました" in mine.send("/services/library/stop").text


def test_a_login_under_way_ends_with_its_service(aoba, mine):
    """A code that was given a moment before is worth nothing: its number is over. It is spent by that."""
    code, login = aoba.code(aoba.library)
    assert mine.send("/services/library/stop").status_code == 200
    for _ in range(2):
        answer = aoba.redeem(code, login)
        assert (answer.status_code, answer.json["error"]) == (400, "invalid_grant")
    assert aoba.sign_in(aoba.library)["sub"]


def test_a_stopped_service_is_gone_and_begins_anew(aoba, mine):
    """Its number ends with it, its record of sign-ins too; the next login has another number."""
    before = aoba.sign_in(aoba.library)["sub"]
    done = mine.send("/services/library/stop")
    assert done.status_code == 200
    assert "/my/services/library" not in mine.get().text
    assert mine.get("/services/library").status_code == 404
    assert aoba.sign_in(aoba.library)["sub"] != before
    page = mine.get("/services/library").text
    assert page.count("カードで") == 1


def test_a_number_that_others_share_stays(aoba, mine):
    """The page says so before, and it is so."""
    sub = aoba.sign_in(aoba.school)["sub"]
    assert (
        "番号は、同じ番号を使うほかのサービスのために残ります：見本のschool"
        in mine.get("/services/childcare/stop").text
    )
    mine.send("/services/childcare/stop")
    assert sub in mine.get("/services/school").text


def test_a_second_press_finds_nothing(aoba, mine):
    """Sent twice, done once."""
    form = mine.form("/services/library/stop")
    assert mine.post("/services/library/stop", **form).status_code == 200
    assert mine.post("/services/library/stop", **form).status_code == 404


def test_a_form_of_one_service_stops_no_other(aoba, mine):
    """The value that a form bears is of its service and of its session."""
    form = mine.form("/services/library/stop")
    assert mine.post("/services/childcare/stop", **form).status_code == 400
    assert mine.post("/services/library/stop", form="x").status_code == 400
    assert mine.post("/services/library/stop").status_code == 400
    other = MyPage(aoba).entered()
    assert other.post("/services/library/stop", **form).status_code == 400
    assert aoba.rows("pair_grant") == 3


def test_a_tenant_that_keeps_no_sign_ins_says_so(aoba, mine):
    """Nothing is written, and the pages do not pretend that nobody came."""
    tenant = aoba.product.directory.tenant("aoba")
    aoba.product.policies.change_tenant(tenant, revocation={}, sign_in_months=0)
    before = aoba.rows("sign_in")
    aoba.sign_in(aoba.library)
    assert aoba.rows("sign_in") == before
    assert "記録を残していません" in mine.get("/services/library").text
