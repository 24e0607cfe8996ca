"""`idp person ...`: what an officer at a counter can say and see, and that no serial number is among it."""

import pytest


@pytest.fixture
def command(idp):
    """`idp person WORDS --tenant aoba --json`."""
    return lambda *words: idp("person", *words, "--tenant", "aoba", "--json")


@pytest.fixture
def refer(command, tmp_path):
    """A reference to the person whom a service knows by that number."""

    def act(service: str, sub: str) -> str:
        file = tmp_path / "sub"
        file.write_text(sub + "\n")
        ran = command("refer", "--service", service, "--sub-file", file)
        assert ran.code == 0, ran.err
        return ran.json["reference"]

    return act


@pytest.fixture
def approve(idp, tmp_path):
    """Two officers say yes."""
    tokens = [idp("approve", "officer", "add", name, "--tenant", "aoba", "--json").json["token"] for name in "ab"]

    def act(proposal: str) -> str:
        for token in tokens:
            file = tmp_path / "token"
            file.write_text(token + "\n")
            ran = idp("approve", proposal, "--token-file", file, "--tenant", "aoba", "--json")
            assert ran.code == 0, ran.err
        return ran.json["state"]

    return act


def test_two_people_are_merged_and_split_by_reference(aoba, command, refer, approve, idp):
    """Referred to by two services, looked at, tried dry, proposed, approved, found in the ledger, undone."""
    library = aoba.sign_in(aoba.library, "hanako")["sub"]
    family = aoba.sign_in(aoba.childcare, "yoko")["sub"]
    keep, other = refer("library", library), refer("childcare", family)
    shown = command("show", keep).json
    assert (shown["from"], shown["services"]) == ("a number at library", ["library"])
    dry = command("merge", keep, other, "--dry-run").json
    assert dry["numbers_that_move_unchanged"] == 1
    assert aoba.sign_in(aoba.library, "yoko")["sub"] != library
    proposed = command("merge", keep, other).json
    assert approve(proposed["id"]) == "applied"
    assert aoba.sign_in(aoba.childcare, "hanako")["sub"] == family
    entries = idp("ppid", "ledger", "--tenant", "aoba", "--json").json["entries"]
    operation = next(e["sequence"] for e in entries if e["operation"] == "person.merged")
    assert command("split", operation, "--dry-run").json["operation"] == operation
    assert approve(command("split", operation).json["id"]) == "applied"
    assert aoba.sign_in(aoba.childcare, "hanako")["sub"] != family
    assert aoba.sign_in(aoba.childcare, "yoko")["sub"] == family


def test_a_service_is_stopped_for_one_person(aoba, command, refer):
    """Dry first, then done; a second time there is nothing to stop."""
    library = aoba.sign_in(aoba.library, "hanako")["sub"]
    reference = refer("library", library)
    assert command("unlink", reference, "--service", "library", "--dry-run").json["number_ends"] is True
    assert aoba.sign_in(aoba.library, "hanako")["sub"] == library
    assert command("unlink", reference, "--service", "library").json == {
        "service": "library",
        "number_ends": True,
        "done": True,
    }
    assert command("unlink", reference, "--service", "library").code == 1
    assert aoba.sign_in(aoba.library, "hanako")["sub"] != library


def test_a_transfer_code_is_made_for_a_person(aoba, command, refer):
    """Twelve characters, once."""
    reference = refer("library", aoba.sign_in(aoba.library, "hanako")["sub"])
    code = command("transfer-code", reference).json["transfer_code"]
    assert len(code.replace("-", "")) == 12
    assert aoba.rows("transfer_code") == 1


@pytest.mark.parametrize(
    "words",
    [
        ("show", "0000-0000"),
        ("merge", "0000-0000", "1111-1111"),
        ("split", "7"),
        ("transfer-code", "あ"),
        ("unlink", "", "--service", "library"),
        ("unlink", "0000-0000", "--service", "none"),
    ],
)
def test_what_there_is_not_is_refused_in_a_sentence(aoba, command, words):
    """Exit code 1, and nothing of what was typed is repeated."""
    ran = command(*words)
    assert (ran.code, "0000" in ran.err) == (1, False)
    assert ran.error
