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
    of_its_way = {"receipt_days": 366, "signers": ["jpki-signature"]}
    assert again == made | of_its_way | {"way": "signature", "name_en": "Notice", "open": False}
    assert idp("procedure", "show", "form", *OF).json == again
    signed = idp("procedure", "change", "form", *OF, "--signed-application").json
    assert signed == again | {"signed_application": True}
    assert idp("procedure", "change", "form", *OF, "--way", "password").code == 1


def test_whose_signature_counts_is_said_in_either_command(idp):
    """Companies' at a tender; then residents' too."""
    made = idp("procedure", "create", "tender", *OF, "--way", "signature", "--name-ja", "入札", "--signer",
               "commercial-registration", "--receipt-days", "30").json  # fmt: skip
    assert (made["signers"], made["receipt_days"]) == (["commercial-registration"], 30)
    both = ("--signer", "commercial-registration", "--signer", "jpki-signature")
    changed = idp("procedure", "change", "tender", *OF, *both).json
    assert changed == made | {"signers": ["commercial-registration", "jpki-signature"]}
    assert idp("procedure", "change", "tender", *OF, "--signer", "nobody").code == 2
    assert idp("procedure", "change", "tender", *OF, "--way", "combined", *both).code == 1


def test_what_cannot_be_is_refused(idp):
    """A second one of that id, one that is not there, a way that nobody knows."""
    create = ("procedure", "create", "form", *OF, "--name-ja", "届", "--way")
    assert [idp(*create, way).code for way in ("password", "password", "magic")] == [0, 1, 2]
    assert idp("procedure", "show", "other", *OF).code == 1
    assert idp("procedure", "change", "other", *OF, "--closed").code == 1
