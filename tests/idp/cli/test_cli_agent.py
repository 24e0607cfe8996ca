"""`idp agent ...`: what an officer at a counter can say and see; nobody's name or birthday is among it."""

import json

import pytest
from components.agents import KINDS, asked_for_whom, mandate

BORN = "2018-04-02"


@pytest.fixture
def command(idp):
    """`idp agent WORDS --tenant aoba --json`."""
    return lambda *words: idp("agent", *words, "--tenant", "aoba", "--json")


@pytest.fixture
def refer(idp, tmp_path, aoba):
    """A reference to a resident, who signs in at the library for it."""

    def act(resident: str) -> str:
        file = tmp_path / "sub"
        file.write_text(aoba.sign_in(aoba.library, resident)["sub"] + "\n")
        named = ("--service", "library", "--sub-file", file, "--tenant", "aoba", "--json")
        return idp("person", "refer", *named).json["reference"]

    return act


@pytest.fixture
def officers(idp, tmp_path):
    """Files with the tokens of two officers."""
    files = []
    for name in "ab":
        file = tmp_path / f"token-{name}"
        file.write_text(idp("approve", "officer", "add", name, "--tenant", "aoba", "--json").json["token"] + "\n")
        files.append(file)
    return files


def test_a_parent_is_registered_listed_and_ended(aoba, idp, command, refer, officers):
    """Proposed with the date of birth, approved by two who type it, used, listed without it, ended by one."""
    changed = idp("service", "change", "childcare", "--agent", "statutory", "--tenant", "aoba", "--json")
    assert changed.json["agent_kinds"] == ["statutory"]
    parties = ("--principal", refer("sora"), "--agent", refer("hanako"))
    seen = ("--basis", "parent", "--seen", "family-register", "--on", BORN, "--desk", "市民課")
    proposed = command("register", *parties, *seen)
    assert (proposed.code, proposed.json["asks_for"]) == (0, "the date as the document has it, YYYY-MM-DD")
    assert BORN not in proposed.out
    for file in officers:
        named = ("--token-file", file, "--confirm", BORN, "--tenant", "aoba", "--json")
        assert idp("approve", proposed.json["id"], *named).code == 0
    aoba.product.directory.refresh()
    assert asked_for_whom(aoba, aoba.childcare, "hanako", scope="openid").marks
    [listed] = command("list").json
    assert (listed["basis"], listed["kind"], listed["state"]) == ("parent", "statutory", "live")
    shown = command("show", listed["id"]).json
    assert (shown["seen"], shown["desk"], shown["uses"]) == ("family-register", "市民課", {})
    assert listed["id"] == shown["id"]
    assert "2036" not in json.dumps([listed, shown]).replace(listed["id"], "")
    assert command("end", listed["id"]).json["state"] == "ended"
    assert command("end", listed["id"]).code == 1
    assert command("list").json == []
    assert [one["state"] for one in command("list", "--ended").json] == ["ended"]
    assert "act" not in aoba.sign_in(aoba.childcare, "hanako")


def test_labels_are_no_officers_business(aoba, command):
    """What two people call each other is in no list."""
    welfare = aoba.register("aoba", "welfare", agent_kinds=KINDS)
    kept = mandate(aoba, welfare, label="ひみつの母")
    ran = [command("list"), command("show", kept.representation_id.hex())]
    assert all(one.code == 0 for one in ran)
    assert not any("母" in one.out or "長男" in one.out for one in ran)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("end", "00" * 16), 1),
        (("show", "nonsense"), 1),
        (("register", "--principal", "x", "--agent", "y", "--basis", "parent", "--seen", "family-register"), 2),
    ],
)
def test_mistakes_have_their_exit_codes(command, words, code):
    """Unknown ids are refused, missing options are a matter of usage."""
    assert command(*words).code == code


def test_no_agents_are_taken_any_more(aoba, idp):
    """`--agent none` takes it back; a kind that is none is refused."""
    for given, kinds in ((("statutory", "voluntary"), ["statutory", "voluntary"]), (("none",), [])):
        words = [word for kind in given for word in ("--agent", kind)]
        ran = idp("service", "change", "school", *words, "--tenant", "aoba", "--json")
        assert ran.json["agent_kinds"] == kinds
    assert idp("service", "change", "school", "--agent", "friendly", "--tenant", "aoba", "--json").code == 1
