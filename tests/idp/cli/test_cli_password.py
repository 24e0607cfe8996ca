"""`idp password`: IDs for residents without a card."""

OF = ("--tenant", "aoba", "--json")


def test_an_id_is_given_shown_given_again_and_ended(idp):
    """The first password is printed once; what is shown of an ID is how it was given out."""
    made = idp("password", "give", *OF, "--by", "counter").json
    shown = idp("password", "show", made["id"].lower().replace("-", ""), *OF).json
    assert (shown["issued"], shown["assurance"], shown["password"]) == ("counter", "ial3", "first")
    again = idp("password", "give-again", made["id"], *OF, "--by", "post").json
    assert again["id"] == made["id"]
    assert again["first_password"] != made["first_password"]
    assert idp("password", "show", made["id"], *OF).json["assurance"] == "ial2"
    assert idp("password", "end", made["id"], *OF).json == {"state": "ended"}
    assert [idp("password", word, made["id"], *OF).code for word in ("show", "end")] == [1, 1]


def test_nobody_gives_out_in_the_cards_place(idp):
    """Whoever has a card does that with it."""
    assert idp("password", "give", *OF, "--by", "certificate").code == 2
    assert idp("password", "give", *OF, "--by", "telephone").code == 2


def test_ways_are_switched_on_one_by_one(idp):
    """What is not named stays."""
    settings = ("tenant", "settings", "aoba", "--json")
    assert idp(*settings, "--passwords").json["methods"] == ["password"]
    assert idp(*settings, "--passkeys").json["methods"] == ["passkey", "password"]
    assert idp(*settings, "--no-passwords", "--kazashi").json["methods"] == ["kazashi", "passkey"]
