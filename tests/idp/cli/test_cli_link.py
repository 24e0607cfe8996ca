"""`idp link`: an administrator's hand on a service's numbers; what names anybody is read, never an argument."""

import csv
import io
import json

import pytest


@pytest.fixture
def link(idp, aoba, tmp_path):
    """`link(verb, body, *words)`: a command for the library; the body is in a file."""
    common = ("--tenant", "aoba", "--service", "library")

    def run(verb, body=None, *words, json_wanted=True):
        file = tmp_path / "body"
        file.write_text(body if isinstance(body, str) else json.dumps(body))
        given = () if body is None else ("--file", file)
        return idp("link", verb, *words, *given, *common, *(("--json",) if json_wanted else ()))

    return run


def test_a_number_from_its_list_to_its_history(aoba, link):
    """Taken on, linked, found, replaced, told, exported, deleted, remembered; each act in the audit trail."""
    sub = aoba.sign_in(aoba.library)["sub"]
    assert link("import", "user_number\n1\n2\n3\n").json == {"added": 3, "known": 0}
    assert link("import", {"user_numbers": [{"user_number": "3"}, {"user_number": "4"}]}).json["added"] == 1
    assert link("set", {"sub": sub, "user_number": "1"}).json == {"state": "linked"}
    assert link("set", {"sub": sub, "user_number": "1"}).json == {"state": "unchanged"}
    assert link("set", {"sub": sub, "user_number": "2"}).error == "refused: already_linked"
    assert link("set", {"sub": sub, "user_number": "2", "replace": True}).code == 0
    whole = {"state": "linked", "user_number": "2", "sub": sub}
    assert link("find", {"sub": sub}).json == link("find", {"user_number": "2"}).json == whole
    assert link("report").json == {"linked": 1, "unlinked": 2, "claimable": 0}
    lines = list(csv.DictReader(io.StringIO(link("export", json_wanted=False).out)))
    assert {line["user_number"]: line["sub"] for line in lines} == {"2": sub, "3": "", "4": ""}
    left = json.loads(link("export", None, "--state", "unlinked").out)["user_numbers"]
    assert {line["user_number"] for line in left} == {"3", "4"}
    assert link("delete", None, "--unlinked").json == {"deleted": 2}
    assert link("delete", {"sub": sub}).json == {"deleted": 1}
    (ended,) = link("history", {"user_number": "2"}).json
    assert (ended["ending"], ended["by"]) == ("deleted", "administrator")
    assert "replaced" in link("history", {"user_number": "1"}, json_wanted=False).out
    with aoba.product.store.engine.connect() as connection:
        found = connection.exec_driver_sql("SELECT action, body FROM audit_entry WHERE action LIKE 'user%'").all()
    assert {action for action, _ in found} == {"user-number.linked", "user-number.deleted", "user-number.imported"}
    assert all(sub not in body and json.loads(body)["by"] == "administrator" for _, body in found)


def test_a_service_is_allowed_and_forbidden(idp, aoba, link):
    """By its registration, which `idp service show` tells."""

    def shown():
        found = idp("service", "show", "library", "--tenant", "aoba", "--json").json
        return found["user_numbers"], "verify" in found["scope"].split()

    assert shown() == (False, False)
    assert link("allow").json == {"id": "library", "user_numbers": True}
    assert shown() == (True, True)
    assert link("forbid").json == {"id": "library", "user_numbers": False}
    assert shown() == (False, False)
    assert aoba.sign_in(aoba.library)["sub"]


@pytest.mark.parametrize(
    ("verb", "body", "code"),
    [
        ("set", {"sub": "A" * 43, "user_number": "1"}, 1),
        ("find", {"user_number": "1"}, 1),
        ("delete", {"user_number": "1"}, 1),
        ("set", {"sub": "A" * 43, "user_number": " 1"}, 2),
        ("find", "not JSON", 2),
        ("find", {}, 2),
        ("history", {"sub": "A" * 43}, 2),
        ("import", "1\n2\n", 2),
        ("import", {"user_numbers": []}, 2),
    ],
)
def test_what_is_refused(link, verb, body, code):
    """One sentence and its exit code; what was given is not repeated."""
    ran = link(verb, body)
    assert (ran.code, ran.out) == (code, "")
    assert ran.error
    assert "A" * 43 not in ran.error


def test_a_public_service_and_a_state_that_is_none(idp, aoba, link):
    """The registry takes a service that can keep a secret."""
    aoba.register("aoba", "public", token_endpoint_auth_method="none")
    ran = idp("link", "allow", "--tenant", "aoba", "--service", "public", "--json")
    assert (ran.code, ran.error) == (1, "the scope verify is for services that can keep a secret")
    assert link("export", None, "--state", "some").code == 2
