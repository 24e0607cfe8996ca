"""`idp company` and `idp staff`: those who sign in for whom they work."""

OF = ("--tenant", "aoba", "--json")
NUMBER = "7000012050002"


def test_a_company_is_registered_and_its_ids_are_given_listed_and_ended(idp):
    """Its number as people write it; the first password is printed once, and who has an ID is for the staff."""
    added = idp("company", "add", "7-0000-1205-0002", *OF, "--name", "見本建設株式会社").json
    assert added == {"number": NUMBER, "name": "見本建設株式会社"}
    made = idp("company", "give", NUMBER, *OF, "--person", "総務部　見本太郎", "--by", "post").json
    assert set(made) == {"id", "first_password", "until"}
    [shown] = idp("company", "show", NUMBER, *OF).json
    assert (shown["id"], shown["person"], shown["password"]) == (made["id"], "総務部　見本太郎", "first")
    assert idp("company", "list", *OF).json == [{**added, "ids": 1}]
    again = idp("company", "give-again", made["id"].lower(), *OF).json
    assert again["first_password"] != made["first_password"]
    assert idp("company", "end", made["id"], *OF).json == {"state": "ended", "logins_ended": 0}
    assert idp("company", "show", NUMBER, *OF).json == []
    assert idp("company", "end", made["id"], *OF).code == 1
    renamed = idp("company", "add", NUMBER, *OF, "--name", "新見本建設株式会社").json
    assert [one["name"] for one in idp("company", "list", *OF).json] == [renamed["name"]]


def test_what_is_no_company_is_refused(idp):
    """A mistyped digit, a company that nobody registered, the card's way."""
    assert idp("company", "add", "7000012050003", *OF, "--name", "x").code == 1
    give = ("company", "give", "8000012010038", *OF, "--person", "x")
    assert [idp(*give, "--by", by).code for by in ("post", "certificate", "pigeon")] == [1, 2, 2]


def test_ids_of_the_staff_are_theirs_alone(idp):
    """Neither command touches the other's."""
    made = idp("staff", "give", *OF, "--person", "市民課主事").json
    [listed] = idp("staff", "list", *OF).json
    assert (listed["id"], listed["person"]) == (made["id"], "市民課主事")
    assert [idp("company", word, made["id"], *OF).code for word in ("give-again", "end")] == [1, 1]
    assert idp("staff", "give-again", made["id"], *OF).json["id"] == made["id"]
    assert idp("staff", "end", made["id"], *OF).json["state"] == "ended"
    assert idp("staff", "list", *OF).json == []


def test_each_way_is_switched_on_by_itself(idp):
    """And a service names what it takes, with the level that goes with it."""
    settings = ("tenant", "settings", "aoba", "--json")
    assert idp(*settings, "--company-passwords").json["methods"] == ["company-password"]
    assert idp(*settings, "--company-certificates", "--staff-passwords").json["methods"] == [
        "company-certificate", "company-password", "staff-password",
    ]  # fmt: skip
    change = ("service", "change", "library", *OF, "--method")
    assert idp(*change, "company-certificate").code == 0
    assert idp(*change, "company-password").code == 1
    assert idp(*change, "company-password", "--minimum-acr", "aal1").code == 0
