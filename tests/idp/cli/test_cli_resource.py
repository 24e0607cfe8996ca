"""`idp resource`: what an operator registers, sees and takes away."""

OF = ("--tenant", "aoba", "--json")
NEW = ("--name-ja", "予約", "--redirect-uri", "http://127.0.0.1:8901/new", "--sector", "books")
CARE = "https://care.aoba.example/api"


def test_a_resource_from_its_creation_to_its_end(idp):
    """With the services that may ask; list and remove."""
    for service in ("lending", "reading"):
        assert idp("service", "create", service, *OF, *NEW, "--sector-purpose", "本のため").code == 0
    create = ("resource", "create", CARE, *OF, "--service", "lending", "--name-ja", "貸出の記録")
    made = idp(*create, "--scope", "loans.read loans.write", "--caller", "reading").json
    assert made == {
        "identifier": CARE,
        "name": "貸出の記録",
        "service": "lending",
        "sector": "books",
        "scope": "loans.read loans.write",
        "signing_alg": "ES256",
        "callers": ["lending", "reading"],
    }
    assert idp("resource", "list", *OF).json == [made]
    again = idp(*create)
    assert (again.code, "there is a resource" in again.error) == (1, True)
    assert idp("resource", "create", "care", *OF, "--service", "lending", "--name-ja", "x").code == 1
    assert idp("resource", "remove", CARE, *OF).json == {"identifier": CARE, "removed": True}
    assert (idp("resource", "list", *OF).json, idp("resource", "remove", CARE, *OF).code) == ([], 1)


def test_the_algorithm_of_signed_answers_about_tokens(idp):
    """By the profile unless stated; shown and changed."""
    assert idp("service", "show", "library", *OF).json["introspection_signed_response_alg"] == "RS256"
    changed = idp("service", "change", "library", *OF, "--introspection-alg", "ES256").json
    assert changed["introspection_signed_response_alg"] == "ES256"
    made = idp("service", "create", "new", *OF, *NEW[:4], "--introspection-alg", "HS256")
    assert (made.code, "introspection_signed_response_alg" in made.error) == (1, True)
