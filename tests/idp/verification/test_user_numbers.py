"""The link registry over HTTP: one number a person, one person a number, for one service alone."""

import csv
import io
import json

import pytest
from components.user_numbers import Library, library
from components.verifier import VERIFIES, Verifier
from pydantic import ValidationError

from idp.registration import NotAllowed
from idp.services.service_changes import ServiceChange
from idp.user_numbers.number import MOST_TRIES
from idp.verification import user_number_shapes as shapes

NOBODY = "A" * 43
GARBAGE = ["", " 1", "1 ", "-1", "=1+1", "１２３", "a\n", "a\x00b", "x" * 65, 7, None, ["1"]]


@pytest.fixture(scope="module")
def desk(shared_town):
    """A library in a town that a module's tests share."""
    return library(shared_town, "numbers")


@pytest.fixture
def fresh(aoba):
    """The same in a town of one test's own."""
    return library(aoba, "numbers")


def test_a_number_is_linked_found_both_ways_and_deleted(fresh):
    """And the person's status tells it while it is there."""
    sub = fresh.sub()
    assert fresh.done("set", {"sub": sub, "user_number": "0012345678"}) == {"state": "linked"}
    assert fresh.done("set", {"sub": sub, "user_number": "0012345678"}) == {"state": "unchanged"}
    whole = {"state": "linked", "user_number": "0012345678", "sub": sub}
    assert fresh.done("find", {"sub": sub}) == whole
    assert fresh.done("find", {"user_number": "0012345678"}) == whole
    status = fresh.post("/residents/status", {"sub": sub}).json
    assert (status["state"], status["user_number"]) == ("active", "0012345678")
    assert status["signature_certificate"]["status"] == "unknown"
    assert status["signature_certificate"]["checked_at"] % 900 == 0
    assert fresh.done("delete", {"sub": sub}) == {"deleted": 1}
    assert fresh.refused("find", {"sub": sub}) == (404, "not_found")
    assert fresh.refused("delete", {"user_number": "0012345678"}) == (404, "not_found")
    assert "user_number" not in fresh.post("/residents/status", {"sub": sub}).json


def test_numbers_are_compared_as_they_are_written(fresh):
    """A leading zero and a capital make another number."""
    fresh.set("hanako", "007")
    fresh.set("ichiro", "7")
    fresh.set("yoko", "a7")
    assert fresh.refused("find", {"user_number": "A7"}) == (404, "not_found")
    assert fresh.done("report") == {"linked": 3, "unlinked": 0, "claimable": 0}


def test_one_number_a_person_and_one_person_a_number(fresh):
    """Replacing gives up the person's own number, and never takes another person's."""
    hanako, ichiro = fresh.sub("hanako"), fresh.sub("ichiro")
    fresh.done("set", {"sub": hanako, "user_number": "1"})
    fresh.done("set", {"sub": ichiro, "user_number": "2"})
    for replace in (False, True):
        taken = {"sub": hanako, "user_number": "2", "replace": replace}
        assert fresh.refused("set", taken) == (409, "user_number_in_use")
    assert fresh.refused("set", {"sub": hanako, "user_number": "3"}) == (409, "already_linked")
    assert fresh.done("set", {"sub": hanako, "user_number": "3", "replace": True}) == {"state": "linked"}
    assert fresh.done("find", {"sub": hanako})["user_number"] == "3"
    assert fresh.refused("find", {"user_number": "1"}) == (404, "not_found")
    assert fresh.done("find", {"sub": ichiro})["user_number"] == "2"


def test_who_is_unknown_here_is_not_found(desk, shared_town):
    """Nobody's PPID, and another service's: both look alike."""
    elsewhere = shared_town.sign_in(shared_town.library)["sub"]
    answers = [desk.call("set", {"sub": sub, "user_number": "9"}) for sub in (NOBODY, elsewhere)]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].json == answers[1].json
    for sub in (NOBODY, elsewhere):
        assert desk.refused("find", {"sub": sub}) == (404, "not_found")
        assert desk.post("/residents/status", {"sub": sub}).json["code"] == "not_found"


def test_a_list_is_nobodys_until_its_people_come(fresh):
    """1 000 numbers, three people, 997 left; as a report, as JSON and as CSV; then they are taken back."""
    listed = [{"user_number": f"{number:08}"} for number in range(1000)]
    assert fresh.done("import", {"user_numbers": listed}) == {"added": 1000, "known": 0}
    assert fresh.done("import", {"user_numbers": listed[:10]}) == {"added": 0, "known": 10}
    people = {"hanako": "00000001", "ichiro": "00000500", "yoko": "00000999"}
    assert [fresh.set(who, number)["state"] for who, number in people.items()] == ["linked"] * 3
    assert fresh.done("report") == {"linked": 3, "unlinked": 997, "claimable": 0}
    left = fresh.done("export", {"state": "unlinked"})["user_numbers"]
    assert {line["user_number"] for line in left} == {f"{n:08}" for n in range(1000)} - set(people.values())
    assert {(line["state"], line["sub"]) for line in left} == {("unlinked", None)}
    answer = fresh.call("export", {"state": "linked", "format": "csv"})
    lines = list(csv.DictReader(io.StringIO(answer.text)))
    assert {line["user_number"]: line["sub"] for line in lines} == {n: fresh.sub(who) for who, n in people.items()}
    assert len(fresh.done("export", {})["user_numbers"]) == 1000
    assert fresh.done("find", {"user_number": "00000002"})["state"] == "unlinked"
    assert fresh.done("delete", {"unlinked": True}) == {"deleted": 997}
    assert fresh.done("report") == {"linked": 3, "unlinked": 0, "claimable": 0}
    assert fresh.done("export", {"state": "unlinked"}) == {"user_numbers": []}


def test_a_list_as_csv(fresh):
    """With and without the column of claim codes; a second list brings new codes for numbers that are nobody's."""
    assert fresh.done("import", b"user_number\r\n1\r\n2\r\n", content_type="text/csv") == {"added": 2, "known": 0}
    coded = b"user_number,claim_code\n2,ABCD-1234\n3,\n4\n"
    assert fresh.done("import", coded, content_type="text/csv") == {"added": 2, "known": 1}
    assert fresh.done("report") == {"linked": 0, "unlinked": 4, "claimable": 1}


def test_a_claim_code_is_checked_where_it_is_given(fresh):
    """Capitals and hyphens do not matter; five tries; a new code gives them back."""
    sub = fresh.sub()
    fresh.done("import", {"user_numbers": [{"user_number": "5", "claim_code": "K7QX-93MT"}, {"user_number": "6"}]})
    wrong = {"sub": sub, "user_number": "5", "claim_code": "K7QX-93MU"}
    right = {"sub": sub, "user_number": "5", "claim_code": "k7qx93mt"}
    assert fresh.refused("set", {**right, "user_number": "6"}) == (403, "claim_refused")
    for _ in range(MOST_TRIES):
        assert fresh.refused("set", wrong) == (403, "claim_refused")
    assert fresh.refused("set", right) == (403, "claim_refused")
    fresh.done("import", {"user_numbers": [{"user_number": "5", "claim_code": "K7QX-93MV"}]})
    assert fresh.done("set", {**right, "claim_code": "K7QX93MV"}) == {"state": "linked"}


def test_the_service_itself_answers_for_a_number_without_its_claim_code(fresh):
    """After its own login it knows whose the number is."""
    fresh.done("import", {"user_numbers": [{"user_number": "5", "claim_code": "K7QX-93MT"}]})
    assert fresh.set("hanako", "5") == {"state": "linked"}


@pytest.mark.parametrize("number", GARBAGE, ids=repr)
def test_what_is_no_number(desk, number):
    """Malformed everywhere; nothing that was sent is repeated; nothing is kept."""
    before = desk.done("report")
    bodies = {
        "set": {"sub": NOBODY, "user_number": number},
        "find": {"user_number": number},
        "delete": {"user_number": number},
        "import": {"user_numbers": [{"user_number": number}]},
    }
    for name, body in bodies.items():
        answer = desk.call(name, body)
        assert (answer.status_code, answer.json["code"]) == (400, "malformed"), name
        assert not isinstance(number, str) or len(number) < 5 or number not in answer.text
    assert desk.done("report") == before


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("find", {}),
        ("find", {"sub": NOBODY, "user_number": "1"}),
        ("find", {"sub": "short"}),
        ("delete", {}),
        ("delete", {"unlinked": False}),
        ("delete", {"unlinked": True, "user_number": "1"}),
        ("set", {"sub": NOBODY}),
        ("set", {"sub": NOBODY, "user_number": "1", "replace": "yes"}),
        ("set", {"sub": NOBODY, "user_number": "1", "claim_code": "abc"}),
        ("import", {"user_numbers": []}),
        ("import", {"user_numbers": [{"user_number": "1"}, {"user_number": "1"}]}),
        ("export", {"state": "all"}),
        ("export", []),
        ("report", b"nothing"),
    ],
    ids=str,
)
def test_garbage_is_malformed(desk, name, body):
    """A problem, never a failure of ours."""
    assert desk.refused(name, body) == (400, "malformed")


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"1\n",
        b"number\n1\n",
        b"user_number\n",
        b"user_number\n1\n\n2\n",
        b"user_number\n1,2\n",
        b"user_number\n1\n1\n",
        "user_number\n１\n".encode(),
        b"user_number\n1,ABCD,E\n",
    ],
    ids=repr,
)
def test_a_csv_that_is_none(desk, text):
    """The line is named, and nothing of it is taken on."""
    before = desk.done("report")
    assert desk.refused("import", text, content_type="text/csv") == (400, "malformed")
    assert desk.done("report") == before


def test_a_list_that_is_too_long(desk):
    """Twenty thousand numbers at once; more are handed in by parts."""
    lines = "user_number\n" + "\n".join(map(str, range(20_001)))
    assert desk.refused("import", lines.encode(), content_type="text/csv") == (413, "too_large")


def test_a_request_with_a_key_is_done_once(fresh):
    """The first answer comes again; the same key with another number is refused."""
    sub, key = fresh.sub(), {"Idempotency-Key": "one"}
    body = {"sub": sub, "user_number": "1"}
    first, second = (fresh.call("set", body, headers=key) for _ in range(2))
    assert (first.json, first.data) == ({"state": "linked"}, second.data)
    assert fresh.refused("set", {**body, "user_number": "2"}, headers=key) == (422, "idempotency_key_reused")
    gone = {"Idempotency-Key": "two"}
    assert [fresh.call("delete", {"sub": sub}, headers=gone).json for _ in range(2)] == [{"deleted": 1}] * 2


def test_who_may_use_the_registry(shared_town, desk):
    """It takes a registration of its own: the one for certificates does not bring it, nor the other way round."""
    verifier = Verifier(shared_town, shared_town.register("aoba", "checks-only", **VERIFIES))
    for name in ("set", "find", "delete", "import", "report", "export"):
        answer = verifier.post(f"/user-numbers/{name}", {})
        assert (answer.status_code, answer.json["code"]) == (403, "insufficient_scope"), name
    for path in ("/challenges", "/certificates/check", "/certificates/checks", "/authentications", "/usage"):
        answer = desk.post(path, {})
        assert (answer.status_code, answer.json["code"]) == (403, "insufficient_scope"), path
    sub = shared_town.sign_in(verifier.service)["sub"]
    status = verifier.post("/residents/status", {"sub": sub}).json
    assert (status["state"], "user_number" in status) == ("active", False)


def test_what_can_be_registered(shared_town):
    """The scope goes with a purpose or with user numbers, and user numbers with the scope and a secret."""
    for wishes in (
        {"user_numbers": True},
        {"user_numbers": True, "scopes": ("openid", "verify"), "token_endpoint_auth_method": "none"},
    ):
        with pytest.raises(NotAllowed):
            shared_town.register("aoba", "wishful", **wishes)


def test_permission_is_given_and_taken_later(aoba):
    """A service that was registered without it; the token it holds is worth nothing for it afterwards."""
    product, client_id = aoba.product, aoba.library.client_id

    def permit(scopes, *, allowed):
        tenant = product.directory.tenant("aoba")
        change = ServiceChange(scopes=scopes, user_numbers=allowed)
        product.service_changes.change(tenant, tenant.clients[client_id], change)

    permit(("openid", "verify"), allowed=True)
    shelf = Library(aoba, aoba.library)
    shelf.set("hanako", "1")
    permit(("openid",), allowed=False)
    assert shelf.refused("find", {"user_number": "1"}) == (403, "insufficient_scope")
    assert shelf.fetch_token().json["error"] == "unauthorized_client"


def test_a_stopped_service_knows_the_person_no_more(fresh):
    """The grant ended: no number is found, the status says so, and the number is free for somebody else."""
    sub = fresh.sub()
    fresh.done("set", {"sub": sub, "user_number": "1"})
    with fresh.town.product.store.engine.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE pair_grant SET state = 'ended' WHERE client_id = ?", (fresh.service.client_id,)
        )
    assert fresh.refused("find", {"sub": sub}) == (404, "not_found")
    assert fresh.refused("find", {"user_number": "1"}) == (404, "not_found")
    assert fresh.refused("set", {"sub": sub, "user_number": "2"}) == (404, "not_found")
    status = fresh.post("/residents/status", {"sub": sub}).json
    assert (status["state"], "user_number" in status) == ("ended", False)
    assert fresh.done("export", {}) == {"user_numbers": []}
    assert fresh.set("ichiro", "1") == {"state": "linked"}


def test_examples_and_answers_are_of_their_shapes(desk, shared_town):
    """What is described is what comes."""
    url = "http://localhost:8000/t/aoba/api/v1/openapi.json"
    document = shared_town.get(shared_town.browser(), url).json
    described = {
        "set": (shapes.SetRequest, shapes.SetAnswer),
        "find": (shapes.FindRequest, shapes.FindAnswer),
        "delete": (shapes.DeleteRequest, shapes.DeleteAnswer),
        "import": (shapes.ImportRequest, shapes.ImportAnswer),
        "export": (shapes.ExportRequest, shapes.ExportAnswer),
    }
    for name, (takes, gives) in described.items():
        operation = document["paths"][f"/api/v1/user-numbers/{name}"]["post"]
        takes.model_validate(operation["requestBody"]["content"]["application/json"]["example"])
        gives.model_validate(operation["responses"]["200"]["content"]["application/json"]["example"])
    desk.set("jun", "shape-1")
    answers = [
        (shapes.FindAnswer, desk.done("find", {"user_number": "shape-1"})),
        (shapes.ExportAnswer, desk.done("export", {"state": "linked"})),
        (shapes.ReportAnswer, desk.done("report")),
        (shapes.StatusAnswer, desk.post("/residents/status", {"sub": desk.sub("jun")}).json),
    ]
    for shape, members in answers:
        try:
            shape.model_validate_json(json.dumps(members))
        except ValidationError as error:
            pytest.fail(f"{shape.__name__}: {error.error_count()} members")
