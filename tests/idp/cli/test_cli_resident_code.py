"""`idp resident-code`: by reference and by code; who is found is a reference again, and nothing else."""

import pytest


@pytest.fixture
def code(idp, tmp_path):
    """`code(verb, *words, text=...)`: a command whose code is in a file."""

    def run(verb, *words, text=None):
        file = tmp_path / "code"
        file.write_text(text or "", encoding="utf-8")
        given = () if text is None else ("--file", file)
        return idp("resident-code", verb, *words, *given, "--tenant", "aoba", "--json")

    return run


@pytest.fixture
def reference(aoba):
    """A reference to Hanako, as officers get it from a service's number."""
    sub = aoba.sign_in(aoba.library)["sub"]
    tenant = aoba.product.directory.tenant("aoba")
    client = tenant.clients[aoba.library.client_id]
    with aoba.product.store.for_tenant("aoba").write() as tx:
        return aoba.product.people.references.to_person(tx, tenant, client, sub)


def test_a_code_from_its_choice_to_its_end(aoba, code, reference):
    """What staff find by it names the same person, and says nothing else of them."""
    assert code("set", reference, text="tk7q-93mx\n").json == {"state": "chosen"}
    assert code("set", reference, text="ＴＫ７Ｑ９３ＭＸ").json == {"state": "unchanged"}
    found = code("find", text="TK7Q 93MX").json
    assert found.keys() == {"reference"}
    tenant, references = aoba.product.directory.tenant("aoba"), aoba.product.people.references
    with aoba.product.store.for_tenant("aoba").read() as tx:
        bodies = {references.read(tx, tenant, name).body for name in (reference, found["reference"])}
    assert len(bodies) == 1
    assert code("cancel", found["reference"]).json == {"state": "cancelled"}
    assert code("find", text="TK7Q93MX").error == "nobody has this code"


def test_what_is_refused(code, reference):
    """One sentence and its exit code; the code is not repeated."""
    for ran in (
        code("set", reference, text="12345678"),
        code("set", "ABCD-EFGH", text="TK7Q93MX"),
        code("cancel", reference),
        code("find", text="TK7Q93MX"),
    ):
        assert (ran.code, ran.out) == (1, "")
        assert "TK7Q" not in ran.error
