"""Another person's things are never seen and never ended, whatever a form says: tenants by people, all pages."""

import pytest
from components.going_on import enter
from components.my_page import MyPage, marks

PEOPLE = [("aoba", "hanako"), ("aoba", "ichiro"), ("wakaba", "hanako")]
PAGES = (
    "", "/history", "/history/not-me", "/sessions", "/certificate", "/codes", "/codes/transfer", "/codes/resident",
    "/data", "/leaving", "/leaving/sure", "/services/library", "/services/library/stop", "/services/parking",
    "/services/parking/stop", "/sign-out",
)  # fmt: skip
FORMS = {
    "/services/library/stop": {},
    "/history/not-me": {"visit": "unnamed"},
    "/sessions": {"end": "all"},
    "/codes/transfer": {"do": "make"},
    "/codes/resident": {"do": "choose", "code": "HANA7K3Q"},
    "/data": {"as": "json"},
    "/leaving/sure": {"sure": "yes"},
    "/sign-out": {},
}


@pytest.fixture(scope="module")
def crowd(shared_town):
    """Everybody uses a service of their tenant, and is at their own pages; (tenant, person) -> (page, number)."""
    town = shared_town
    found = {}
    for tenant_id, resident in PEOPLE:
        service = town.library if tenant_id == "aoba" else town.parking
        number = enter(town, service, town.browser(), resident)["sub"]
        found[tenant_id, resident] = (MyPage(town, resident, tenant_id).entered(), number)
    return found


@pytest.mark.parametrize("who", PEOPLE)
def test_each_sees_their_own_number_and_nobody_elses(crowd, who):
    """On all pages together: one number, one's own."""
    mine, number = crowd[who]
    seen = "".join(mine.get(path).text for path in PAGES)
    for other, (_, theirs) in crowd.items():
        assert (theirs in seen) is (other == who), other
    assert number in seen


@pytest.mark.parametrize("who", PEOPLE)
def test_a_mark_of_somebody_elses_login_ends_nothing(crowd, who):
    """Every value of everybody else's pages, sent in one's own form: theirs goes on."""
    mine, _ = crowd[who]
    form = mine.form("/sessions")
    for other, (theirs, _) in crowd.items():
        if other != who:
            before = theirs.get("/sessions").text.count('name="end"')
            for mark in marks(theirs.get("/sessions"), "end")[:-1]:
                assert "もう終わっています" in mine.post("/sessions", end=mark, **form).text
            assert theirs.get("/sessions").text.count('name="end"') == before


@pytest.mark.parametrize("path", FORMS)
def test_a_form_of_another_session_does_nothing(crowd, path):
    """Its value is of the session that it was made in, also between two sessions of one person."""
    town = crowd["aoba", "hanako"][0].town
    mine, _ = crowd["aoba", "hanako"]
    again = MyPage(town).entered()
    for source in (crowd["aoba", "ichiro"][0], crowd["wakaba", "hanako"][0], again):
        foreign = source.form(path).get("form", "")
        assert mine.post(path, **{**FORMS[path], "form": foreign}).status_code in (400, 404), path
    assert mine.post(path, **FORMS[path]).status_code == 400
    assert mine.is_in()


@pytest.mark.parametrize("path", FORMS)
def test_a_form_of_another_page_does_nothing(crowd, path):
    """A value that closes a session closes no more than that."""
    mine, _ = crowd["aoba", "hanako"]
    for other in FORMS:
        if other != path:
            form = mine.form(other)
            assert mine.post(path, **{**FORMS[path], **form}).status_code == 400, other
    assert mine.is_in()


@pytest.mark.parametrize("path", FORMS)
def test_without_a_session_a_form_leads_to_the_door(shared_town, path):
    """Nothing is done, and where the form came from is where the browser is sent."""
    stranger = MyPage(shared_town)
    answer = stranger.post(path, form="0" * 32, **FORMS[path])
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{stranger.issuer}/my{path}")


def test_no_page_is_kept_by_a_cache_or_framed(crowd):
    """Each is of one person and one moment."""
    mine, _ = crowd["aoba", "hanako"]
    for path in PAGES:
        headers = mine.get(path).headers
        assert headers["Cache-Control"] == "no-store"
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert "form-action 'self'" in headers["Content-Security-Policy"]


def test_what_is_edited_in_a_form_is_refused(crowd):
    """Two values, none, a word that the page does not offer."""
    mine, _ = crowd["aoba", "hanako"]
    for path, data in {
        "/codes/transfer": {"do": "take"},
        "/codes/resident": {"do": ""},
        "/data": {"as": "pdf"},
        "/history/not-me": {"visit": "x"},
        "/sessions": {},
    }.items():
        assert mine.send(path, **data).status_code == 400, path
        assert mine.post(path, form=[mine.form(path)["form"]] * 2, **data).status_code == 400, path
