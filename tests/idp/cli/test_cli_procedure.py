"""`idp procedure`: what residents apply for at a service."""

OF = ("--tenant", "aoba", "--service", "library", "--json")


def test_a_procedure_is_made_changed_and_shown(idp):
    """What is not named stays; another way brings its own level."""
    made = idp("procedure", "create", "form", *OF, "--way", "password", "--name-ja", "届").json
    assert made == {
        "id": "form", "name": "届", "name_en": "届", "way": "password", "minimum_acr": "aal1", "open": True,
        "signed_application": False,
    }  # fmt: skip
    assert idp("procedure", "list", *OF).json == [made]
    raised = idp("procedure", "change", "form", *OF, "--minimum-acr", "aal3").json
    assert raised == made | {"minimum_acr": "aal3"}
    again = idp("procedure", "change", "form", *OF, "--way", "signature", "--name-en", "Notice", "--closed").json
    assert again == made | {"way": "signature", "name_en": "Notice", "open": False}
    assert idp("procedure", "show", "form", *OF).json == again
    signed = idp("procedure", "change", "form", *OF, "--signed-application").json
    assert signed == again | {"signed_application": True}
    assert idp("procedure", "change", "form", *OF, "--way", "password").code == 1


def test_what_cannot_be_is_refused(idp):
    """A second one of that id, one that is not there, a way that nobody knows."""
    create = ("procedure", "create", "form", *OF, "--name-ja", "届", "--way")
    assert [idp(*create, way).code for way in ("password", "password", "magic")] == [0, 1, 2]
    assert idp("procedure", "show", "other", *OF).code == 1
    assert idp("procedure", "change", "other", *OF, "--closed").code == 1
